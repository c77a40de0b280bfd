"""The ports of keeping and deleting in memory; `test_deletion_repository.py` holds them to the real ones."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.uploads.deletion import Deletion, without_keys
from services.uploads.model import DeadVersion, Dossier, Item, StoredObject
from services.uploads.retention import objects_of
from services.uploads.storage_ports import AuditEntry, LegalHold
from shared.object_store import ListedObject
from tests.support.clocks import A_MORNING
from tests.uploads.fakes import InMemoryDossiers, InMemoryRawObjects


@dataclass
class InMemoryDeletions:
    """Deletions by id."""

    deletions: dict[str, Deletion] = field(default_factory=dict)

    async def plan(self, deletion: Deletion) -> bool:
        """Write a deletion down unless it stands."""
        if deletion.id in self.deletions:
            return False
        self.deletions[deletion.id] = deletion
        return True

    async def due(self, now: datetime, limit: int) -> list[Deletion]:
        """Return what is due."""
        due = [each for each in self.deletions.values() if each.done_at is None and each.due_at <= now]
        return sorted(due, key=lambda each: each.due_at)[:limit]

    async def take(self, deletion: Deletion, until: datetime) -> bool:
        """Take it, if it is due as it was."""
        now = self.deletions[deletion.id]
        if now.done_at is not None or now.due_at != deletion.due_at:
            return False
        self.deletions[deletion.id] = replace(now, due_at=until)
        return True

    async def include(self, deletion: Deletion, objects: Collection[str]) -> Deletion:
        """Add objects."""
        now = self.deletions[deletion.id]
        every = tuple(dict.fromkeys((*now.objects, *sorted(objects))))
        self.deletions[deletion.id] = replace(now, objects=every)
        return replace(deletion, objects=every)

    async def postpone(self, deletion_id: str, until: datetime, held_by: str) -> None:
        """Let it wait."""
        self.deletions[deletion_id] = replace(self.deletions[deletion_id], due_at=until, held_by=held_by)

    async def finish(self, deletion: Deletion, done_at: datetime) -> None:
        """Mark it as done."""
        done = replace(deletion, done_at=done_at, count=len(deletion.objects), objects=(), held_by="")
        self.deletions[deletion.id] = done

    async def forget(self, deletion_id: str) -> None:
        """Take a plan back."""
        del self.deletions[deletion_id]

    async def open_of(self, registration_id: str) -> list[Deletion]:
        """Return what is not done."""
        return [
            each
            for each in self.deletions.values()
            if each.registration_id == registration_id and each.done_at is None
        ]


@dataclass
class InMemoryHolds:
    """Legal holds by registration."""

    holds: dict[str, LegalHold] = field(default_factory=dict)

    async def among(self, registrations: Collection[str]) -> frozenset[str]:
        """Return which are held."""
        return frozenset(self.holds) & frozenset(registrations)

    async def put(self, hold: LegalHold) -> None:
        """Hold a registration."""
        self.holds[hold.registration_id] = hold

    async def lift(self, registration_id: str) -> bool:
        """Lift a hold."""
        return self.holds.pop(registration_id, None) is not None

    async def all(self) -> list[LegalHold]:
        """Return all holds."""
        return sorted(self.holds.values(), key=lambda each: each.since)


@dataclass
class InMemoryAudit:
    """Entries by id."""

    entries: dict[str, AuditEntry] = field(default_factory=dict)

    async def record(self, entry: AuditEntry) -> None:
        """Write an act down once."""
        self.entries.setdefault(entry.id, entry)


@dataclass
class InMemoryViewLog:
    """When which registration was viewed."""

    views: list[tuple[str, datetime]] = field(default_factory=list)

    async def oldest(self, registrations: Collection[str], before: datetime) -> Mapping[str, datetime]:
        """Return the oldest views."""
        old = sorted(((at, name) for name, at in self.views if at < before), reverse=True)
        return {name: at for at, name in old if name in registrations}

    async def forget(self, registration_id: str, before: datetime) -> int:
        """Delete old views."""
        kept = [(name, at) for name, at in self.views if name != registration_id or at >= before]
        gone, self.views = len(self.views) - len(kept), kept
        return gone


@dataclass
class InMemoryCursors:
    """Walks by name."""

    walks: dict[str, str | None] = field(default_factory=dict)

    async def read(self, walk: str) -> str | None:
        """Return where it goes on."""
        return self.walks.get(walk)

    async def move(self, walk: str, before: str | None, after: str | None) -> None:
        """Move on."""
        if self.walks.get(walk) == before:
            self.walks[walk] = after


@dataclass
class InMemoryRecords:
    """The objects that dossiers and their histories name; also the archive that walks over them."""

    store: InMemoryDossiers

    async def registrations(self, after: str | None, limit: int) -> list[str]:
        """Return whose dossiers there are."""
        return sorted(each for each in self.store.dossiers if after is None or each > after)[:limit]

    async def named_by(self, registrations: Collection[str]) -> list[StoredObject]:
        """Return the objects that can be opened."""
        items = [item for each in registrations for item in self._items(each)]
        return [stored for item in items for stored in objects_of(item) if not stored.is_erased]

    async def destroy_keys(self, registration_id: str, objects: Collection[str] | None) -> None:
        """Destroy keys in live and dead versions."""
        dossier = self.store.dossiers.get(registration_id)
        if dossier is not None:
            items = tuple(_closed(item, objects) for item in dossier.items)
            self.store.dossiers[registration_id] = replace(dossier, items=items)
        for image_id, dead in self.store.dead.items():
            if dead.registration_id == registration_id:
                self.store.dead[image_id] = replace(dead, item=_closed(dead.item, objects))

    async def forget_measured(self, registration_id: str) -> None:
        """Forget it in live and dead versions."""
        dossier = self.store.dossiers.get(registration_id)
        if dossier is not None:
            items = tuple(_unmeasured(item) for item in dossier.items)
            self.store.dossiers[registration_id] = replace(dossier, items=items)
        for image_id, dead in self.store.dead.items():
            if dead.registration_id == registration_id:
                self.store.dead[image_id] = replace(dead, item=_unmeasured(dead.item))

    async def dossiers(self, after: str | None, limit: int) -> list[Dossier]:
        """Return a page."""
        return [self.store.dossiers[each] for each in await self.registrations(after, limit)]

    async def histories(self, registrations: Collection[str]) -> Mapping[str, Sequence[DeadVersion]]:
        """Return dead versions by registration."""
        return {
            each: [dead for dead in self.store.dead.values() if dead.registration_id == each]
            for each in registrations
        }

    def _items(self, registration_id: str) -> list[Item]:
        dossier = self.store.dossiers.get(registration_id)
        dead = [each.item for each in self.store.dead.values() if each.registration_id == registration_id]
        return [*(dossier.items if dossier else ()), *dead]


def _unmeasured(item: Item) -> Item:
    made = item.derivatives
    if made is None or not made.copy.is_erased:
        return item
    return replace(item, derivatives=replace(made, traits=None, camera=None))


def _closed(item: Item, objects: Collection[str] | None) -> Item:
    erased = without_keys(item)
    made, gone = item.derivatives, erased.derivatives
    if objects is None:
        kept = replace(gone, traits=made.traits, camera=made.camera) if made and gone else None
        return replace(erased, derivatives=kept)
    original = erased.original if item.original.key in objects else item.original
    if made is not None and gone is not None:
        made = replace(
            made,
            copy=gone.copy if made.copy.key in objects else made.copy,
            thumbnail=gone.thumbnail if made.thumbnail.key in objects else made.thumbnail,
        )
    return replace(item, original=original, derivatives=made)


@dataclass
class InMemoryListing:
    """What an object store in memory lists; what is not said otherwise is a year old."""

    raw: InMemoryRawObjects
    put_at: dict[str, datetime] = field(default_factory=dict)

    async def list(self, after: str, limit: int) -> list[ListedObject]:
        """Return objects in the order of their keys."""
        keys = sorted(key for key in self.raw.objects if key > after)[:limit]
        old = A_MORNING.replace(year=A_MORNING.year - 1)
        return [ListedObject(key, len(self.raw.objects[key]), self.put_at.get(key, old)) for key in keys]

    async def exists(self, key: str) -> bool:
        """Tell whether an object is there."""
        return key in self.raw.objects
