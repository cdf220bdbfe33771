"""Keeps one embedded PostgreSQL running as long as somebody uses it.

    python -m assistant.storage.supervisor ROOT INSTALL LINGER_S

It starts the server as its child, starts it again when it dies, and stops it and itself when no
process has held the lease for a short while. It knows its clients only by that lock, so kill -9 of
any of them is noticed. On Linux the server is told to stop (fast, cleanly) when the supervisor
dies; elsewhere the next supervisor stops it.

Standard library only: about 10 MB, ready in 50 ms.
"""

import ctypes
import errno
import logging
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from assistant.domain.errors import ServiceFailed
from assistant.storage import reserve
from assistant.storage.cluster import (
    MAJOR_VERSION,
    SOCKET_NAME,
    Account,
    data_argument,
    ensure_cluster,
    environment,
    server_account,
    server_settings,
    socket_folder,
)
from assistant.storage.layout import Layout, Phase, Status, open_lock, try_lock, unlock
from assistant.storage.programs import usable_programs

POLL_S = 0.2
STOP_S = 20.0
"""How long a fast shutdown may take before the server is forced."""
CRASHES = 5
CRASH_WINDOW_S = 60.0
LOG_LIMIT_BYTES = 5 * 2**20

log = logging.getLogger("aei.supervisor")


