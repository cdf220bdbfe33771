-- The lines of a table's head that stand before a passage of it: caption, units, column heads.
alter table passage add column carried text not null default '';

create or replace view found_passage as
select passage.filing_no, passage.ordinal, filing.id, filing.name, filing.media_type,
       filing.sensitivity, passage.page, passage.section, passage.start_at, passage.end_at,
       passage.header, passage.text, passage.carried
from passage join filing on filing.no = passage.filing_no;
