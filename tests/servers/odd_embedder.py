"""An embedder for reading processes that misbehaves on command: the faults a file can cause."""

import os
import sys
import time
from array import array


class OddEmbedder:
    dimensions = 4

    async def embed(self, texts):
        text = "\n".join(texts)
        if "CRASH" in text:
            os._exit(139)
        if "ABORT" in text:
            os.abort()
        if "HANG" in text:
            time.sleep(60)  # noqa: ASYNC251 -- a reader that never yields
        if "BOMB" in text:
            return [array("f", [0.0]) * (1 << 31)]
        if "RAISE" in text:
            raise RuntimeError("a bug in a reader")
        if "TALK" in text:
            sys.stdout.write("a library that prints\n")
            sys.stdout.flush()
        if "PARENT" in text:
            return [array("f", [float(os.getpid())] * 4) for _ in texts]
        return [array("f", [0.5, 0.5, 0.5, 0.5]) for _ in texts]


def load():
    return OddEmbedder()
