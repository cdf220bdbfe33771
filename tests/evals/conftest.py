"""The corpora of SQL, and the database that they are about, made from their files."""

import importlib.util
import json
import sys

import anyio
import psycopg
import pytest

from assistant.storage.analytics import AnalyticsDatabase
from tests.conftest import fresh_database

ROLES = ("nlsql_reader", "rls_definer")


@pytest.fixture(scope="session")
def folder(eval_dir):
    found = eval_dir / "sql"
    if not found.is_dir():
        pytest.skip(f"no SQL corpora in {found}")
    return found


@pytest.fixture(scope="module")
async def trading(folder, database_server):
    """The corpora's database, made from their files."""
    async with fresh_database(database_server, "template1") as given:
        with psycopg.connect(given.url, autocommit=True) as connection:
            connection.execute((folder / "schema.sql").read_bytes())
        await anyio.run_process([sys.executable, str(folder / "seed.py"), given.url])
        with psycopg.connect(given.url, autocommit=True) as connection:
            connection.execute((folder / "roles.sql").read_bytes())
            name = connection.info.dbname
            hardened = (folder / "roles_hardened.sql").read_text("utf-8")
            connection.execute(hardened.replace(':"DBNAME"', name).encode())
        yield AnalyticsDatabase(given)
        with psycopg.connect(given.url, autocommit=True) as connection:
            connection.execute("reassign owned by rls_definer to current_user")
            for role in (*ROLES, "app_owner"):
                connection.execute(f"drop owned by {role}; drop role {role}".encode())


@pytest.fixture(scope="session")
def compare(folder):
    spec = importlib.util.spec_from_file_location("compare", folder / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def corpus(folder):
    """Reads a corpus by name."""
    return lambda name: read(folder / f"{name}.jsonl")


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
