"""The ports of uploads in memory; `tests/uploads/test_repository.py` holds them to the real ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import cast

from services.uploads.announcing import Step
from services.uploads.attempts import Attempt
from services.uploads.batches import Batch, BatchKind, Selection
from services.uploads.dossier import REFUSED_KEPT, ImageStep
from services.uploads.errors import GrantRefusedError
from services.uploads.fingerprint import Fingerprint
from services.uploads.model import (
    Box,
    DeadVersion,
    Derivatives,
    Dossier,
    Ground,
    Item,
    ItemStatus,
    RefusedItem,
    Registration,
)
from services.uploads.object_crypto import KeyWrapper
from services.uploads.ports import Grant, StaffView
from services.uploads.tasks import CleanOriginal, Made, Processed, StampView, Task, Unreadable
from services.uploads.traits import Camera, Traits
from shared.events import Event
from shared.events.uploads import ImageReady
from shared.master_keys import MasterKeyError
from shared.object_store import ObjectMissingError, ObjectStoreUnavailableError

TRAITS = Traits("00ff00ff00ff00ff", 120.0, 180.0, 0.01)


@dataclass
class InMemoryDossiers:
    """Dossiers with the guards of the real ones."""

    dossiers: dict[str, Dossier] = field(default_factory=dict)
    dead: dict[str, DeadVersion] = field(default_factory=dict)
    said: list[Event] = field(default_factory=list)

    async def find(self, registration_id: str) -> Dossier | None:
        """Return a dossier."""
        return self.dossiers.get(registration_id)

    async def open(self, dossier: Dossier, events: Sequence[Event]) -> None:
        """Add a dossier unless it is there."""
        if dossier.registration_id not in self.dossiers:
            self.dossiers[dossier.registration_id] = dossier
            self.said.extend(events)

    async def save(self, before: Dossier, step: Step) -> bool:
        """Apply a command by compare-and-set on the version."""
        now = self.dossiers[before.registration_id]
        if now.version != before.version:
            return False
        self.dossiers[before.registration_id] = replace(step.dossier, items=now.items)
        self.said.extend(step.events)
        return True

    async def save_images(self, before: Dossier, step: ImageStep) -> bool:
        """Apply a change of the live images if its guards hold."""
        if step.dead is not None:
            self._bury(step.dead)
        now = self.dossiers[before.registration_id]
        if (step.changed or step.ordered) and now.version != before.version:
            return False
        if now.gate != before.gate or not _guards_hold(now, before, step):
            return False
        due = [at for at in (now.next_due_at, step.dossier.next_due_at) if at is not None]
        self.dossiers[before.registration_id] = replace(
            now,
            items=_changed(now.items, step),
            version=now.version + 1,
            revision=now.revision + 1,
            gate=step.dossier.gate,
            deaths=now.deaths + step.dossier.deaths - before.deaths,
            send_back=step.dossier.send_back,
            refused=_refused(now, step),
            copying=tuple(order for order in now.copying if order != step.ordered),
            next_due_at=min(due, default=None),
            stage=step.dossier.stage if step.dossier.stage != before.stage else now.stage,
            submitted_at=step.dossier.submitted_at,
            submissions=step.dossier.submissions,
            changed_at=step.dossier.changed_at,
        )
        self.said.extend(step.events)
        return True

    async def finish_image(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, facts: Sequence[Event] = ()
    ) -> bool:
        """Mark an image as ready, if it still is processing."""
        now = self.dossiers[dossier.registration_id]
        found = now.item(item.image_id)
        if found is None or found.status is not ItemStatus.PROCESSING:
            return False
        ready = replace(
            found,
            status=ItemStatus.READY,
            derivatives=derivatives,
            original=item.original,
            hints=item.hints,
        )
        items = tuple(ready if each is found else each for each in now.items)
        self.dossiers[dossier.registration_id] = replace(now, items=items)
        self.said += [ImageReady(image_id=item.image_id, category=item.category), *facts]
        return True

    async def add_cover(self, image_id: str, cover: Box) -> bool:
        """Cover one more place of a live image by hand."""
        return await self._set_covers(image_id, lambda item: (*item.covers, cover))

    async def clear_covers(self, image_id: str) -> bool:
        """Take away the covers set by hand on a live image."""
        return await self._set_covers(image_id, lambda _: ())

    async def _set_covers(self, image_id: str, covers: Callable[[Item], tuple[Box, ...]]) -> bool:
        now = await self.find_live(image_id)
        if now is None:
            return False
        items = tuple(replace(i, covers=covers(i)) if i.image_id == image_id else i for i in now.items)
        self.dossiers[now.registration_id] = replace(now, items=items)
        return True

    async def tell(self, dossier: Dossier, event: Event) -> bool:
        """Announce a fact that changes nothing."""
        if dossier.registration_id not in self.dossiers:
            return False
        self.said.append(event)
        return True

    async def erase(self, before: Dossier, step: Step) -> bool:
        """Apply an erasure by compare-and-set on the version."""
        now = self.dossiers[before.registration_id]
        if now.version != before.version or now.is_processing:
            return False
        self.dossiers[before.registration_id] = replace(step.dossier, revision=before.revision + 1)
        self.said.extend(step.events)
        return True

    async def dismiss(self, registration_id: str, image_id: str) -> None:
        """Forget the note about a refused image."""
        now = self.dossiers[registration_id]
        refused = tuple(entry for entry in now.refused if entry.image_id != image_id)
        self.dossiers[registration_id] = replace(now, refused=refused, version=now.version + 1)

    async def find_live(self, image_id: str) -> Dossier | None:
        """Return the dossier in which an image is live."""
        return next((each for each in self.dossiers.values() if each.item(image_id)), None)

    async def find_dead(self, image_id: str) -> DeadVersion | None:
        """Return an image version that is no longer live."""
        return self.dead.get(image_id)

    async def history(self, registration_id: str, limit: int) -> list[DeadVersion]:
        """Return the last versions that are no longer live."""
        found = [dead for dead in self.dead.values() if dead.registration_id == registration_id]
        return sorted(found, key=lambda dead: dead.ended_at, reverse=True)[:limit]

    async def of_candidate(self, candidate_id: str) -> list[Dossier]:
        """Return a candidate's dossiers."""
        found = [each for each in self.dossiers.values() if each.candidate_id == candidate_id]
        return sorted(found, key=lambda each: each.opened_at, reverse=True)

    async def due(self, now: datetime, limit: int) -> list[Dossier]:
        """Return dossiers that time does something to."""
        found = [each for each in self.dossiers.values() if each.next_due_at and each.next_due_at <= now]
        return sorted(found, key=lambda each: each.next_due_at or now)[:limit]

    async def look_again(self, now: datetime) -> None:
        """Make every dossier one that time may do something to."""
        self.dossiers = {key: replace(each, next_due_at=now) for key, each in self.dossiers.items()}

    def _bury(self, dead: DeadVersion) -> None:
        before = self.dead.get(dead.item.image_id)
        if before is None or before.item.derivatives is None or dead.item.derivatives is not None:
            self.dead[dead.item.image_id] = dead


