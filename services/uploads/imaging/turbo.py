"""JPEG by planes with libjpeg-turbo: what lies in the file as brightness and colour is never turned into RGB.

Pillow converts to RGB and back and scales the colour up and down again; for a paper that is marked in its
brightness only, that is half of the work. This way in declines whatever is not an ordinary sound JPEG, and
Pillow judges that: it never refuses by itself.
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_ulong, c_void_p
from functools import lru_cache
from typing import Any

from PIL import Image

from services.uploads.imaging.pixels import pixels_of
from services.uploads.imaging.planes import GREY, Planes

_FULL, _HALF_WIDTH, _HALF, _NO_COLOUR, _HALF_HEIGHT = 0, 1, 2, 3, 4
_REDUCTIONS = {_FULL: (2, 2), _HALF_WIDTH: (1, 2), _HALF_HEIGHT: (2, 1)}
_BRIGHTNESS_AND_COLOUR = frozenset({1, 2})  # YCbCr and grey, in the library's count
_STOP_ON_WARNING, _LIMIT_SCANS, _ACCURATE = 8192, 32768, 4096
_PLANES = c_void_p * 3


@lru_cache(maxsize=1)
def _library() -> Any:  # noqa: ANN401 - a C library has no types
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitDecompress.restype = library.tjInitCompress.restype = c_void_p
    library.tjDecompressHeader3.argtypes = [c_void_p, c_char_p, c_ulong, *[POINTER(c_int)] * 4]
    library.tjDecompressToYUVPlanes.argtypes = [
        *(c_void_p, c_char_p, c_ulong, c_void_p),
        *(c_int, c_void_p, c_int, c_int),
    ]
    library.tjCompressFromYUVPlanes.argtypes = [
        *(c_void_p, c_void_p, c_int, c_void_p, c_int, c_int),
        *(POINTER(c_void_p), POINTER(c_ulong), c_int, c_int),
    ]
    library.tjFree.argtypes = [c_void_p]
    return library


@lru_cache(maxsize=1)
def _reader() -> c_void_p:
    return c_void_p(_library().tjInitDecompress())


@lru_cache(maxsize=1)
def _writer() -> c_void_p:
    return c_void_p(_library().tjInitCompress())


def planes_in(content: bytes) -> Planes | None:
    """Return the planes of an ordinary JPEG, or nothing where the file is odd or damaged in any way."""
    library, numbers = _library(), [c_int() for _ in range(4)]
    if library.tjDecompressHeader3(_reader(), content, len(content), *map(byref, numbers)):
        return None
    width, height, sampling, colours = (number.value for number in numbers)
    if colours not in _BRIGHTNESS_AND_COLOUR or sampling not in {*_REDUCTIONS, _HALF, _NO_COLOUR}:
        return None
    sizes = [
        (library.tjPlaneWidth(part, width, sampling), library.tjPlaneHeight(part, height, sampling))
        for part in range(1 if sampling == _NO_COLOUR else 3)
    ]
    buffers = [ctypes.create_string_buffer(across * down) for across, down in sizes]
    targets = _PLANES(*(ctypes.addressof(buffer) for buffer in buffers))
    flags = _STOP_ON_WARNING | _LIMIT_SCANS
    if library.tjDecompressToYUVPlanes(_reader(), content, len(content), targets, 0, None, 0, flags):
        return None
    found = [_plane(buffer, size) for buffer, size in zip(buffers, sizes, strict=True)]
    brightness = found[0] if sizes[0] == (width, height) else found[0].crop((0, 0, width, height))
    if sampling == _NO_COLOUR:
        return Planes.without_colour(brightness)
    if sampling == _HALF:
        return Planes(brightness, *found[1:])
    return Planes(brightness, *(plane.reduce(_REDUCTIONS[sampling]) for plane in found[1:]))


def compressed(planes: Planes, quality: int) -> bytes:
    """Return a JPEG without any metadata.

    Raises:
        OSError: the library can't.
    """
    library, width, height = _library(), *planes.size
    wide, high = width + width % 2, height + height % 2
    held = [*map(pixels_of, (_padded(planes.brightness, (wide, high)), planes.blue, planes.red))]
    sources = _PLANES(*(plane.address for plane in held))
    target, length = c_void_p(), c_ulong()
    failed = library.tjCompressFromYUVPlanes(
        *(_writer(), sources, width, None, height, _HALF),
        *(byref(target), byref(length), quality, _ACCURATE),
    )
    try:
        if failed:
            raise OSError("libjpeg-turbo could not write a picture")
        return ctypes.string_at(target, length.value)
    finally:
        library.tjFree(target)


def _plane(buffer: Any, size: tuple[int, int]) -> Image.Image:  # noqa: ANN401 - a C array
    return Image.frombuffer("L", size, buffer, "raw", "L", 0, 1)


def _padded(plane: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the plane with its last column and row repeated, where the library wants an even number."""
    if plane.size == size:
        return plane
    wider = Image.new("L", size, GREY)
    for corner in ((size[0] - plane.width, size[1] - plane.height), (0, size[1] - plane.height), (0, 0)):
        wider.paste(plane, corner)
    return wider
