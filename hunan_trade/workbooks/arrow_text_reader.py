"""Reads columns of texts from an Arrow record batch without importing the library pyarrow."""

import ctypes
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any


class _Array(ctypes.Structure):
    pass


class _Schema(ctypes.Structure):
    pass


# https://arrow.apache.org/docs/format/CDataInterface.html
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class UnsupportedArrowType(Exception):
    """Raised when an Arrow record batch has a column that does not contain plain text."""


@dataclass(frozen=True)
class TextColumn:
    """A column of texts in Arrow's format: text bytes and the offsets at which the texts begin.

    `offsets` are int32, one more than rows, into the UTF-8 `data`; `present` has "0" or "1" a row.
    """

    offsets: bytes
    data: bytes
    present: bytes


def to_text_column(texts: Sequence[str]) -> TextColumn:
    """Encode texts as a `TextColumn`: UTF-8 bytes and offsets, as in Apache Arrow."""
    parts = [text.encode(errors="replace") for text in texts]
    offsets = array("i", accumulate((len(part) for part in parts), initial=0))
    return TextColumn(offsets.tobytes(), b"".join(parts), b"")


def text_columns(batch: Any) -> list[TextColumn]:
    """Return the columns of an Arrow record batch as `TextColumn`s, copied from its memory.

    The batch is an object with `__arrow_c_array__`.

    Raises UnsupportedArrowType.
    """
    schema_capsule, array_capsule = batch.__arrow_c_array__()
    schema = _Schema.from_address(_pointer(schema_capsule, b"arrow_schema"))
    array = _Array.from_address(_pointer(array_capsule, b"arrow_array"))
    if schema.format != b"+s" or array.offset:
        raise UnsupportedArrowType(schema.format)
    return [_text_column(schema.children[i].contents, array.children[i].contents) for i in range(array.n_children)]


def _text_column(schema: Any, array: Any) -> TextColumn:
    length = array.length
    if schema.format == b"n":
        return TextColumn(bytes(4 * (length + 1)), b"", b"0" * length)
    if schema.format != b"u" or array.offset or array.n_buffers != 3:
        raise UnsupportedArrowType(schema.format)
    validity, offsets, data = array.buffers[0], array.buffers[1], array.buffers[2]
    offsets = ctypes.string_at(offsets, 4 * (length + 1)) if length else bytes(4)
    size = int.from_bytes(offsets[-4:], "little")
    if validity:
        bits = int.from_bytes(ctypes.string_at(validity, (length + 7) // 8), "little") & ((1 << length) - 1)
        present = format(bits, f"0{length}b")[::-1].encode()
    else:
        present = b"1" * length
    return TextColumn(offsets, ctypes.string_at(data, size) if size else b"", present)
