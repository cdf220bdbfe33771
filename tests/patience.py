"""Waits for what another thread or server makes true."""

from collections.abc import Callable

import anyio


async def until(true: Callable[[], object], patience_s: float = 20) -> None:
    """Return as soon as it is true.

    Raises:
        TimeoutError: It was not within that time.
    """
    with anyio.fail_after(patience_s):
        while not true():  # noqa: ASYNC110 -- another thread makes it true
            await anyio.sleep(0.01)
