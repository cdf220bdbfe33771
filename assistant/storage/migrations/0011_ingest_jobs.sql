-- What became of every file that was handed in. The queue holds open work only; this is the ledger.
create table ingest_job (
    no             bigint generated always as identity primary key,
    id             text not null unique,
    task_id        bigint,
    file_name      text not null,
    path           text not null,
    sha256         text collate "C" not null,
    size           bigint not null,
    sensitivity    text not null default 'public',
    sample         boolean not null default false,
    collection     text not null default '',
    added_by       text not null default '',
    state          text not null default 'queued',
    attempts       integer not null default 0,
    status         text not null default '',
    filing_id      text not null default '',
    error_code     text not null default '',
    error_message  text not null default '',
    error_hint     text not null default '',
    holds_original boolean not null default true,
    seconds        jsonb not null default '{}',
    created_at     timestamptz not null default clock_timestamp(),
    entered_at     timestamptz not null default clock_timestamp(),
    started_at     timestamptz,
    finished_at    timestamptz
);
create index ingest_job_state on ingest_job (state, no);
create index ingest_job_content on ingest_job (sha256) where holds_original;
