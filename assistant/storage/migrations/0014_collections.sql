-- Labels on collections. A filing is as sensitive as the strictest of its own label and of those of the
-- collections it is placed in, with the collections around them (`deals` is around `deals/2026`).
-- `sensitivity` stays what every reader reads; it is worked out here, so that no writer can forget it.

create table collection (
    name     text primary key,
    label    text not null default 'public'
             check (label in ('public', 'internal', 'confidential', 'restricted'))
);

alter table filing add column label text not null default 'public';
update filing set label = sensitivity;

-- The collections around one, with itself: 'a/b' -> {a, a/b}.
create function collections_around(text) returns text[] language sql immutable as $$
    select coalesce(array_agg(array_to_string((string_to_array($1, '/'))[:depth], '/')), '{}')
    from generate_series(1, cardinality(string_to_array($1, '/'))) as depth
$$;

create function strictest(text[]) returns text language sql immutable as $$
    select coalesce(
        (select label from unnest(array['public', 'internal', 'confidential', 'restricted'])
             with ordinality as rank (label, strictness)
         where label = any($1) order by strictness desc limit 1),
        'restricted')
$$;

create function effective_label(own text, filing bigint) returns text language sql stable as $$
    select strictest(array_agg(label)) from (
        select own as label
        union all
        select collection.label from placement
        join collection on collection.name = any(collections_around(placement.collection))
        where placement.filing_no = filing
    ) as held
$$;

create function label_filing() returns trigger language plpgsql as $$
begin
    new.sensitivity := effective_label(new.label, new.no);
    return new;
end
$$;
create trigger filing_label before insert or update on filing
    for each row execute function label_filing();

-- A collection is held while something is placed in it, so that its label cannot change unseen.
-- Whoever also locks the filing does this first, as those do who label a collection.
create function hold_collections(text) returns void language plpgsql as $$
begin
    insert into collection (name)
    select name from unnest(collections_around($1)) as name order by name
    on conflict do nothing;
    perform from collection where name = any(collections_around($1)) order by name for share;
end
$$;

create function hold_placed() returns trigger language plpgsql as $$
begin
    perform hold_collections(new.collection);
    return new;
end
$$;
create trigger placement_held before insert or update of collection on placement
    for each row execute function hold_placed();

create function label_placed() returns trigger language plpgsql as $$
begin
    update filing set placed = placed + 1
    where no in (old.filing_no, new.filing_no) and sensitivity <> effective_label(label, no);
    return null;
end
$$;
create trigger placement_labelled
    after insert or delete or update of collection, filing_no on placement
    for each row execute function label_placed();

create function label_collected() returns trigger language plpgsql as $$
begin
    update filing set placed = placed + 1
    where no in (
            select filing_no from placement where new.name = any(collections_around(collection)))
      and sensitivity <> effective_label(label, no);
    return null;
end
$$;
create trigger collection_labelled after insert or update of label on collection
    for each row execute function label_collected();

insert into collection (name)
select distinct unnest(collections_around(collection)) from placement
on conflict do nothing;

-- `sensitivity` changes without being named in the statement, so what watches it watches every update.
drop trigger forget_labelled on filing;
create trigger forget_labelled after update on filing
    for each row when (old.sensitivity is distinct from new.sensitivity)
    execute function forget_answers();
