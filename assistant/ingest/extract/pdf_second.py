"""Reads single PDF pages with pypdf where pdfium finds nothing on them, or fails.

The two disagree about few pages, but pdfium says nothing then. pypdf is slow and may loop on
hostile streams, so its time is limited by a signal and few pages are tried.
"""

import io
import logging
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from pypdf import PdfReader

from assistant.ingest.extract.pages import clean

_MOST_PAGES = 12
_PAGE_S = 5.0
_ALL_S = 15.0  # for all pages of a file


@dataclass
class SecondReader:
    """Reads pages of one file; opened when the first page is asked for.

    Args:
        data: The file's bytes, decrypted and repaired.
    """

    data: bytes
    _tried: int = field(default=0, init=False)
    _spent: float = field(default=0.0, init=False)
    _reader: PdfReader | None = field(default=None, init=False)

    def text(self, number: int) -> str:
        """Return the text of a page (1-based); empty when there is none or it took too long."""
        self._tried += 1
        if self._tried > _MOST_PAGES or self._spent > _ALL_S or not _is_main_thread():
            return ""
        start = time.perf_counter()
        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        try:
            with warnings.catch_warnings(), _time_limit(_PAGE_S):
                warnings.simplefilter("ignore")
                self._reader = self._reader or PdfReader(io.BytesIO(self.data), strict=False)
                return clean(self._reader.pages[number - 1].extract_text()).strip()
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 -- pypdf raises anything; the page stays unread
            return ""
        finally:
            self._spent += time.perf_counter() - start


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()  # others get no signals


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the main thread when the block takes longer."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