class Supervisor:
    """One server, from its first start to its last stop."""

    def __init__(self, layout: Layout, install: Path, linger_s: float) -> None:
        self._layout = layout
        self._install = install
        self._linger_s = linger_s
        self._pid = os.getpid()
        self._lease = open_lock(layout.lease)
        self._idle_since: float | None = None
        self._stop_asked = False
        self._server: subprocess.Popen[bytes] | None = None
        self._crashes: deque[float] = deque(maxlen=CRASHES)
        self._prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
        self._wake, wake_end = os.pipe()
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self._stop_asked = True

    def run(self) -> int:
        """Serve until nobody needs the server; returns the exit status."""
        sockets = self._layout.root
        try:
            account = server_account()
            programs = usable_programs(self._install, account)
            ensure_cluster(self._layout, programs, account)
            while not self._stop_asked:
                sockets = socket_folder(self._layout, account)
                self._start(programs, sockets, account)
                self._watch(sockets)
            self._layout.status.unlink(missing_ok=True)
        except (ServiceFailed, OSError) as error:
            self._report(error)
            return 1
        finally:
            self._stop()
            if sockets != self._layout.root:
                with suppress(OSError):  # a killed server's socket is still in it
                    sockets.rmdir()
        return 0

    def _report(self, error: ServiceFailed | OSError) -> None:
        log.error("failed: %s", error)
        if isinstance(error, ServiceFailed):
            status = Status(Phase.FAILED, message=error.message, hint=error.hint)
        else:
            status = Status(
                Phase.FAILED,
                message=f"The database in {self._layout.root} failed: {error}",
                hint=f"See {self._layout.supervisor_log}.",
            )
        with suppress(OSError):  # the disk may be full; the log then says the same
            self._layout.write_status(status)

    def _start(self, programs: Path, sockets: Path, account: Account) -> None:
        """Start the server and wait until it accepts queries, however long its recovery takes."""
        reserve.give_up_if_needed(self._layout.reserve)
        self._layout.write_status(Status(Phase.STARTING, str(sockets)))
        guard = self._take_server_lock(account, sockets)
        settings = server_settings(sockets, self._layout.name)
        with self._layout.log.open("ab") as output:
            self._server = subprocess.Popen(  # noqa: S603 -- fixed arguments
                [
                    str(programs / "bin/postgres"),
                    *("-D", data_argument(self._layout.data)),
                    *(
                        part
                        for name, value in settings.items()
                        for part in ("-c", f"{name}={value}")
                    ),
                ],
                cwd=self._layout.data,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                pass_fds=[guard],
                preexec_fn=self._die_with_parent,
                **account.process_arguments(),
            )
        os.close(guard)
        while self._server.poll() is None and not self._stop_asked:
            if self._accepts_queries():
                log.info("ready, pid %d", self._server.pid)
                self._layout.write_status(Status(Phase.READY, str(sockets)))
                return
            self._sleep(0.02)
        if not self._stop_asked:
            raise self._not_started()

    def _not_started(self) -> ServiceFailed:
        tail = self._layout.log_tail()
        if os.strerror(errno.ENOSPC) in tail:
            return ServiceFailed(
                f"The disk that holds {self._layout.root} is full: PostgreSQL cannot start.",
                "Free some disk space; the database then starts by itself.",
            )
        return ServiceFailed(
            f"PostgreSQL did not start in {self._layout.root}:\n{tail}",
            f"See {self._layout.log}.",
        )

    def _die_with_parent(self) -> None:
        """Let the kernel stop the server, fast and cleanly, when the supervisor dies."""
        if self._prctl is not None:
            self._prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG
            if os.getppid() != self._pid:  # it died before that
                os._exit(1)

    def _accepts_queries(self) -> bool:
        """Say whether the server's own status line reads ready."""
        try:
            lines = (self._layout.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        ours = self._server is not None and lines[:1] == [str(self._server.pid)]
        return ours and len(lines) > 7 and lines[7].strip() == "ready"

    def _take_server_lock(self, account: Account, sockets: Path) -> int:
        """Return the lock for a new server, once no process of an earlier one is left.

        Holding it proves that the server's own lock files are stale, whatever runs under the number
        in them now; PostgreSQL would believe a zombie of a killed server, too.
        """
        guard = open_lock(self._layout.server_lock)
        began = time.monotonic()
        forced = {1.0: signal.SIGINT, STOP_S: signal.SIGQUIT, STOP_S + 5: signal.SIGKILL}
        while not try_lock(guard):
            waited = time.monotonic() - began
            for after in [after for after in forced if after <= waited]:
                self._signal_leftovers(account, forced.pop(after))
            if waited > STOP_S + 10:
                raise ServiceFailed(
                    f"An earlier database server in {self._layout.root} does not end.",
                    f"End the processes whose name holds {self._layout.name}.",
                )
            self._sleep(0.02)
        for stale in (
            self._layout.data / "postmaster.pid",
            sockets / SOCKET_NAME,
            sockets / f"{SOCKET_NAME}.lock",
        ):
            stale.unlink(missing_ok=True)
        return guard

    def _signal_leftovers(self, account: Account, number: signal.Signals) -> None:
        """Signal the processes of an earlier server: whose working folder is the cluster."""
        for pid in leftovers(self._layout.data, account.uid):
            log.warning("process %d of an earlier server is still there: %s", pid, number.name)
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _watch(self, sockets: Path) -> None:
        """Return when the server died, or when it is time to stop."""
        assert self._server is not None  # noqa: S101 -- set by _start
        while not self._stop_asked:
            self._sleep(POLL_S)
            if not (sockets / SOCKET_NAME).exists():  # a cleaner of temporary folders was here
                log.warning("the socket is gone")
                self._stop()
            code = self._server.poll()
            if code is not None:
                log.warning("the server ended with %d", code)
                self._layout.write_status(Status(Phase.STARTING, str(sockets)))
                self._count_crash()
                return
            if self._is_unused():
                self._stop_asked = True
            self._shorten_logs()
            reserve.keep(self._layout.reserve)

    def _is_unused(self) -> bool:
        """Say whether nobody has held the lease for a while; then nobody can take it again."""
        if not try_lock(self._lease):
            self._idle_since = None
            return False
        now = time.monotonic()
        if self._idle_since is None:
            self._idle_since = now
        if now - self._idle_since >= self._linger_s:
            log.info("nobody uses the server")
            return True
        unlock(self._lease)
        return False

    def _count_crash(self) -> None:
        now = time.monotonic()
        self._crashes.append(now)
        if len(self._crashes) == CRASHES and now - self._crashes[0] < CRASH_WINDOW_S:
            raise ServiceFailed(
                f"PostgreSQL in {self._layout.root} died {CRASHES} times within a minute:\n"
                f"{self._layout.log_tail()}",
                f"See {self._layout.log}.",
            )
        self._sleep(0.1 * 2 ** (len(self._crashes) - 1) - 0.1)

    def _shorten_logs(self) -> None:
        """Keep one older log; who writes appends, so cutting the file is safe."""
        for path in (self._layout.log, self._layout.supervisor_log):
            with suppress(OSError):
                if path.stat().st_size > LOG_LIMIT_BYTES:
                    shutil.copyfile(path, path.with_suffix(".log.1"))
                    os.truncate(path, 0)

    def _sleep(self, seconds: float) -> None:
        """Sleep, but wake at once when a child ends or a signal asks to stop."""
        ready, _, _ = select.select([self._wake], [], [], seconds)
        if ready:
            os.read(self._wake, 512)

    def _stop(self) -> None:
        """Stop the server: fast, and by force when that takes too long."""
        server = self._server
        if server is None:
            return
        for number, patience in (
            (signal.SIGINT, STOP_S),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            if server.poll() is not None:
                return
            server.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                server.wait(patience)
        log.info("stopped")


def leftovers(data: Path, uid: int) -> list[int]:
    """Return the processes of that user whose working folder is the cluster.

    Without /proc (macOS) it is the number in `postmaster.pid`, which the caller's failed attempt at
    the server lock shows to be alive.
    """
    if not Path("/proc/self/cwd").exists():
        with suppress(OSError, ValueError, IndexError):
            return [int((data / "postmaster.pid").read_text("utf-8").splitlines()[0])]
        return []
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            if entry.stat().st_uid == uid and (entry / "cwd").samefile(data):
                found.append(int(entry.name))
    return found


def main(arguments: list[str]) -> int:
    """Become the supervisor of `ROOT`, unless there is one; returns at once, it stays behind."""
    os.umask(0o077)
    layout, install = Layout(Path(arguments[0])), Path(arguments[1])
    logging.basicConfig(format="%(asctime)s [%(process)d] %(message)s", level=logging.INFO)
    lock = open_lock(layout.supervisor_lock)
    deadline = time.monotonic() + 0.3  # a client that looks holds it for microseconds
    while not try_lock(lock):
        if time.monotonic() > deadline:
            return 0
        time.sleep(0.005)
    reserve.give_up_if_needed(layout.reserve)
    layout.write_status(Status(Phase.STARTING))
    if os.fork():
        os._exit(0)
    log.info("supervisor of %s, PostgreSQL %s", layout.root, MAJOR_VERSION)
    return Supervisor(layout, install, float(arguments[2])).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
