"""Marking pictures anew: behind every new picture, taken up where it was left, each exactly once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

from typing_extensions import override

from services.uploads.app import Worker
from services.uploads.batches import Batch, BatchKind, Selection
from services.uploads.model import Derivatives, Dossier, Item, ItemStatus
from services.uploads.tasks import Finish, Unreadable
from services.uploads.use_cases.intake import Upload
from services.uploads.use_cases.rewatermarking import PicturesInHand
from tests.uploads.builders import CANDIDATE, REGISTRATION
from tests.uploads.conftest import Uploads
from tests.uploads.fakes import InMemoryBatches
from tests.uploads.pictures import jpeg

EVERYTHING = Selection()
PAPERS = ("probation_proof", "practice_proof", "practice_proof")
MINUTE = timedelta(minutes=1)


async def body(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def with_pictures() -> Uploads:
    """Return the service with three finished pictures of one candidate, a minute ago."""
    uploads = Uploads()
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    for number, category in enumerate(PAPERS):
        upload = Upload(REGISTRATION, CANDIDATE, f"key-{number:08d}", category)
        await uploads.use_cases.accept_image(upload, body(jpeg(number)))
    await uploads.work()
    uploads.clock.advance(MINUTE)
    uploads.workshop.asked.clear()
    return uploads


async def asked(uploads: Uploads, selection: Selection = EVERYTHING) -> Batch:
    return await uploads.batches.ask(BatchKind.REWATERMARK, selection, uploads.clock.now())


def at_once(uploads: Uploads) -> Worker:
    """Return the worker without the wait between two pictures."""
    worker = uploads.worker
    in_hand = PicturesInHand(quiet_seconds=0, start_seconds=0)
    anew = replace(worker.work_on_batches, in_hand=in_hand)
    return replace(worker, work_on_batches=anew, in_hand=in_hand)


def keys(uploads: Uploads) -> set[str]:
    """Return the objects that the live pictures name."""
    found: set[str] = set()
    for item in uploads.dossier.items:
        assert item.derivatives is not None
        found |= {item.original.key, item.derivatives.copy.key, item.derivatives.thumbnail.key}
    return found


async def test_every_picture_is_marked_by_the_policy_of_today_and_the_old_copies_are_gone() -> None:
    uploads = await with_pictures()
    before, batch = keys(uploads), await asked(uploads)

    await at_once(uploads).work_on_batches()

    assert [task.watermark for task in uploads.workshop.asked if isinstance(task, Finish)] == [
        "仅供2020年医师资格考试报名审核使用 山东省济南 0001"
    ] * 3
    assert set(uploads.raw.objects) == keys(uploads)
    assert len(keys(uploads) & before) == 3
    done = uploads.asked[batch.batch_id]
    assert (done.renewed, done.total, done.round, done.failed) == (3, 1, 2, frozenset())
    assert done.finished_at == uploads.clock.now()


async def test_the_manifest_and_everybody_who_listens_notice_nothing() -> None:
    uploads = await with_pictures()
    said, before = list(uploads.said), uploads.dossier
    await asked(uploads)

    await at_once(uploads).work_on_batches()

    after = uploads.dossier
    assert uploads.said == said
    assert (after.version, after.revision, after.gate) == (before.version, before.revision, before.gate)
    assert [(i.image_id, i.sha256, i.status) for i in after.items] == [
        (i.image_id, i.sha256, ItemStatus.READY) for i in before.items
    ]


async def test_only_what_was_asked_for_is_marked_anew() -> None:
    uploads = await with_pictures()
    for selection in (Selection("2021"), Selection(district="11"), Selection(policy="another")):
        batch = await asked(uploads, selection)
        await at_once(uploads).work_on_batches()
        assert uploads.asked[batch.batch_id].total == 0
    assert uploads.workshop.asked == []

    await asked(uploads, Selection("2020", "37", uploads.dossier.policy_version))
    await at_once(uploads).work_on_batches()

    assert len(uploads.workshop.asked) == 3


async def test_while_a_new_picture_is_in_hand_none_is_marked_anew() -> None:
    uploads = await with_pictures()
    worker = at_once(uploads)
    await asked(uploads)

    with worker.in_hand.one():
        anew = asyncio.create_task(worker.work_on_batches())
        for _ in range(50):
            await asyncio.sleep(0)
        assert uploads.workshop.asked == []
    await anew

    assert len(uploads.workshop.asked) == 3


@dataclass
class Interrupting(InMemoryBatches):
    """A new picture comes in while one is being marked anew."""

    in_hand: PicturesInHand | None = None
    renewed_meanwhile: int = 0

    @override
    async def renew(self, batch: Batch, dossier: Dossier, item: Item, made: Derivatives) -> bool:
        """Let it come, once, and count what is renewed before it is done."""
        is_renewed = await InMemoryBatches.renew(self, batch, dossier, item, made)
        in_hand, self.in_hand = self.in_hand, None
        if in_hand is not None:
            taking = in_hand.one()
            taking.__enter__()
            asyncio.get_running_loop().call_later(0.05, self._done, taking, self._renewed(batch))
        return is_renewed

    def _renewed(self, batch: Batch) -> int:
        return self.batches[batch.batch_id].renewed

    def _done(self, taking: object, before: int) -> None:
        self.renewed_meanwhile = sum(batch.renewed for batch in self.batches.values()) - before
        taking.__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager held open


async def test_a_new_picture_waits_for_the_one_in_work_and_for_no_other() -> None:
    uploads = await with_pictures()
    worker, batch = at_once(uploads), await asked(uploads)
    batches = Interrupting(uploads.dossiers, uploads.asked, worker.in_hand)

    await replace(worker.work_on_batches, batches=batches)()

    assert batches.renewed_meanwhile == 0
    assert uploads.asked[batch.batch_id].renewed == 3


async def test_between_two_new_pictures_of_a_burst_there_is_no_room() -> None:
    in_hand = PicturesInHand(quiet_seconds=0.05, start_seconds=0)
    with in_hand.one():
        pass

    began = asyncio.get_running_loop().time()
    await in_hand.quiet()

    assert asyncio.get_running_loop().time() - began >= 0.04


async def test_what_a_killed_worker_had_claimed_is_done_by_the_next() -> None:
    uploads = await with_pictures()
    batch = await asked(uploads)
    assert await uploads.batches.claim(batch, await uploads.batches.page(batch, 5))

    await at_once(uploads).work_on_batches()

    assert uploads.asked[batch.batch_id].renewed == 3
    assert len(uploads.workshop.asked) == 3


async def test_several_workers_share_a_batch_and_mark_no_picture_twice() -> None:
    uploads = await with_pictures()
    batch = await asked(uploads)

    await asyncio.gather(*(at_once(uploads).work_on_batches() for _ in range(3)))

    assert uploads.asked[batch.batch_id].renewed == 3
    assert set(uploads.raw.objects) == keys(uploads)


async def test_a_picture_that_cannot_be_made_anew_keeps_its_old_copy_and_stops_nobody() -> None:
    uploads = await with_pictures()
    before, batch = keys(uploads), await asked(uploads)
    uploads.workshop.answer = Unreadable("image_damaged")

    await at_once(uploads).work_on_batches()

    done = uploads.asked[batch.batch_id]
    assert done.failed == {item.image_id for item in uploads.dossier.items}
    assert done.finished_at is not None
    assert keys(uploads) == before == set(uploads.raw.objects)


async def test_a_lost_original_is_named_and_the_others_are_marked() -> None:
    uploads = await with_pictures()
    lost = uploads.dossier.items[1]
    del uploads.raw.objects[lost.original.key]
    batch = await asked(uploads)

    await at_once(uploads).work_on_batches()

    done = uploads.asked[batch.batch_id]
    assert (done.renewed, done.failed) == (2, frozenset({lost.image_id}))


@dataclass
class Overtaken(InMemoryBatches):
    """The candidate removes each picture while it is being marked anew."""

    @override
    async def renew(self, batch: Batch, dossier: Dossier, item: Item, made: Derivatives) -> bool:
        """Let it be gone."""
        now = self.dossiers.dossiers[dossier.registration_id]
        items = tuple(each for each in now.items if each.image_id != item.image_id)
        self.dossiers.dossiers[dossier.registration_id] = replace(now, items=items)
        return await InMemoryBatches.renew(self, batch, dossier, item, made)


async def test_what_was_made_for_a_picture_that_is_gone_is_dropped() -> None:
    uploads = await with_pictures()
    before = set(uploads.raw.objects)
    await asked(uploads)
    batches = Overtaken(uploads.dossiers, uploads.asked)

    await replace(at_once(uploads).work_on_batches, batches=batches)()

    assert set(uploads.raw.objects) == before


async def test_pictures_that_came_after_the_batch_was_asked_for_are_left_alone() -> None:
    uploads = await with_pictures()
    await asked(uploads)
    upload = Upload(REGISTRATION, CANDIDATE, "key-00000009", "probation_proof")
    await uploads.use_cases.accept_image(upload, body(jpeg(9)))
    await uploads.work()

    await at_once(uploads).work_on_batches()

    assert len([task for task in uploads.workshop.asked if isinstance(task, Finish)]) == 4
