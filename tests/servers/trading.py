"""A small trading database of our own, with a role that reads and rows that belong to users."""

import psycopg

USERS = {7: "ada", 42: "bob"}

_SCHEMA = """
create schema ops;
create table users (user_id int primary key, username text, tax_id text);
create table trades (trade_id int primary key, user_id int references users, symbol text, price numeric(12,4),
                     executed_at timestamptz);
create table filings (symbol text, fiscal_year int, fiscal_period text, form_type text, metrics jsonb);
create table secrets (user_id int, token text);
create table ops.session_identity (pid int, backend_start timestamptz, user_id int, scope_all boolean,
                                   primary key (pid, backend_start));
insert into users values (7, 'ada', 'tax-7'), (42, 'bob', 'tax-42');
insert into filings values
  ('MRDN', 2022, 'FY', '10-K', '{"revenue": 4200.0, "net_income": 519.5}'),
  ('MRDN', 2021, 'FY', '10-K', '{"revenue": 3900.0}');
insert into secrets values (42, 'hush');
insert into trades select n, case n % 2 when 0 then 42 else 7 end, 'SYM' || n % 5, n * 1.5,
       timestamptz '2026-03-01' + n * interval '1 hour' from generate_series(1, 3000) n;
create function whose() returns int language sql stable security definer set search_path = pg_catalog as
$$ select i.user_id from ops.session_identity i join pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a
   on a.pid = i.pid and a.backend_start = i.backend_start $$;
create function watches() returns boolean language sql stable security definer set search_path = pg_catalog as
$$ select coalesce(bool_or(i.scope_all), false) from ops.session_identity i
   join pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a
   on a.pid = i.pid and a.backend_start = i.backend_start $$;
create function fire() returns int language plpgsql security definer as
$$ begin update public.trades set price = 0; return 1; end $$;
alter table trades enable row level security;
alter table users enable row level security;
create policy own on trades for select using (user_id = (select whose()) or (select watches()));
create policy own on users for select using (user_id = (select whose()) or (select watches()));
"""
_ROLE = """
create role {0} nologin;
grant usage on schema public to {0};
grant select (user_id, username) on users to {0};
grant select on trades, filings to {0};
"""


def make(dsn: str, role: str) -> None:
    """Fill an empty database; `role` is the one that may read it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_SCHEMA)
        connection.execute(_ROLE.format(role))


def drop_role(dsn: str, role: str) -> None:
    """Take the role away, whose rights are in this database only."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"drop owned by {role}")
        connection.execute(f"drop role {role}")
