"""Packing of the storage engine's keys and values by format, each in one expression.

The package that comes with the storage engine interprets the format letter by letter for every key. The
formats of the tables are few and known; any other is left to it.
"""

import sys
from collections.abc import Callable
from typing import Any

import wiredtiger  # noqa: F401 - makes the two below importable

_integers = sys.modules["wiredtiger.intpacking"]
_general_pack: Callable[..., bytes] = sys.modules["packing"].pack
_general_unpack: Callable[[str, bytes], list[Any]] = sys.modules["packing"].unpack
_cursors = sys.modules["swig_wiredtiger"]

_END = b"\x00"


def install() -> None:
    """Let cursors pack by format."""
    _cursors.pack = pack  # type: ignore[attr-defined] # a module's function is replaced
    _cursors.unpack = unpack  # type: ignore[attr-defined] # the same


def pack(form: str, *values: Any) -> bytes:
    """Return values as the bytes of a key or a value."""
    known = _PACKED.get(form)
    packed: bytes = known(*values) if known else _general_pack(form, *values)
    return packed


def unpack(form: str, packed: bytes) -> list[Any]:
    """Return the values in the bytes of a key or a value."""
    known = _UNPACKED.get(form)
    values: list[Any] = known(packed) if known else _general_unpack(form, packed)
    return values


def _text(value: str) -> bytes:
    """Return a text as it stands in front of others: what follows a zero is lost there."""
    return value.partition("\0")[0].encode() + _END


def _texts(packed: bytes, number: int) -> list[Any]:
    """Return so many texts and the bytes that follow them."""
    *texts, rest = packed.split(_END, number)
    return [*(text.decode() for text in texts), rest]


def _texts_and_number(packed: bytes, number: int) -> list[Any]:
    *texts, rest = _texts(packed, number)
    return [*texts, _integers.unpack_int(rest)[0]]


_PACKED: dict[str, Callable[..., bytes]] = {
    "S": _text,
    "u": lambda blob: blob,
    "q": _integers.pack_int,
    "SS": lambda a, b: _text(a) + _text(b),
    "SSS": lambda a, b, c: _text(a) + _text(b) + _text(c),
    "SSu": lambda a, b, blob: _text(a) + _text(b) + blob,
    "SSq": lambda a, b, number: _text(a) + _text(b) + _integers.pack_int(number),
    "SSSu": lambda a, b, c, blob: _text(a) + _text(b) + _text(c) + blob,
}
_UNPACKED: dict[str, Callable[[bytes], list[Any]]] = {
    "u": lambda packed: [packed or b""],
    "q": lambda packed: [_integers.unpack_int(packed)[0]],
    "SSS": lambda packed: _texts(packed, 3)[:-1],
    "SSu": lambda packed: _texts(packed, 2),
    "SSq": lambda packed: _texts_and_number(packed, 2),
    "SSSu": lambda packed: _texts(packed, 3),
}
