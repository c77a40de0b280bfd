"""Where a plane's pixels lie, so that a C library reads them there: Pillow tells by Arrow's interface."""

import ctypes
from typing import ClassVar, NamedTuple

from PIL import Image

_NAME, _VALUES = b"arrow_array", 1
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


class Pixels(NamedTuple):
    """The address of a plane's first pixel, row after row without a gap, as long as the holder lives."""

    address: int
    holder: object


class _Array(ctypes.Structure):
    """The beginning of an `ArrowArray`, as Arrow's specification has it."""

    _fields_: ClassVar = [
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ]


def pixels_of(plane: Image.Image) -> Pixels:
    """Return where the pixels of a grey picture lie; those of one that lies in pieces are copied."""
    try:
        _, holder = plane.__arrow_c_array__()
    except ValueError:
        copy = ctypes.create_string_buffer(plane.tobytes())
        return Pixels(ctypes.addressof(copy), copy)
    return Pixels(_Array.from_address(_pointer(holder, _NAME)).buffers[_VALUES], holder)