def _guards_hold(now: Dossier, before: Dossier, step: ImageStep) -> bool:
    dead, added = step.dead, step.added
    if dead is not None:
        found = now.item(dead.item.image_id)
        if found is None or (found.status, found.covers) != (dead.item.status, dead.item.covers):
            return False
    if added is None:
        return True
    others = [item for item in now.items if dead is None or item.image_id != dead.item.image_id]
    if now.item(added.image_id) or any(item.sha256 == added.sha256 for item in others):
        return False
    if added.slot and any((i.category, i.slot) == (added.category, added.slot) for i in others):
        return False
    if step.exact_count:
        return now.count(added.category) == before.count(added.category)
    return dead is not None or now.count(added.category) < step.most


def _changed(items: tuple[Item, ...], step: ImageStep) -> tuple[Item, ...]:
    if step.changed is not None:
        return tuple(step.changed if item.image_id == step.changed.image_id else item for item in items)
    if step.dead is None:
        return (*items, step.added) if step.added else items
    gone = step.dead.item.image_id
    if step.added is None:
        return tuple(item for item in items if item.image_id != gone)
    return tuple(step.added if item.image_id == gone else item for item in items)


def _refused(now: Dossier, step: ImageStep) -> tuple[RefusedItem, ...]:
    if step.added is not None:
        where = (step.added.category, step.added.slot)
        return tuple(entry for entry in now.refused if (entry.category, entry.slot) != where)
    if step.dead is not None and step.dead.cause == "refused":
        return (*now.refused, step.dossier.refused[-1])[-REFUSED_KEPT:]
    return now.refused


