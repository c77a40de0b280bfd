"""What keeping, re-keying and deleting stored pictures needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.uploads.deletion import Deletion
from services.uploads.model import DeadVersion, Dossier, StoredObject
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


class Listed(Protocol):
    """An object as the store lists it; the store's own clock says when it was put there."""

    @property
    def key(self) -> str:
        """Return its key."""
        ...

    @property
    def size_bytes(self) -> int:
        """Return its size, encrypted."""
        ...

    @property
    def modified_at(self) -> datetime:
        """Return when it was put."""
        ...


class Listing(Protocol):
    """The store's list of objects."""

    async def list(self, after: str, limit: int) -> Sequence[Listed]:
        """Return the objects behind a key, in the order of their keys."""
        ...

    async def exists(self, key: str) -> bool:
        """Tell whether an object is there."""
        ...


class ObjectRecords(Protocol):
    """Every record that names stored objects, by registration."""

    async def registrations(self, after: str | None, limit: int) -> list[str]:
        """Return whose dossiers there are behind an id, in the order of their ids."""
        ...

    async def named_by(self, registrations: Collection[str]) -> list[StoredObject]:
        """Return the objects that the records of some registrations name and that can be opened."""
        ...

    async def destroy_keys(self, registration_id: str, objects: Collection[str] | None) -> None:
        """Destroy the wrapped keys of these objects, or of all, in a registration's records."""
        ...

    async def forget_measured(self, registration_id: str) -> None:
        """Forget what was measured of pictures that nothing opens any more, and what their camera said."""
        ...


class Deletions(Protocol):
    """What is to be deleted, and what was."""

    async def plan(self, deletion: Deletion) -> bool:
        """Write a deletion down unless it stands already; tell whether it was new."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Deletion]:
        """Return deletions that are due, the most overdue first."""
        ...

    async def take(self, deletion: Deletion, until: datetime) -> bool:
        """Take a due deletion for some time; false if another instance was faster."""
        ...

    async def include(self, deletion: Deletion, objects: Collection[str]) -> Deletion:
        """Add objects to a deletion; return it with all of them."""
        ...

    async def postpone(self, deletion_id: str, until: datetime, held_by: str) -> None:
        """Let a deletion wait."""
        ...

    async def finish(self, deletion: Deletion, done_at: datetime) -> None:
        """Mark a deletion as done; the keys of its objects need not be known any more."""
        ...

    async def forget(self, deletion_id: str) -> None:
        """Take a plan back that has lost its reason before anything was deleted."""
        ...

    async def open_of(self, registration_id: str) -> list[Deletion]:
        """Return a registration's deletions that are not done."""
        ...


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Nothing of a registration may be deleted, whoever asks for it."""

    registration_id: str
    by: str
    reason: str
    since: datetime


class LegalHolds(Protocol):
    """The legal holds in force."""

    async def among(self, registrations: Collection[str]) -> frozenset[str]:
        """Return which of these registrations are held."""
        ...

    async def put(self, hold: LegalHold) -> None:
        """Hold a registration."""
        ...

    async def lift(self, registration_id: str) -> bool:
        """Lift a hold; tell whether there was one."""
        ...

    async def all(self) -> list[LegalHold]:
        """Return the holds in force, the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was done to stored data; written once under its id."""

    id: str
    act: str
    registration_id: str
    by: str
    at: datetime
    reason: str = ""
    cause: str = ""
    objects: int = 0
    views: int = 0


class Audit(Protocol):
    """The record of acts, only ever added to."""

    async def record(self, entry: AuditEntry) -> None:
        """Write an act down; one that stands already stays as it is."""
        ...


class ViewLog(Protocol):
    """Who saw which picture."""

    async def oldest(self, registrations: Collection[str], before: datetime) -> Mapping[str, datetime]:
        """Return since when views of some registrations lie there, where that is before an instant."""
        ...

    async def forget(self, registration_id: str, before: datetime) -> int:
        """Delete a registration's views from before an instant; return how many those were."""
        ...


class Archive(Protocol):
    """The dossiers, walked through as a whole."""

    async def dossiers(self, after: str | None, limit: int) -> list[Dossier]:
        """Return dossiers behind an id, in the order of their ids."""
        ...

    async def histories(self, registrations: Collection[str]) -> Mapping[str, Sequence[DeadVersion]]:
        """Return the dead versions of some dossiers."""
        ...


class Cursors(Protocol):
    """How far the walks of all instances are."""

    async def read(self, walk: str) -> str | None:
        """Return behind which id a walk goes on."""
        ...

    async def move(self, walk: str, before: str | None, after: str | None) -> None:
        """Move a walk on, unless another instance did."""
        ...
