"""Master keys by id: several at once, one in use; running processes learn a new one by themselves."""

import base64
import binascii
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SECRET_BYTES: Final = 32
# The key that an installation begins with; its file carries no id.
FIRST_ID: Final = "k1"
_ID = re.compile(r"k[1-9][0-9]{0,8}")

Stamp = tuple[int, int]


class MasterKeyError(RuntimeError):
    """A master key is not there, or its file holds something else; `key_id` says which."""

    def __init__(self, name: str, key_id: str, what: str) -> None:
        super().__init__(f"master key {key_id} of {name} {what}")
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The master keys of one purpose, one file per id, in a folder outside every data folder.

    Files are looked at each time and read when they have changed, so that a new key holds at once.
    """

    directory: Path
    name: str
    _read: dict[Path, tuple[Stamp, bytes]] = field(default_factory=dict, repr=False)

    def ids(self) -> tuple[str, ...]:
        """Return the ids that there are keys for, oldest first."""
        found = [self._id_of(path) for path in self.directory.glob(f"{self.name}*.key")]
        return tuple(sorted((key_id for key_id in found if key_id), key=_number))

    def current_id(self) -> str:
        """Return the id of the key that new things are wrapped with."""
        content = self._content(self._pointer)
        return FIRST_ID if content is None else content.decode(errors="replace").strip()

    def key(self, key_id: str) -> bytes:
        """Return a key.

        Raises:
            MasterKeyError: there is none of this id, or its file holds no key.
        """
        if _ID.fullmatch(key_id) is None:
            raise MasterKeyError(self.name, key_id, "cannot be: ids are k1, k2, ...")
        path = self._path(key_id)
        content = self._content(path)
        if content is None:
            raise MasterKeyError(self.name, key_id, f"is missing: no file {path.name}")
        try:
            key = base64.b64decode(content, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != SECRET_BYTES:
            raise MasterKeyError(self.name, key_id, f"is unusable: {path.name} holds no {SECRET_BYTES} bytes")
        return key

    def add(self) -> str:
        """Make a key that nothing uses yet; return its id."""
        number = _number((FIRST_ID, *self.ids())[-1]) + 1
        _write(self._path(f"k{number}"), base64.b64encode(secrets.token_bytes(SECRET_BYTES)))
        return f"k{number}"

    def activate(self, key_id: str) -> None:
        """Wrap new things with this key from now on.

        Raises:
            MasterKeyError: there is none of this id.
        """
        self.key(key_id)
        partial = self._pointer.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        _write(partial, key_id.encode())
        partial.replace(self._pointer)

    def retire(self, key_id: str) -> None:
        """Destroy a key that nothing uses any more.

        Raises:
            MasterKeyError: it is the current one.
        """
        if key_id == self.current_id():
            raise MasterKeyError(self.name, key_id, "is the current one")
        self._path(key_id).unlink(missing_ok=True)

    @property
    def _pointer(self) -> Path:
        return self.directory / f"{self.name}.current"

    def _path(self, key_id: str) -> Path:
        suffix = "" if key_id == FIRST_ID else f"-{key_id}"
        return self.directory / f"{self.name}{suffix}.key"

    def _id_of(self, path: Path) -> str | None:
        if path.stem == self.name:
            return FIRST_ID
        key_id = path.stem.removeprefix(f"{self.name}-")
        return key_id if _ID.fullmatch(key_id) else None

    def _content(self, path: Path) -> bytes | None:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            known = self._read.get(path)
            if known is None or known[0] != stamp:
                known = self._read[path] = (stamp, path.read_bytes())
        except FileNotFoundError:
            self._read.pop(path, None)
            return None
        return known[1]


def _number(key_id: str) -> int:
    return int(key_id[1:])


def _write(path: Path, content: bytes) -> None:
    """Write a new file that only its owner reads, for good before anything names it."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
