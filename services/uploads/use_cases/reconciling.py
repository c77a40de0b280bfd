"""Comparing the store with the records, both ways: no object without record, no record without object."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter

from services.uploads.deletion import Cause, of_objects
from services.uploads.errors import ObjectBrokenError
from services.uploads.model import StoredObject
from services.uploads.ports import Objects
from services.uploads.storage_ports import Cursors, Deletions, Listed, Listing, ObjectRecords
from shared.clock import Clock

REGISTRATIONS = 50
OBJECTS = 1000
WALK = "reconcile"
# An object is stored before its record; what is this old was never recorded.
ORPHANED_AFTER = timedelta(days=1)
# What encryption adds to an object: the tag.
TAG_BYTES = 16

MISSING = Counter("kaoshen_objects_missing", "Objects that a record names and the store does not hold")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Findings:
    """What a comparison has found."""

    registrations: int = 0
    objects: int = 0
    young: int = 0
    orphans: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Tell whether records and objects fit together; what was swept away is no fault any more."""
        return not self.missing and not self.broken

    def __add__(self, other: "Findings") -> "Findings":
        """Return both together."""
        return Findings(
            self.registrations + other.registrations,
            self.objects + other.objects,
            self.young + other.young,
            self.orphans + other.orphans,
            self.missing + other.missing,
            self.broken + other.broken,
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """The registrations of one page: keys of objects from behind `after` up to the last one's.

    Object keys begin with the registration's id, so that both sides are walked in one order; objects whose
    registration there is no dossier of lie in between.
    """

    after: str | None
    ids: tuple[str, ...]

    @property
    def is_last(self) -> bool:
        """Tell whether no dossier comes behind."""
        return len(self.ids) < REGISTRATIONS

    @property
    def start(self) -> str:
        """Return behind which key the objects begin."""
        return "" if self.after is None else _behind(self.after)

    def covers(self, key: str) -> bool:
        """Tell whether an object belongs here."""
        return self.is_last or key < _behind(self.ids[-1])


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Compare page by page; orphans older than a day are deleted, what is missing is reported, never hidden.

    Times of objects are the store's, so that they are compared with the machine's clock.
    """

    listing: Listing
    records: ObjectRecords
    deletions: Deletions
    objects: Objects
    cursors: Cursors
    clock: Clock
    machine: Clock

    async def slice(self) -> Findings:
        """Compare one page where the last slice ended; behind the last page the walk begins anew."""
        after = await self.cursors.read(WALK)
        stretch = Stretch(after, tuple(await self.records.registrations(after, REGISTRATIONS)))
        findings = await self._compare(stretch)
        await self._sweep(findings.orphans)
        await self.cursors.move(WALK, after, None if stretch.is_last else stretch.ids[-1])
        return findings

    async def whole(
        self, progress: Callable[[Findings], None], *, read: bool = False, sweep: bool = True
    ) -> Findings:
        """Compare everything, and with `read` decrypt every object too."""
        findings, after = Findings(), None
        while True:
            stretch = Stretch(after, tuple(await self.records.registrations(after, REGISTRATIONS)))
            found = await self._compare(stretch)
            if read:
                found = replace(found, broken=(*found.broken, *await self._unreadable(stretch, found)))
            if sweep:
                await self._sweep(found.orphans)
            findings += found
            progress(findings)
            if stretch.is_last:
                return findings
            after = stretch.ids[-1]

    async def _compare(self, stretch: Stretch) -> Findings:
        named: dict[str, int] = {}
        for stored in await self.records.named_by(stretch.ids):
            named[stored.key] = max(named.get(stored.key, 0), _end_of(stored))
        tally = Tally(named, self.machine.now() - ORPHANED_AFTER)
        start = stretch.start
        while page := await self.listing.list(start, OBJECTS):
            tally.take([listed for listed in page if stretch.covers(listed.key)])
            start = page[-1].key
            if len(page) < OBJECTS or not stretch.covers(start):
                break
        findings = replace(tally.findings(), registrations=len(stretch.ids))
        return replace(findings, missing=await self._really(stretch, findings.missing))

    async def _really(self, stretch: Stretch, missing: Collection[str]) -> tuple[str, ...]:
        """Return what is still named and still missing: records and objects were read one after the other."""
        if not missing:
            return ()
        named = {stored.key for stored in await self.records.named_by(stretch.ids)}
        lost = [key for key in sorted(missing) if key in named and not await self.listing.exists(key)]
        for key in lost:
            MISSING.inc()
            log.error("objects.missing", object_key=key)
        return tuple(lost)

    async def _unreadable(self, stretch: Stretch, found: Findings) -> tuple[str, ...]:
        known = {*found.missing, *(line.partition(":")[0] for line in found.broken)}
        broken = []
        for stored in await self.records.named_by(stretch.ids):
            try:
                if stored.key not in known:
                    await self.objects.read(stored)
            except ObjectBrokenError as error:
                broken.append(str(error))
        return tuple(broken)

    async def _sweep(self, orphans: Collection[str]) -> None:
        """Plan the deletion of what no record names, by the registration it was stored for."""
        owners: dict[str, list[str]] = {}
        for key in orphans:
            owners.setdefault(key.partition("/")[0], []).append(key)
        for owner, keys in owners.items():
            await self.deletions.plan(of_objects(Cause.ORPHAN, owner, keys, self.clock.now()))


@dataclass(slots=True)
class Tally:
    """Ticks off what records name, each with its size, against what the store lists."""

    named: dict[str, int]
    orphaned_before: datetime
    seen: set[str] = field(default_factory=set)
    orphans: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    young: int = 0
    count: int = 0

    def take(self, page: Collection[Listed]) -> None:
        """Tick off a page of the store's list."""
        self.count += len(page)
        for listed in page:
            expected = self.named.get(listed.key)
            if expected is None:
                self._unnamed(listed)
                continue
            self.seen.add(listed.key)
            if listed.size_bytes != expected:
                self.broken.append(f"{listed.key}: {listed.size_bytes} bytes, not {expected}")

    def findings(self) -> Findings:
        """Return what was found."""
        missing = tuple(sorted(self.named.keys() - self.seen))
        return Findings(
            objects=self.count,
            young=self.young,
            orphans=tuple(self.orphans),
            missing=missing,
            broken=tuple(self.broken),
        )

    def _unnamed(self, listed: Listed) -> None:
        if listed.modified_at < self.orphaned_before:
            self.orphans.append(listed.key)
        else:
            self.young += 1


def _end_of(stored: StoredObject) -> int:
    """Return how many bytes an object has at least, as far as this part of it knows."""
    length = stored.size_bytes + TAG_BYTES if stored.length is None else stored.length
    return stored.start + length


def _behind(registration_id: str) -> str:
    """Return what sorts right behind all keys of a registration: they go on with a slash."""
    return registration_id + chr(ord("/") + 1)