@dataclass
class InMemoryBatches:
    """Batches over the dossiers in memory."""

    dossiers: InMemoryDossiers
    batches: dict[str, Batch] = field(default_factory=dict)

    async def ask(self, kind: BatchKind, selection: Selection, now: datetime) -> Batch:
        """Return the batch of a kind and selection that is under way, or a new one."""
        for batch in self.batches.values():
            if (batch.kind, batch.selection, batch.finished_at) == (kind, selection, None):
                return batch
        total = sum(_is_selected(each, selection) for each in self.dossiers.dossiers.values())
        made = Batch(f"b{len(self.batches)}", selection, now, total, kind=kind)
        self.batches[made.batch_id] = made
        return made

    async def find(self, batch_id: str) -> Batch | None:
        """Return a batch."""
        return self.batches.get(batch_id)

    async def current(self) -> Batch | None:
        """Return the oldest batch under way."""
        under_way = [batch for batch in self.batches.values() if batch.finished_at is None]
        return min(under_way, key=lambda batch: batch.asked_at, default=None)

    async def page(self, batch: Batch, limit: int) -> list[Dossier]:
        """Return the next dossiers."""
        found = [
            dossier
            for key, dossier in sorted(self.dossiers.dossiers.items())
            if key > batch.cursor and _is_selected(dossier, batch.selection)
        ]
        return found[:limit]

    async def claim(self, batch: Batch, page: Sequence[Dossier]) -> bool:
        """Take a page of dossiers, if the cursor still is where it was."""
        now = self.batches[batch.batch_id]
        if (now.cursor, now.round) != (batch.cursor, batch.round):
            return False
        found = now.found + sum(len(batch.stale(dossier)) for dossier in page)
        cursor, walked = page[-1].registration_id, now.walked + len(page)
        self.batches[batch.batch_id] = replace(now, cursor=cursor, walked=walked, found=found)
        return True

    async def end_round(self, batch: Batch, now: datetime) -> None:
        """End a batch whose last round found nothing, and begin another round otherwise."""
        kept = self.batches[batch.batch_id]
        if (kept.cursor, kept.round, kept.finished_at) == (batch.cursor, batch.round, None):
            again = replace(kept, cursor="", round=kept.round + 1, walked=0, found=0)
            self.batches[batch.batch_id] = again if batch.found else replace(kept, finished_at=now)

    async def renew(self, batch: Batch, dossier: Dossier, item: Item, made: Derivatives) -> bool:
        """Put other derivatives in the place of those that were read, if they still stand there."""
        now = self.dossiers.dossiers[dossier.registration_id]
        found = now.item(item.image_id)
        if found is None or found.derivatives != item.derivatives:
            return False
        items = tuple(replace(each, derivatives=made) if each is found else each for each in now.items)
        self.dossiers.dossiers[dossier.registration_id] = replace(now, items=items)
        kept = self.batches[batch.batch_id]
        self.batches[batch.batch_id] = replace(kept, renewed=kept.renewed + 1)
        return True

    async def wake(self, selection: Selection, now: datetime) -> int:
        """Have the scheduler put what is in processing to the workers again."""
        everything = self.dossiers.dossiers
        woken = {
            key: replace(each, next_due_at=min(each.next_due_at or now, now))
            for key, each in everything.items()
            if _is_selected(each, selection)
            and any(item.status is ItemStatus.PROCESSING for item in each.items)
        }
        everything.update(woken)
        return len(woken)

    async def note_clean(self, batch: Batch, dossier: Dossier, item: Item, now: datetime) -> None:
        """Note that a picture is clean."""
        kept = self.dossiers.dossiers[dossier.registration_id]
        items = tuple(
            replace(each, scanned_at=now) if each.image_id == item.image_id else each for each in kept.items
        )
        self.dossiers.dossiers[dossier.registration_id] = replace(kept, items=items)
        self.batches[batch.batch_id] = replace(
            self.batches[batch.batch_id], renewed=self.batches[batch.batch_id].renewed + 1
        )

    async def note_infected(self, batch: Batch, image_id: str) -> None:
        """Note that a picture is malware."""
        kept = self.batches[batch.batch_id]
        self.batches[batch.batch_id] = replace(kept, infected=kept.infected | {image_id})

    async def give_up(self, batch: Batch, image_id: str) -> None:
        """Leave a picture as it is."""
        kept = self.batches[batch.batch_id]
        self.batches[batch.batch_id] = replace(kept, failed=kept.failed | {image_id})


def _is_selected(dossier: Dossier, selection: Selection) -> bool:
    is_it = (dossier.place.session, dossier.place.district, dossier.policy_version)
    wanted = (selection.session, selection.district, selection.policy)
    return all(want in {None, have} for want, have in zip(wanted, is_it, strict=True))


@dataclass
class InMemoryRegistrations:
    """Registrations with the order of the real ones."""

    registrations: dict[str, Registration] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    successors: dict[str, str] = field(default_factory=dict)

    async def find(self, registration_id: str) -> Registration | None:
        """Return a registration."""
        found = self.registrations.get(registration_id)
        return replace(found, superseded_by=self.successors.get(registration_id)) if found else None

    async def supersede(self, registration_id: str, successor: str) -> None:
        """Note what has replaced a registration."""
        self.successors[registration_id] = successor

    async def keep(self, registration: Registration, sequence: int) -> None:
        """Keep a state unless a newer one is there."""
        key = registration.registration_id
        if sequence > self.sequences.get(key, -1):
            self.registrations[key], self.sequences[key] = registration, sequence

    async def erase(self, registration_id: str) -> None:
        """Forget a registration for good."""
        self.registrations.pop(registration_id, None)
        self.sequences[registration_id] = 2**62


