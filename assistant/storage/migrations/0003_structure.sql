-- What filings say of themselves, what each page is, and the words of page heads and note headings.
alter table filing
    add column company     text not null default '',
    add column other_names text[] not null default '{}',
    add column ticker      text not null default '',
    add column cik         text not null default '',
    add column form        text not null default '',
    add column amended     boolean not null default false,
    add column fiscal_year integer,
    add column quarter     integer,
    add column period_end  date,
    add column event       date;

alter table page
    add column items         text[] not null default '{}',
    add column statement     text not null default '',
    add column note          text not null default '',
    add column contents      boolean not null default false,
    add column head          text not null default '',
    add column first_passage integer not null default 0,
    add column words         integer not null default 0;

-- Ordinals count passages where the field is 'text', pages where it is 'head' or 'note'.
alter table posting add column field text not null default 'text';
alter table posting drop constraint posting_pkey;
alter table posting add primary key (lexeme, filing_no, field);

update page set first_passage = held.first, words = held.words
from (
    select filing_no, page, min(ordinal) as first,
           sum(array_length(regexp_split_to_array(text, '\s+'), 1)) as words
    from passage group by filing_no, page
) as held
where held.filing_no = page.filing_no and held.page = page.number;
