"""B16: the store and the records compared both ways, page by page."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from services.uploads.deletion import Cause
from services.uploads.model import Item
from services.uploads.object_crypto import EncryptedObjects
from services.uploads.use_cases.deleting import RunDeletions
from services.uploads.use_cases.reconciling import REGISTRATIONS, Findings, Reconcile
from services.uploads.use_cases.rulebook import Rulebook
from shared.object_store import ObjectStore
from tests.support.clocks import StandingClock
from tests.uploads.builders import NOW, a_dossier, a_new_image, rules_of
from tests.uploads.conftest import Uploads
from tests.uploads.fakes import a_wrapper
from tests.uploads.storage_fakes import (
    InMemoryAudit,
    InMemoryCursors,
    InMemoryDeletions,
    InMemoryHolds,
    InMemoryListing,
    InMemoryRecords,
    InMemoryViewLog,
)

RULES = rules_of()


@dataclass
class Warehouse:
    """Dossiers whose objects lie encrypted in a store."""

    uploads: Uploads
    deletions: InMemoryDeletions = field(default_factory=InMemoryDeletions)
    cursors: InMemoryCursors = field(default_factory=InMemoryCursors)
    seen: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin empty."""
        self.listing = InMemoryListing(self.uploads.raw)
        self.objects = EncryptedObjects(self.uploads.raw, a_wrapper())

    @property
    def reconcile(self) -> Reconcile:
        """Return the use case."""
        records = InMemoryRecords(self.uploads.dossiers)
        clock = self.uploads.clock
        return Reconcile(
            self.listing, records, self.deletions, self.objects, self.cursors, clock, StandingClock(NOW)
        )

    async def fill(self, number: int) -> None:
        """Have dossiers with one image each."""
        for each in range(number):
            await self.add(f"r{each:04d}")

    async def add(self, registration_id: str) -> Item:
        """Have a dossier with one image."""
        stored = await self.objects.keep(f"{registration_id}/i/{registration_id}", b"a picture")
        new = replace(a_new_image("i", "diploma"), original=stored)
        item = Item(
            "i", new.category, new.slot, stored.sha256, stored.size_bytes, new.received_at, original=stored
        )
        dossier = replace(a_dossier(), registration_id=registration_id, items=(item,))
        self.uploads.put(dossier)
        return item

    def show(self, findings: Findings) -> None:
        """Note the progress."""
        self.seen.append(findings.registrations)

    async def sweep(self) -> None:
        """Let the engine do what was planned."""
        ports = self.uploads.ports
        rulebook = Rulebook(ports.registrations, ports.policies)
        run = RunDeletions(
            self.deletions,
            ports.dossiers,
            ports.registrations,
            InMemoryRecords(self.uploads.dossiers),
            self.objects,
            InMemoryHolds(),
            InMemoryAudit(),
            InMemoryViewLog(),
            rulebook,
            self.uploads.clock,
            ports.fingerprints,
        )
        await run()


@pytest.fixture
def warehouse(uploads: Uploads) -> Warehouse:
    return Warehouse(uploads)


@pytest.mark.parametrize("number", [0, 1, REGISTRATIONS - 1, REGISTRATIONS, REGISTRATIONS + 1])
async def test_what_fits_together_is_clean(warehouse: Warehouse, number: int) -> None:
    await warehouse.fill(number)

    findings = await warehouse.reconcile.whole(warehouse.show, read=True)

    assert findings == Findings(registrations=number, objects=number)
    assert findings.is_clean
    assert warehouse.seen[-1] == number


@pytest.mark.parametrize(
    "key", ["aaa/i/x", "r0000/i/other", "r0000/i/zzz", "r0049/zz", "r0050/x", "r0050x/i/1", "zzz/i/x", "odd"]
)
async def test_an_object_that_no_record_names_is_deleted_wherever_it_lies(
    warehouse: Warehouse, key: str
) -> None:
    await warehouse.fill(REGISTRATIONS + 10)
    warehouse.uploads.raw.objects[key] = b"stray"

    findings = await warehouse.reconcile.whole(warehouse.show)

    assert (findings.orphans, findings.is_clean) == ((key,), True)
    await warehouse.sweep()
    assert key not in warehouse.uploads.raw.objects
    assert len(warehouse.uploads.raw.objects) == REGISTRATIONS + 10


