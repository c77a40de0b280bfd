"""The contract of batches, held by the fake and by the real database."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.uploads.batch_repository import BATCH_INDEXES, MongoBatches
from services.uploads.batches import BatchKind, Selection
from services.uploads.documents import dossier_document
from services.uploads.model import Derivatives, Dossier
from services.uploads.ports import Batches
from shared.mongo import Database
from tests.uploads.builders import (
    NOW,
    REGISTRATION,
    a_dossier,
    added,
    an_object,
    finished,
    rules_of,
    with_images,
)
from tests.uploads.fakes import InMemoryBatches, InMemoryDossiers

LATER = NOW + timedelta(minutes=1)
MADE = Derivatives(30, 20, an_object("new"), an_object("new"), made_at=LATER)
ALL = Selection()


def a_finished_dossier(name: str) -> Dossier:
    return replace(
        finished(with_images(a_dossier(), rules_of(), "diploma.1", "diploma.2")), registration_id=name
    )


@dataclass
class Stores:
    """Batches, and how to look at the dossiers."""

    batches: Batches
    database: Database | None
    memory: InMemoryDossiers

    async def add(self, dossier: Dossier) -> None:
        """Put a dossier there."""
        self.memory.dossiers[dossier.registration_id] = dossier
        if self.database is not None:
            await self.database["dossiers"].insert_one(dossier_document(dossier))


@pytest.fixture
async def stores(maybe_database: Database | None) -> Stores:
    memory = InMemoryDossiers()
    if maybe_database is None:
        return Stores(InMemoryBatches(memory), None, memory)
    await maybe_database.declare({"batches": BATCH_INDEXES})
    return Stores(MongoBatches(maybe_database["batches"], maybe_database["dossiers"]), maybe_database, memory)


async def test_asking_twice_is_asking_once_until_it_is_done(stores: Stores) -> None:
    await stores.add(a_finished_dossier("r1"))
    first = await stores.batches.ask(BatchKind.REWATERMARK, ALL, NOW)

    assert await stores.batches.ask(BatchKind.REWATERMARK, ALL, LATER) == first
    assert (
        await stores.batches.ask(BatchKind.REWATERMARK, Selection("2020"), LATER)
    ).batch_id != first.batch_id
    assert await stores.batches.current() == first
    await stores.batches.end_round(first, LATER)

    done = await stores.batches.find(first.batch_id)
    assert done is not None
    assert done.finished_at == LATER
    assert (await stores.batches.ask(BatchKind.REWATERMARK, ALL, LATER)).batch_id != first.batch_id


async def test_pages_follow_the_cursor_and_one_worker_gets_each(stores: Stores) -> None:
    for name in ("r1", "r2", "r3"):
        await stores.add(a_finished_dossier(name))
    batch = await stores.batches.ask(BatchKind.REWATERMARK, Selection("2020", "37"), LATER)
    page = await stores.batches.page(batch, 2)

    taken = await asyncio.gather(*(stores.batches.claim(batch, page) for _ in range(5)))

    now = await stores.batches.current()
    assert now is not None
    assert [each.registration_id for each in page] == ["r1", "r2"]
    assert taken.count(True) == 1
    assert (now.total, now.walked, now.found, now.cursor) == (3, 2, 4, "r2")
    assert [each.registration_id for each in await stores.batches.page(now, 2)] == ["r3"]


async def test_a_round_that_found_something_is_followed_by_another(stores: Stores) -> None:
    await stores.add(a_finished_dossier("r1"))
    batch = await stores.batches.ask(BatchKind.REWATERMARK, ALL, LATER)
    await stores.batches.claim(batch, await stores.batches.page(batch, 5))
    walked = await stores.batches.current()
    assert walked is not None

    await stores.batches.end_round(walked, LATER)
    await stores.batches.end_round(walked, LATER)

    again = await stores.batches.current()
    assert again is not None
    assert (again.round, again.cursor, again.walked, again.found) == (2, "", 0, 0)


async def test_a_picture_is_renewed_only_as_it_was_read(stores: Stores) -> None:
    dossier = a_finished_dossier(REGISTRATION)
    await stores.add(dossier)
    batch, (first, second) = await stores.batches.ask(BatchKind.REWATERMARK, ALL, LATER), dossier.items

    assert await stores.batches.renew(batch, dossier, first, MADE)
    assert not await stores.batches.renew(batch, dossier, first, MADE)
    await stores.batches.give_up(batch, second.image_id)

    now = await stores.batches.current()
    assert now is not None
    assert (now.renewed, now.failed) == (1, frozenset({second.image_id}))
    page = await stores.batches.page(now, 5)
    assert [item.derivatives for item in page[0].items] == [MADE, second.derivatives]
    assert now.stale(page[0]) == ()
    assert batch.stale(dossier) == (first, second)


async def test_what_was_erased_stays_erased(stores: Stores) -> None:
    dossier = a_finished_dossier(REGISTRATION)
    first, second = dossier.items
    made = first.derivatives
    assert made is not None
    erased = replace(first, derivatives=replace(made, copy=replace(made.copy, wrapped_key="")))
    await stores.add(replace(dossier, items=(erased, second)))
    batch = await stores.batches.ask(BatchKind.REWATERMARK, ALL, LATER)

    assert not await stores.batches.renew(batch, dossier, first, MADE)
    assert batch.stale((await stores.batches.page(batch, 5))[0]) == (second,)


async def test_a_scan_and_a_watermark_are_batches_of_their_own(stores: Stores) -> None:
    await stores.add(a_finished_dossier("r1"))
    marking = await stores.batches.ask(BatchKind.REWATERMARK, ALL, LATER)
    scanning = await stores.batches.ask(BatchKind.RESCAN, ALL, LATER)

    assert marking.batch_id != scanning.batch_id
    assert await stores.batches.ask(BatchKind.RESCAN, ALL, LATER) == scanning
    assert await stores.batches.find(scanning.batch_id) == scanning


async def test_what_is_clean_is_settled_for_this_scan_and_malware_once_it_is_gone_or_given_up(
    stores: Stores,
) -> None:
    await stores.add(a_finished_dossier("r1"))
    batch = await stores.batches.ask(BatchKind.RESCAN, ALL, LATER)
    (dossier,) = await stores.batches.page(batch, 5)
    clean, infected = dossier.items

    await stores.batches.note_clean(batch, dossier, clean, LATER)
    await stores.batches.note_infected(batch, infected.image_id)

    now = await stores.batches.find(batch.batch_id)
    (after,) = await stores.batches.page(batch, 5)
    assert now is not None
    assert (now.renewed, now.infected) == (1, frozenset({infected.image_id}))
    assert now.stale(after) == (infected,)
    assert after.items[0] == replace(clean, scanned_at=LATER)
    assert after.items[1] == infected
    await stores.batches.give_up(batch, infected.image_id)
    given_up = await stores.batches.find(batch.batch_id)
    assert given_up is not None
    assert given_up.stale(after) == ()
    assert len(replace(now, asked_at=LATER + timedelta(1)).stale(after)) == 2


async def test_only_dossiers_with_something_in_processing_are_woken(stores: Stores) -> None:
    await stores.add(a_finished_dossier("r1"))
    processing = added(a_dossier(), rules_of(), "diploma.1").dossier
    await stores.add(replace(processing, registration_id="r2", next_due_at=LATER))

    assert await stores.batches.wake(Selection("2019"), NOW) == 0
    assert await stores.batches.wake(ALL, NOW) == 1
    batch = await stores.batches.ask(BatchKind.RESCAN, ALL, LATER)
    due = {each.registration_id: each.next_due_at for each in await stores.batches.page(batch, 5)}
    assert due["r2"] == NOW
    assert due["r1"] != NOW
