-- What language models cost, and who answered.
--
-- A `reserved` row holds the most that a running request to a cloud model can cost; `settled` is what
-- it did cost. An `answered` row is one answer that somebody got, whoever made it; it costs nothing.
create table spending (
    id                bigint generated always as identity primary key,
    day               date not null default (clock_timestamp() at time zone 'utc')::date,
    at                timestamptz not null default clock_timestamp(),
    who               text not null,
    role              text not null,
    destination       text not null,
    model             text not null,
    state             text not null check (state in ('reserved', 'settled', 'answered')),
    reserved_usd      numeric not null default 0 check (reserved_usd >= 0),
    cost_usd          numeric not null default 0 check (cost_usd >= 0),
    estimated         boolean not null default false,
    prompt_tokens     bigint not null default 0 check (prompt_tokens >= 0),
    completion_tokens bigint not null default 0 check (completion_tokens >= 0),
    expires_at        timestamptz
);
create index spending_day on spending (day);
create index spending_charged on spending (day) where state <> 'answered';

-- What counts against a budget today: settled charges whole, reservations until they expire.
create function spending_counted(of_day date, of_who text, of_role text) returns numeric
language sql stable as $$
    select coalesce(sum(case state when 'settled' then cost_usd else reserved_usd end), 0)
    from spending
    where day = of_day and state <> 'answered'
        and (state = 'settled' or expires_at > clock_timestamp())
        and (of_who = '' or who = of_who) and (of_role = '' or role = of_role)
$$;

-- Reserves an amount if every budget has room for it; otherwise names the first that has not.
-- Budgets come as three arrays: amount, person ('' for anybody), role ('' for any). The lock is held
-- until the transaction ends, so no two requests of any process see the same room; each statement
-- below sees what was committed before it.
create function spending_reserve(
    by_who text, by_role text, of_model text, usd numeric, held_s double precision,
    amounts numeric[], whose text[], roles text[]
) returns table (reserved bigint, refused integer, counted numeric)
language plpgsql as $$
declare
    today date;
begin
    perform pg_advisory_xact_lock(x'6165692d7370'::bigint);
    today := (clock_timestamp() at time zone 'utc')::date;
    for n in 1 .. cardinality(amounts) loop
        counted := spending_counted(today, whose[n], roles[n]);
        if counted + usd > amounts[n] then
            refused := n;
            return next;
            return;
        end if;
    end loop;
    insert into spending (day, who, role, destination, model, state, reserved_usd, expires_at)
    values (today, by_who, by_role, 'cloud', of_model, 'reserved', usd,
        clock_timestamp() + make_interval(secs => held_s))
    returning id into reserved;
    return next;
end
$$;
