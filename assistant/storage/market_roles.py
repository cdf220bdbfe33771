"""The roles of the product's own market: who reads it, and whose function tells a reader's identity.

Roles belong to the server, not to the database, so no migration makes them: they are settled when SQL is
first asked, and again after a restore into a new server. What is granted is named column by column where a
table has columns that nobody asks for.

On the embedded server, which is ours alone, what of PostgreSQL's catalogue everybody may use and no question
needs is taken from PUBLIC: functions with side effects, that wait, that run SQL out of a text, or snoop; every
table of the catalogue; and the schema of the product's tables. The product runs as superuser there, whom that does not concern. On a given server other programs may live in the same
database; there the guard alone refuses them, and docs/operations.md has the statements for its owner.
"""

from psycopg import AsyncConnection, errors, sql
from psycopg.rows import TupleRow

from assistant.domain.errors import ServiceUnavailable

READER = "aei_market_reader"
"""The role that questions run as."""
_IDENTITY = "aei_market_identity"

_HIDDEN = {"password_hash", "tax_id"}
_READABLE = (
    *(
        "portfolios",
        "instruments",
        "prices_daily",
        "prices_intraday",
        "orders",
        "trades",
        "positions",
    ),
    *("predictions", "recommendations", "recommendation_feedback", "filings", "xbrl_facts"),
)
_USER_COLUMNS = """
select attname from pg_attribute
where attrelid = 'market.users'::regclass and attnum > 0 and not attisdropped
order by attnum
"""
_TAKEN = """
set_config pg_sleep pg_sleep_for pg_sleep_until pg_notify pg_terminate_backend pg_cancel_backend
query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema
table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema
database_to_xml database_to_xmlschema database_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema
ts_stat ts_rewrite repeat nextval setval currval lastval
lo_creat lo_create lo_from_bytea lo_open lo_put lo_unlink lo_get loread lowrite lo_truncate lo_truncate64
lo_lseek lo_lseek64 lo_tell lo_tell64 lo_close
pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared
pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
pg_try_advisory_xact_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
txid_current pg_current_xact_id pg_export_snapshot pg_logical_emit_message
txid_current_snapshot pg_current_snapshot pg_current_wal_lsn pg_get_functiondef pg_get_viewdef
pg_show_all_settings current_setting pg_stat_get_activity pg_database_size pg_tablespace_size
pg_postmaster_start_time pg_conf_load_time pg_listening_channels pg_describe_object
inet_server_addr inet_server_port inet_client_addr inet_client_port version
"""
_TAKE = """
do $$
declare
    called regprocedure;
begin
    for called in
        select oid from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname = any ({names})
    loop
        execute format('revoke execute on function %s from public', called);
    end loop;
    execute format('revoke temporary on database %I from public', current_database());
    execute format('revoke usage on schema %I from public', current_schema());
    revoke select on all tables in schema pg_catalog, information_schema from public;
    grant execute on function pg_stat_get_activity(integer) to {identity};
end
$$
"""
# the functions that tell of privileges take `public` for everybody
_SETTLED = """
select exists (select from pg_roles as role where rolname = %(reader)s
               and (select bool_and(has_table_privilege(role.oid, 'market.' || name, 'select'))
                    from unnest(%(readable)s::text[]) as name))
   and (not %(ours)s or not exists (
            select from pg_proc where pronamespace = 'pg_catalog'::regnamespace
            and proname = any(%(taken)s) and has_function_privilege('public', oid, 'execute')))
"""
_STANDING = """
select rolsuper, rolcreaterole or rolsuper, rolname from pg_roles where rolname = current_user
"""
_POWERS = """
select rolsuper or rolbypassrls or rolcreaterole or rolreplication from pg_roles where rolname = %s
"""
_CREATE = """
create role {role} nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls
"""


async def settle_roles(
    connection: AsyncConnection[TupleRow], reader: str = READER, *, ours: bool
) -> None:
    """Make the roles and grant what is missing; quick where nothing is.

    Args:
        connection: Of the user who owns the market, in a transaction.
        reader: The role that questions run as.
        ours: Whether the server is the embedded one.

    Raises:
        ServiceUnavailable: The user may not make the reading role, and nobody has made it; or a role of
            that name may do more than read.
    """
    taken = _TAKEN.split()
    values = {"reader": reader, "ours": ours, "readable": list(_READABLE), "taken": taken}
    [settled] = await (await connection.execute(_SETTLED, values)).fetchone() or (False,)
    if settled:
        return
    found = await (await connection.execute(_STANDING)).fetchone()
    superuser, makes_roles, user = found or (False, False, "")
    await _make(connection, reader, makes=makes_roles, user=user)
    if not superuser:
        await _lend(connection, reader, user)
    await _grant(connection, sql.Identifier(reader))
    if superuser:
        await _make(connection, _IDENTITY, makes=True, user=user)
        await _hand_over_identity(connection)
    if ours:
        names, identity = sql.Literal(taken), sql.Identifier(_IDENTITY)
        await connection.execute(sql.SQL(_TAKE).format(names=names, identity=identity))


async def _make(
    connection: AsyncConnection[TupleRow], role: str, *, makes: bool, user: str
) -> None:
    found = await (await connection.execute(_POWERS, (role,))).fetchone()
    if found == (True,):
        raise ServiceUnavailable(
            f"The role {role} of the database may do more than it should",
            f"Let an administrator run: alter role {role} nosuperuser nobypassrls nocreaterole;",
        )
    if found:
        return
    if not makes:
        raise ServiceUnavailable(
            f"The database has no role {role}, and its user {user} may not make it",
            f'Let an administrator run: create role {role} nologin; grant {role} to "{user}";',
        )
    try:
        async with connection.transaction():
            await connection.execute(sql.SQL(_CREATE).format(role=sql.Identifier(role)))
    except (errors.DuplicateObject, errors.UniqueViolation):
        return  # another database of the server was first


async def _lend(connection: AsyncConnection[TupleRow], reader: str, user: str) -> None:
    """Let an ordinary user act as the reader, where he may decide that."""
    grant = sql.SQL("grant {} to {}").format(sql.Identifier(reader), sql.Identifier(user))
    try:
        async with connection.transaction():
            await connection.execute(grant)
    except errors.InsufficientPrivilege:
        return  # an administrator granted it, or the first question says that it is missing


async def _grant(connection: AsyncConnection[TupleRow], reader: sql.Identifier) -> None:
    columns = [
        name
        for (name,) in await (await connection.execute(_USER_COLUMNS)).fetchall()
        if name not in _HIDDEN
    ]
    grants = [
        sql.SQL("grant usage on schema market to {}").format(reader),
        sql.SQL("grant select ({}) on market.users to {}").format(_names(columns), reader),
        *(
            sql.SQL("grant select on {} to {}").format(sql.Identifier("market", table), reader)
            for table in _READABLE
        ),
    ]
    for grant in grants:
        await connection.execute(grant)


async def _hand_over_identity(connection: AsyncConnection[TupleRow]) -> None:
    """Let the two functions that tell identity run as a role that can do nothing else."""
    role = sql.Identifier(_IDENTITY)
    for order in (
        "grant pg_read_all_stats to {}",
        "grant usage on schema market to {}",
        "grant select on market.session_identity to {}",
        "alter function market.reading_user() owner to {}",
        "alter function market.reads_everything() owner to {}",
    ):
        await connection.execute(sql.SQL(order).format(role))


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
