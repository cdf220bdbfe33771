"""A file that misbehaves costs its own reading process, and nothing else."""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace

import psutil
import pytest

from assistant.domain.errors import FilingRejected
from assistant.domain.ingestion import Stage, Upload
from assistant.ingest.reader_protocol import Options
from assistant.ingest.sandbox import Sandbox

pytestmark = pytest.mark.anyio
OPTIONS = Options("tests.servers.odd_embedder:load", max_pages=50, memory_mb=512)


@asynccontextmanager
async def sandbox(size=1, timeout_s=20.0, idle_s=20.0):
    readers = Sandbox(OPTIONS, size=size, timeout_s=timeout_s, idle_s=idle_s)
    try:
        yield readers
    finally:
        await readers.close()


def upload(text, name="note.txt"):
    return Upload(name, f"{text}: a line of a filing that can be read.\n".encode())


def children():
    return [
        child
        for child in psutil.Process(os.getpid()).children()
        if any("reader_process" in part for part in child.cmdline())
    ]


async def refused(readers, text):
    with pytest.raises(FilingRejected) as rejection:
        await readers.read(upload(text))
    return rejection.value


async def test_a_file_is_read_with_a_vector_a_passage():
    async with sandbox() as readers:
        prepared = await readers.read(upload("Plain"))
    assert prepared.media_type == "text/plain"
    assert prepared.passages[0].text.startswith("Plain: a line")
    assert list(prepared.vectors[0]) == [0.5] * 4


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CRASH", "corrupt"),
        ("RAISE", "corrupt"),
        ("BOMB", "too_large"),
        ("ABORT", "too_large"),
    ],
)
async def test_a_reader_that_fails_refuses_the_file_and_the_next_is_read(text, code):
    async with sandbox() as readers:
        error = await refused(readers, text)
        assert error.code == code
        assert "note.txt" in error.message
        assert error.hint
        assert (await readers.read(upload("Next"))).passages


async def test_a_reader_that_hangs_is_killed_in_time_and_the_next_file_is_read():
    async with sandbox(timeout_s=12) as readers:
        assert (await refused(readers, "HANG")).code == "timeout"
        assert children() == []
        assert (await readers.read(upload("Next"))).passages


async def test_a_reader_that_burns_processor_time_is_ended_by_the_kernel():
    options = replace(OPTIONS, cpu_s=1)
    readers = Sandbox(options, size=1, timeout_s=60)
    try:
        assert (await refused(readers, "SPIN")).code == "timeout"
        assert (await readers.read(upload("Next"))).passages
    finally:
        await readers.close()


async def test_a_reader_that_the_system_killed_is_tried_once_more(tmp_path, monkeypatch):
    monkeypatch.setenv("ODD_EMBEDDER_ONCE", str(tmp_path / "once"))
    async with sandbox() as readers:
        assert (await readers.read(upload("KILLED ONCE"))).passages
        assert (tmp_path / "once").exists()
        assert (await refused(readers, "KILLED ALWAYS")).code == "too_large"
        assert (await readers.read(upload("Next"))).passages


async def test_a_file_cannot_make_its_reader_call_somebody():
    """Neither through Python nor past it; a server that listens here is not reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        async with sandbox() as readers:
            assert (await refused(readers, f"CALL {port} ")).code == "corrupt"
            if own_network():
                prepared = await readers.read(upload(f"LIBC {port} "))
                assert prepared.vectors[0][0] == -1
        with pytest.raises(TimeoutError):
            server.accept()


def own_network():
    """Whether the kernel lets a process here move into a network of its own."""
    code = "import ctypes; c = ctypes.CDLL(None); print(c.unshare(1 << 30) and c.unshare(5 << 28))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "0"


async def test_the_stages_of_a_reading_are_told():
    stages = []
    async with sandbox() as readers:
        await readers.read(upload("Plain"), stages.append)
    assert stages == [Stage.EMBEDDING]


async def test_a_library_that_prints_does_not_break_the_reply():
    async with sandbox() as readers:
        assert (await readers.read(upload("TALK"))).passages


async def test_a_wrong_file_keeps_its_own_code():
    async with sandbox() as readers:
        with pytest.raises(FilingRejected) as rejection:
            await readers.read(Upload("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(64)))
    assert rejection.value.code == "unsupported_type"


async def test_one_child_reads_several_files_and_close_leaves_none():
    async with sandbox() as readers:
        pids = {(await readers.read(upload("PARENT"))).vectors[0][0] for _ in range(3)}
        assert len(pids) == 1
        assert len(children()) == 1
    assert children() == []


async def test_children_that_were_started_before_the_first_file_read_it():
    async with sandbox(size=2) as readers:
        await readers.warm()
        warmed = {child.pid for child in children()}
        assert len(warmed) == 2
        assert (await readers.read(upload("First"))).passages
        assert {child.pid for child in children()} == warmed
    assert children() == []


async def test_children_that_are_busy_again_are_not_ended_by_the_clock_of_before():
    """Two come back one after the other; only the later one's clock may run."""
    async with sandbox(size=2, idle_s=3) as readers:
        await asyncio.gather(*(readers.read(upload("Plain")) for _ in range(2)))
        before = {child.pid for child in children()}
        for _ in range(10):
            await asyncio.gather(*(readers.read(upload("Plain")) for _ in range(2)))
            await asyncio.sleep(0.5)
        assert {child.pid for child in children()} == before


async def test_idle_children_end():
    async with sandbox(idle_s=0.1) as readers:
        await readers.read(upload("Plain"))
        [child] = children()
        gone, alive = await asyncio.to_thread(psutil.wait_procs, [child], 10)
        assert (len(gone), alive) == (1, [])
        assert (await readers.read(upload("Again"))).passages
