-- Answers that are given again to the same question of a reader with the same rights, from the same
-- filings. A key has one slot, so the table never has more rows than the setting allows.
create table cached_answer (
    slot    integer primary key,
    key     text collate "C" not null,
    version bigint not null,
    filings bigint[] not null,
    answer  text not null,
    kept_at timestamptz not null default now()
);

-- A kept answer is given only if the audit log holds the digest of exactly this key and answer.
create index audit_kept on audit_entry ((entry::jsonb ->> 'kept'))
    where entry::jsonb ->> 'kept' is not null;

-- The text of a filing that is deleted, or may travel less far, goes out of the cache with the
-- statement that says so, whoever makes it.
create function forget_answers() returns trigger language plpgsql as $$
begin
    delete from cached_answer where slot in (
        select slot from cached_answer where filings @> array[old.no] order by slot for update);
    return null;
end
$$;
create trigger forget_deleted after delete on filing
    for each row execute function forget_answers();
create trigger forget_labelled after update on filing
    for each row when (old.sensitivity is distinct from new.sensitivity)
    execute function forget_answers();

-- What withheld text is let into answers changes what they say: the filing's row, and with it the
-- state of the catalogue, changes too.
create function finding_changes_filing() returns trigger language plpgsql as $$
begin
    update filing set placed = placed + 1 where no = new.filing_no;
    return null;
end
$$;
create trigger finding_changes_filing after update on finding
    for each row execute function finding_changes_filing();
