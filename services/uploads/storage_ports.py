"""What keeping, re-keying and deleting stored pictures needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.uploads.rotation import Rotation


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A wrapped data key in a record: whose object it opens."""

    object_key: str
    wrapped_key: str


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A record with all the wrapped keys in it."""

    source: str
    id: str
    keys: tuple[WrappedKey, ...]


class WrappedKeys(Protocol):
    """Every record that holds wrapped data keys."""

    @property
    def sources(self) -> Sequence[str]:
        """Return the collections that hold any."""
        ...

    async def count(self) -> int:
        """Return about how many records there are."""
        ...

    async def page(self, source: str, after: str | None, limit: int) -> list[KeyRecord]:
        """Return a collection's records behind an id, in the order of their ids."""
        ...

    async def exchange(self, record: KeyRecord, fresh: Sequence[WrappedKey]) -> bool:
        """Put fresh wrapped keys in place of those that stand in the record; tell whether they still stood.

        Nothing else of the record changes, neither its version nor its revision.
        """
        ...


class Rewrapper(Protocol):
    """Wraps data keys anew."""

    def rewrap(self, wrapped_key: str, object_key: str) -> str:
        """Return the same data key, wrapped with the current master key."""
        ...


class MasterKeyFiles(Protocol):
    """The master keys' files."""

    def ids(self) -> Sequence[str]:
        """Return the ids that there are keys for, oldest first."""
        ...

    def current_id(self) -> str:
        """Return the id of the key in use."""
        ...

    def add(self) -> str:
        """Make a key that nothing uses yet; return its id."""
        ...

    def activate(self, key_id: str) -> None:
        """Wrap new things with this key from now on."""
        ...

    def retire(self, key_id: str) -> None:
        """Destroy a key that nothing uses any more."""
        ...


class Rotations(Protocol):
    """How far the change of master keys is."""

    async def find(self) -> Rotation | None:
        """Return the latest rotation."""
        ...

    async def keep(self, rotation: Rotation) -> None:
        """Keep how far it is."""
        ...
