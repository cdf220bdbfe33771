"""The child that reads files: requests on stdin, replies on stdout, one at a time.

    python -m assistant.ingest.reader_process {"embedder": "module:loader", "max_pages": ...}

It speaks `reader_protocol`. It has no database, no settings, no network, and limits on memory and
processor time; it ends when its stdin does, and on Linux when its parent dies.
"""

import asyncio
import ctypes
import math
import os
import pkgutil
import resource
import select
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

import msgspec

from assistant.domain.errors import AssistantError, FilingRejected, Rejection
from assistant.domain.filings import MediaType
from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.terms import Terms
from assistant.ingest.reader_protocol import EMBEDDING, LENGTH, Options, Reply, Request
from assistant.ingest.reading import Reading
from assistant.telemetry import configure_logging

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_NETWORK = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
)


def main() -> None:
    """Answer requests until stdin ends."""
    replies = _claim_stdout()
    options = msgspec.json.decode(sys.argv[1], type=Options)
    configure_logging("ERROR")
    _end_with_parent()
    leave_network()
    embedder = pkgutil.resolve_name(options.embedder)()
    reading = Reading(embedder, options.max_pages, options.ocr_languages, options.ocr_seconds)
    _prepare_in_spare_time()
    _limit_memory(options.memory_mb)
    os.nice(options.niceness)  # not before: whoever waits for a first file waits for the start too
    with suppress(BrokenPipeError):  # the parent went away; nobody waits for the reply
        while frame := _read_frame(sys.stdin.buffer):
            _limit_processor(options.cpu_s)
            body = msgspec.msgpack.encode(_answer(reading, frame, replies))
            replies.write(LENGTH.pack(len(body)) + body)
            replies.flush()


def _prepare_in_spare_time() -> None:
    """Load the readers of PDF, while nobody asks for anything yet: most files are PDF."""
    asked, _, _ = select.select([sys.stdin], [], [], 0)
    if not asked:
        extractor_for(MediaType.PDF, Terms(max_pages=1))


def _answer(reading: Reading, frame: bytes, replies: BinaryIO) -> Reply:
    request = msgspec.msgpack.decode(frame, type=Request)

    def embedding() -> None:
        replies.write(EMBEDDING)
        replies.flush()

    try:
        reads = reading.prepare(request.file_name, request.data, request.password, embedding)
        prepared = asyncio.run(reads)
    except FilingRejected as error:
        return Reply(rejection=error.rejection, message=error.message, hint=error.hint)
    except MemoryError:
        return Reply(
            rejection=Rejection.TOO_LARGE,
            message=f"{request.file_name} needs more memory to read than one file may take",
            hint="Split the file, or raise AEI_READ_MEMORY_MB.",
        )
    except AssistantError as error:
        return Reply(rejection=Rejection.CORRUPT, message=error.message, hint=error.hint)
    except Exception as error:  # noqa: BLE001 -- whatever a reader throws at a file is the file's
        return Reply(
            rejection=Rejection.CORRUPT,
            message=f"{request.file_name} cannot be read ({type(error).__name__})",
            hint="Open it in the program it comes from and save it again.",
        )
    vectors = b"".join(vector.tobytes() for vector in prepared.vectors)
    return Reply(prepared.media_type, prepared.document, prepared.passages, vectors)


def _claim_stdout() -> BinaryIO:
    """Keep stdout for replies; whatever a library prints goes to stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_network() -> None:
    """Give up the network for good: a file may try to make its reader call somebody.

    Where the kernel lets us, we move into a network of our own, without any device. Elsewhere
    Python's own calls are refused; what is written in C could still get out.
    """
    sys.addaudithook(_refuse_network)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if libc.unshare(_CLONE_NEWNET):  # this needs root
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event in _NETWORK:
        raise PermissionError(f"a reading process has no network ({event})")


def _limit_processor(seconds: float) -> None:
    """Bound the processor time of the next file; past it the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _limit_memory(megabytes: int) -> None:
    """Bound what reading may take on top of what the process holds already."""
    limit = (megabytes << 20) + _address_space()
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _address_space() -> int:
    if sys.platform != "linux":
        return 1 << 30
    with open("/proc/self/statm") as statm:  # noqa: PTH123 -- a kernel file, not a path of ours
        return int(statm.read().split()[0]) * resource.getpagesize()


def _read_frame(stream: BinaryIO) -> bytes:
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


if __name__ == "__main__":
    main()