@dataclass
class InMemoryRawObjects:
    """An object store that can be made to fail."""

    objects: dict[str, bytes] = field(default_factory=dict)
    is_down: bool = False

    async def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        self._answer()
        self.objects[key] = content

    async def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Return an object, or a part of it."""
        self._answer()
        try:
            content = self.objects[key]
        except KeyError:
            raise ObjectMissingError from None
        return content if length is None else content[start : start + length]

    async def delete(self, key: str) -> None:
        """Delete an object."""
        self._answer()
        self.objects.pop(key, None)

    def _answer(self) -> None:
        if self.is_down:
            raise ObjectStoreUnavailableError


@dataclass
class GivenKeys:
    """Master keys by id, of which the last one is in use."""

    keys: dict[str, bytes] = field(default_factory=lambda: {"k1": bytes(32)})

    def current_id(self) -> str:
        """Return the last key's id."""
        return list(self.keys)[-1]

    def key(self, key_id: str) -> bytes:
        """Return a key."""
        try:
            return self.keys[key_id]
        except KeyError:
            raise MasterKeyError("objects", key_id, "is missing") from None


def a_wrapper(*keys: bytes) -> KeyWrapper:
    """Return a wrapper with these keys, `k1` and on; without any, with one that is the same everywhere."""
    return KeyWrapper(GivenKeys({f"k{number}": key for number, key in enumerate(keys or (bytes(32),), 1)}))


@dataclass
class InMemoryFingerprints:
    """Fingerprints in a dictionary."""

    kept: dict[str, Fingerprint] = field(default_factory=dict)

    async def keep(self, fingerprint: Fingerprint) -> None:
        """Keep a fingerprint once."""
        self.kept.setdefault(fingerprint.image_id, fingerprint)

    async def near(self, fingerprint: Fingerprint, limit: int) -> list[Fingerprint]:
        """Return the others of the category that share a key."""
        found = [
            each
            for each in self.kept.values()
            if each.image_id != fingerprint.image_id
            and each.category == fingerprint.category
            and set(each.keys) & set(fingerprint.keys_near)
        ]
        return found[:limit]

    async def forget(self, registration_id: str) -> None:
        """Forget a registration."""
        self.kept = {key: each for key, each in self.kept.items() if each.registration_id != registration_id}


@dataclass
class QuickWorkshop:
    """Answers at once; what it was asked for can be looked at."""

    answer: object = field(
        default_factory=lambda: Processed(30, 20, b"copy", b"small", TRAITS, Camera(make="Xiaomi"))
    )
    answers: dict[str, object] = field(default_factory=lambda: {"ground": Ground((255, 255, 255), 1.0)})
    asked: list[Task[object]] = field(default_factory=list)

    async def do(self, task: Task[Made]) -> Made | Unreadable:
        """Return the prepared answer."""
        self.asked.append(task)
        if task.op in self.answers:
            return cast("Made | Unreadable", self.answers[task.op])
        stamped = isinstance(task, StampView | CleanOriginal) and not isinstance(self.answer, Unreadable)
        return cast("Made | Unreadable", b"stamped " + task.blobs()[0] if stamped else self.answer)


@dataclass
class InMemoryAttempts:
    """Refused attempts."""

    attempts: list[Attempt] = field(default_factory=list)

    def note(self, attempt: Attempt) -> None:
        """Keep an attempt."""
        self.attempts.append(attempt)

    async def of(self, registration_id: str) -> list[Attempt]:
        """Return a registration's attempts."""
        return [each for each in self.attempts if each.registration_id == registration_id]


@dataclass
class InMemoryViews:
    """The log of views."""

    views: list[StaffView] = field(default_factory=list)

    async def record(self, view: StaffView) -> None:
        """Write a view down."""
        self.views.append(view)


@dataclass
class InMemoryViewCounts:
    """The views of each day."""

    counts: dict[tuple[str, date], int] = field(default_factory=dict)

    async def take(self, staff_id: str, day: date, most: int) -> bool:
        """Count one more view unless there were that many."""
        seen = self.counts.get((staff_id, day), 0)
        if seen >= most:
            return False
        self.counts[staff_id, day] = seen + 1
        return True


@dataclass
class GivenGrants:
    """Grants by token."""

    grants: dict[str, Grant] = field(default_factory=dict)

    def read(self, token: str) -> Grant:
        """Return the grant."""
        try:
            return self.grants[token]
        except KeyError:
            raise GrantRefusedError from None


@dataclass
class InMemoryCalendars:
    """The state of the calendars that was followed last."""

    version: str | None = None

    async def followed(self) -> str | None:
        """Return the last one."""
        return self.version

    async def follow(self, version: str) -> None:
        """Note the one that was followed."""
        self.version = version
