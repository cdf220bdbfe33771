"""An embedder for reading processes that misbehaves on command: the faults a file can cause."""

import ctypes
import os
import re
import signal
import socket
import struct
import sys
import time
from array import array
from pathlib import Path

ONCE = Path(os.environ.get("ODD_EMBEDDER_ONCE", "/nonexistent/once"))


def spin():
    while True:
        pass


def raise_error():
    raise RuntimeError("a bug in a reader")


def kill_me():
    os.kill(os.getpid(), signal.SIGKILL)


def kill_me_once():
    if not ONCE.exists():
        ONCE.touch()
        kill_me()


def talk():
    sys.stdout.write("a library that prints\n")
    sys.stdout.flush()


def call(port):
    socket.create_connection(("127.0.0.1", int(port)), 5)


def call_past_python(port):
    """Connect as a library in C would; returns 0 when that worked."""
    libc = ctypes.CDLL(None)
    descriptor = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    place = struct.pack(">H4s8x", int(port), bytes([127, 0, 0, 1]))
    address = struct.pack("=H", socket.AF_INET) + place
    return libc.connect(descriptor, address, len(address))


FAULTS = {
    r"CRASH": lambda: os._exit(139),
    r"ABORT": os.abort,
    r"HANG": lambda: time.sleep(60),
    r"SPIN": spin,
    r"BOMB": lambda: array("f", [0.0]) * (1 << 31),
    r"RAISE": raise_error,
    r"KILLED ALWAYS": kill_me,
    r"KILLED ONCE": kill_me_once,
    r"TALK": talk,
    r"PARENT": os.getpid,
    r"CALL (\d+)": call,
    r"LIBC (\d+)": call_past_python,
}


class OddEmbedder:
    dimensions = 4

    async def embed(self, texts):
        value = None
        for pattern, fault in FAULTS.items():
            if match := re.search(pattern, "\n".join(texts)):
                value = fault(*match.groups())
        number = 0.5 if value is None else float(value)
        return [array("f", [number] * 4) for _ in texts]


def load():
    return OddEmbedder()
