-- Facts that filings tag by machine, and the day a filing was filed.
create table fact (
    filing_no    bigint not null references filing (no) on delete cascade,
    position     integer not null,
    concept      text not null,
    value        numeric not null,
    unit         text not null,
    period_start date,
    period_end   date,
    dimensions   jsonb not null default '[]',
    decimals     integer,
    primary key (filing_no, position)
);
create index fact_concept on fact (filing_no, concept);

alter table filing add column filed date;
-- Which amendments there are, and whether they restate statements.
create index filing_amended on filing (form, fiscal_year) where amended;
create index page_statement on page (filing_no, statement) where statement <> '';
