-- Results of statements that can be downloaded: what is run again, with whose rights. The rows are not kept.
-- The key is the hash of an id that only who asked was given, so that reading this table opens nothing.

create table sql_result (
    key         text primary key,
    question    text not null,
    statement   text not null,
    asked_by    text not null,
    role        text not null,
    rows_sha256 text not null,
    expires_at  timestamptz not null
);
create index sql_result_expiry on sql_result (expires_at);
