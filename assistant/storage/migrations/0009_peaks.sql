-- Words: how often each stands in a filing, and its best share of a BM25 score there (a passage of 200
-- words taken as middling): what a search needs to leave a filing out without unpacking its arrays.
alter table posting rename to posting_before;
create table posting (
    lexeme    text not null,
    filing_no bigint not null references filing (no) on delete cascade,
    field     text not null default 'text',
    ordinals  integer[] not null,
    counts    smallint[] not null,
    lengths   smallint[] not null,
    passages  integer not null generated always as (cardinality(ordinals)) stored,
    peak      real not null
);
insert into posting (lexeme, filing_no, field, ordinals, counts, lengths, peak)
select lexeme, filing_no, field, ordinals, counts, lengths,
       (select max(entry.count / (entry.count + 0.48::float8 + 0.0036::float8 * entry.length))
        from unnest(counts, lengths) as entry (count, length))
from posting_before;
drop table posting_before;
alter table posting add primary key (lexeme, field, filing_no) include (passages, peak);
create index posting_filing on posting (filing_no);

-- Meaning: lists instead of a graph. A small store needs no index; ingestion makes it when the store
-- has grown, and here for one that has.
drop index passage_embedding;
set local maintenance_work_mem = '1GB';
do $$
declare
    held bigint := (select coalesce(sum(passage_count), 0) from filing);
    lists integer := round(sqrt(held));
begin
    if held >= 20000 then
        execute format('create index passage_meaning_%s on passage'
                       ' using ivfflat (embedding halfvec_cosine_ops) with (lists = %s)', lists, lists);
    end if;
end
$$;

-- Nothing returns passages of the whole store any more: they choose filings.
drop view found_passage;
