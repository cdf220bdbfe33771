-- How often a word stands in a filing, and its best share of a BM25 score there (passages of 200
-- words taken as middling): what a search needs to leave a filing out without unpacking its arrays.
alter table posting
    add column passages integer not null generated always as (cardinality(ordinals)) stored,
    add column peak     real not null default 0;
update posting set peak = (
    select coalesce(max(entry.count / (entry.count + 0.48::float8 + 0.0036::float8 * entry.length)), 0)
    from unnest(counts, lengths) as entry (count, length)
);
alter table posting alter column peak drop default;

alter table posting drop constraint posting_pkey;
alter table posting add primary key (lexeme, field, filing_no) include (passages, peak);
