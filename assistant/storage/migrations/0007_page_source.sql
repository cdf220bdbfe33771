-- How the text of each page was read: text, ocr, repaired, or none. What it yields is its length.
alter table page add column source text not null default 'text';
