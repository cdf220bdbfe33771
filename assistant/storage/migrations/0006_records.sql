-- The whole life of a filing: the names it was placed under, what keeps it, and the audit log.

-- One row a name over a content. A series is a name in a collection; its versions count from 1.
create table placement (
    no          bigint generated always as identity primary key,
    id          text not null unique,
    filing_no   bigint not null references filing (no) on delete cascade,
    collection  text not null default '',
    name        text not null,
    file_name   text not null,
    series      text not null,
    version     integer not null default 1,
    sensitivity text not null default 'public',
    added_by    text not null default '',
    added_at    timestamptz not null default now(),
    unique (series, version)
);
create index placement_filing on placement (filing_no);
create index placement_name on placement (name);
create index placement_file on placement (collection, file_name);

insert into placement (id, filing_no, name, file_name, series, sensitivity, added_by, added_at)
select id, no, name, file_name, id, sensitivity, added_by, added_at from filing;

-- `placed` counts changes of the placements, so that whoever watches `filing` sees them.
alter table filing
    add column held_for     text[] not null default '{}',
    add column retain_until date,
    add column placed       integer not null default 0;

-- Originals that a deletion has yet to remove from a store outside of this database.
create table removal (
    sha256   text primary key,
    asked_at timestamptz not null default now()
);

-- When work that is due once a day was last begun, by whichever process.
create table upkeep (
    task   text primary key,
    ran_at timestamptz not null
);

create table audit_entry (
    seq      bigint primary key,
    entry    text not null,
    previous text not null,
    hash     text not null,
    kind     text generated always as (entry::jsonb ->> 'kind') stored
);
create index audit_kind on audit_entry (kind, seq);

-- Links one entry to the last. The lock is held until the transaction ends, so entries are appended
-- as the last step of a unit of work; each statement below sees what was committed before it.
create function audit_append(text) returns table (seq bigint, hash text)
language plpgsql as $$
declare
    last audit_entry;
    linked audit_entry;
begin
    perform pg_advisory_xact_lock(x'6165692d6175'::bigint);
    select * into last from audit_entry as e order by e.seq desc limit 1;
    linked.seq := coalesce(last.seq, 0) + 1;
    linked.previous := coalesce(last.hash, repeat('0', 64));
    linked.hash := encode(
        sha256(convert_to(linked.previous || e'\n' || linked.seq || e'\n' || $1, 'UTF8')), 'hex');
    insert into audit_entry (seq, entry, previous, hash)
    values (linked.seq, $1, linked.previous, linked.hash);
    return query select linked.seq, linked.hash;
end
$$;

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'The audit log is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_is_append_only();
