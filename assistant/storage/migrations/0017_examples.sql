-- Questions whose statement somebody found right, and what a reviewer made of them. `database` is the
-- fingerprint of the tables that the statement is about: an example counts for that database only.

create table verified_example (
    id          bigint generated always as identity primary key,
    database    text not null,
    question    text not null,
    statement   text not null,
    state       text not null default 'proposed' check (state in ('proposed', 'verified', 'rejected')),
    proposed_by text not null,
    proposed_at timestamptz not null default now(),
    judged_by   text not null default '',
    judged_at   timestamptz,
    reason      text not null default '',
    check ((state = 'proposed') = (judged_at is null))
);
create unique index verified_example_once
    on verified_example (database, md5(question), md5(statement));
