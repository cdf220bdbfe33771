"""The pdfium calls made for every word and object of a page, without their conversions.

pypdfium2's prototypes check and wrap each argument and result, which costs four times what pdfium
does; on a page that draws letter by letter that is thousands of calls. These give addresses as
numbers (None for nothing), keep the interpreter's lock, and check nothing: a page or text page is
passed as its `raw`, a number as int, an object as its address, a place for a result by `byref`.
"""

import ctypes
from collections.abc import Callable

import pypdfium2.raw as pdfium_c

_Result = type[ctypes.c_int] | type[ctypes.c_void_p]


def _unchecked(call: object, result: _Result) -> Callable[..., int]:
    """Return a call whose arguments are ctypes values or numbers that fit an int."""
    return ctypes.PYFUNCTYPE(result)(_address(call))


def _of_object(call: object, *more: type[ctypes.c_void_p]) -> Callable[..., int]:
    """Return a call whose first argument is an object's address."""
    return ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, *more)(_address(call))


def _address(call: object) -> int:
    return ctypes.cast(call, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


_FOUR = (ctypes.c_void_p,) * 4

char_box = _unchecked(pdfium_c.FPDFText_GetLooseCharBox, ctypes.c_int)
char_origin = _unchecked(pdfium_c.FPDFText_GetCharOrigin, ctypes.c_int)
char_fill = _unchecked(pdfium_c.FPDFText_GetFillColor, ctypes.c_int)
char_stroke = _unchecked(pdfium_c.FPDFText_GetStrokeColor, ctypes.c_int)
char_object = _unchecked(pdfium_c.FPDFText_GetTextObject, ctypes.c_void_p)
page_object = _unchecked(pdfium_c.FPDFPage_GetObject, ctypes.c_void_p)
kind_of = _of_object(pdfium_c.FPDFPageObj_GetType)
mode_of = _of_object(pdfium_c.FPDFTextObj_GetTextRenderMode)
_bounds_of = _of_object(pdfium_c.FPDFPageObj_GetBounds, *_FOUR)
_fill_of = _of_object(pdfium_c.FPDFPageObj_GetFillColor, *_FOUR)
_draw_mode_of = _of_object(pdfium_c.FPDFPath_GetDrawMode, *_FOUR[:2])


class ObjectReader:
    """Reads objects of a page into places of its own. Not for two threads at once."""

    def __init__(self) -> None:
        self._sides = (ctypes.c_float * 4)()
        self._channels = (ctypes.c_uint * 4)()
        self._modes = (ctypes.c_int * 2)()
        self._side_places = _places(self._sides)
        self._channel_places = _places(self._channels)
        self._mode_places = _places(self._modes)

    def bounds(self, item: int) -> tuple[float, float, float, float] | None:
        """Return an object's left, bottom, right and top, in points."""
        if not _bounds_of(item, *self._side_places):
            return None
        left, bottom, right, top = self._sides
        return left, bottom, right, top

    def is_filled(self, item: int) -> bool:
        """Say whether a path is filled."""
        return bool(_draw_mode_of(item, *self._mode_places)) and self._modes[0] != 0

    def fill(self, item: int) -> tuple[int, int, int]:
        """Return the red, green and blue an object is filled with, of 255; black when unknown."""
        self._channels[:] = [0, 0, 0, 0]
        _fill_of(item, *self._channel_places)
        red, green, blue, _ = self._channels
        return red, green, blue


def _places(
    cells: ctypes.Array[ctypes.c_float] | ctypes.Array[ctypes.c_uint] | ctypes.Array[ctypes.c_int],
) -> tuple[int, ...]:
    first = ctypes.addressof(cells)
    return tuple(first + 4 * index for index in range(len(cells)))
