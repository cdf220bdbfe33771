-- Filings, their pages, their passages, and the two indexes: meaning (HNSW) and words (postings).
create extension if not exists vector;

create table filing (
    no            bigint generated always as identity primary key,
    id            text not null unique,
    name          text not null,
    file_name     text not null,
    sha256        text not null unique,
    media_type    text not null,
    size          bigint not null,
    page_count    integer not null,
    passage_count integer not null,
    word_count    bigint not null default 0,
    warnings      jsonb not null default '[]',
    sensitivity   text not null default 'public',
    sample        boolean not null default false,
    added_by      text not null default '',
    added_at      timestamptz not null default now()
);
create index filing_name on filing (name);

create table page (
    filing_no bigint not null references filing (no) on delete cascade,
    number    integer not null,
    text      text not null,
    section   text not null default '',
    width     real not null default 0,
    height    real not null default 0,
    boxes     bytea not null default '',
    primary key (filing_no, number)
);

create table passage (
    filing_no  bigint not null references filing (no) on delete cascade,
    ordinal    integer not null,
    page       integer not null,
    section    text not null default '',
    start_at   integer not null,
    end_at     integer not null,
    header     text not null default '',
    text       text not null,
    embedding  halfvec(256) not null,
    primary key (filing_no, ordinal)
);
create index passage_embedding on passage using hnsw (embedding halfvec_cosine_ops);

-- One row a word and filing: the passages it stands in, how often, and how long each of them is.
-- Arrays keep a posting at a few bytes, and a filing's words come and go with the filing.
create table posting (
    lexeme    text not null,
    filing_no bigint not null references filing (no) on delete cascade,
    ordinals  integer[] not null,
    counts    smallint[] not null,
    lengths   smallint[] not null,
    primary key (lexeme, filing_no)
);
create index posting_filing on posting (filing_no);

-- A passage with what an answer shows of its filing.
create view found_passage as
select passage.filing_no, passage.ordinal, filing.id, filing.name, filing.media_type,
       filing.sensitivity, passage.page, passage.section, passage.start_at, passage.end_at,
       passage.header, passage.text
from passage join filing on filing.no = passage.filing_no;
