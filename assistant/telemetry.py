"""Logs and timings. One context manager, so that no function carries telemetry code.

Everything goes to stderr: stdout belongs to results. Libraries that set up logging at import
(wordllama does) find it done.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger("assistant")


def configure_logging(level: str = "WARNING") -> None:
    """Send log records of this level and above to stderr, once a process."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    logger.setLevel(level)


@contextmanager
def span(name: str, timings: dict[str, float] | None = None) -> Iterator[None]:
    """Time a block in seconds; log it, and add it to `timings` under its name."""
    start = time.perf_counter()
    try:
        yield
    finally:
        elapsed = time.perf_counter() - start
        if timings is not None:
            timings[name] = round(timings.get(name, 0.0) + elapsed, 6)
        logger.debug("%s took %.4f s", name, elapsed)