async def test_what_is_younger_than_a_day_may_still_be_recorded(warehouse: Warehouse) -> None:
    warehouse.uploads.raw.objects["r1/i/x"] = b"just put"
    warehouse.listing.put_at["r1/i/x"] = NOW - timedelta(hours=23)

    findings = await warehouse.reconcile.whole(warehouse.show)

    assert (findings.orphans, findings.young) == ((), 1)
    assert warehouse.deletions.deletions == {}


async def test_the_development_clock_makes_no_object_old(warehouse: Warehouse) -> None:
    warehouse.uploads.raw.objects["r1/i/x"] = b"just put"
    warehouse.listing.put_at["r1/i/x"] = NOW
    warehouse.uploads.clock.advance(timedelta(days=400))

    assert (await warehouse.reconcile.slice()).orphans == ()


async def test_b16_a_missing_object_is_reported_and_its_record_stays(warehouse: Warehouse) -> None:
    await warehouse.fill(3)
    del warehouse.uploads.raw.objects["r0001/i/r0001"]

    findings = await warehouse.reconcile.whole(warehouse.show)

    assert (findings.missing, findings.is_clean) == (("r0001/i/r0001",), False)
    assert len(warehouse.uploads.dossiers.dossiers["r0001"].items) == 1
    assert warehouse.deletions.deletions == {}


async def test_b16_an_object_cut_short_is_found_by_its_size_and_a_flipped_byte_by_reading(
    warehouse: Warehouse,
) -> None:
    await warehouse.fill(3)
    raw = warehouse.uploads.raw.objects
    raw["r0001/i/r0001"] = raw["r0001/i/r0001"][:-1]
    flipped = raw["r0002/i/r0002"]
    raw["r0002/i/r0002"] = bytes([flipped[0] ^ 1]) + flipped[1:]

    shallow = await warehouse.reconcile.whole(warehouse.show)
    deep = await warehouse.reconcile.whole(warehouse.show, read=True)

    assert shallow.broken == ("r0001/i/r0001: 24 bytes, not 25",)
    assert deep.broken == (*shallow.broken, "r0002/i/r0002: the content was changed")


async def test_what_was_deleted_by_rule_is_not_missing(warehouse: Warehouse) -> None:
    item = await warehouse.add("r1")
    dossier = warehouse.uploads.dossiers.dossiers["r1"]
    erased = replace(item, original=replace(item.original, wrapped_key=""))
    warehouse.uploads.put(replace(dossier, items=(erased,)))
    del warehouse.uploads.raw.objects[item.original.key]

    assert (await warehouse.reconcile.whole(warehouse.show)).is_clean


async def test_a_dry_run_leaves_everything_where_it_is(warehouse: Warehouse) -> None:
    warehouse.uploads.raw.objects["r1/i/x"] = b"stray"

    findings = await warehouse.reconcile.whole(warehouse.show, sweep=False)

    assert findings.orphans == ("r1/i/x",)
    assert warehouse.deletions.deletions == {}


async def test_slices_come_round_and_sweep_what_they_pass(warehouse: Warehouse) -> None:
    await warehouse.fill(2 * REGISTRATIONS)
    warehouse.uploads.raw.objects["r0070/i/stray"] = b"stray"

    slices = [await warehouse.reconcile.slice() for _ in range(4)]

    assert [each.registrations for each in slices] == [REGISTRATIONS, REGISTRATIONS, 0, REGISTRATIONS]
    assert sum(each.objects for each in slices[:3]) == 2 * REGISTRATIONS + 1
    assert [each.cause for each in warehouse.deletions.deletions.values()] == [Cause.ORPHAN]


@pytest.mark.real
async def test_a_real_store_lists_page_by_page_and_says_when(object_store: ObjectStore) -> None:
    keys = [f"r{number % 2}/i/{number}" for number in range(7)]
    for key in keys:
        await object_store.put(key, b"x" * 5)

    pages, after = [], ""
    while page := await object_store.list(after, 3):
        pages.append([listed.key for listed in page])
        after = page[-1].key
    (first, *_) = await object_store.list("", 1)

    assert [key for page in pages for key in page] == sorted(keys)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert (first.size_bytes, first.modified_at.tzinfo is not None) == (5, True)
    assert await object_store.exists(keys[0])
    assert not await object_store.exists("r0/i/none")
