-- What a filing hides, what in it addresses a model, what it would run, and who let it through.
create table finding (
    filing_no   bigint not null references filing (no) on delete cascade,
    position    integer not null,
    kind        text not null,
    rule        text not null,
    severity    text not null,
    excerpt     text not null,
    page        integer not null default 0,
    place       text not null default '',
    start_at    integer not null default 0,
    end_at      integer not null default 0,
    withheld    boolean not null default false,
    released_by text not null default '',
    released_at timestamptz,
    reason      text not null default '',
    primary key (filing_no, position)
);
create index finding_withheld on finding (filing_no, page)
    where withheld and end_at > start_at and released_at is null;
