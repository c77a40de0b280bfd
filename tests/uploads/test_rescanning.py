"""Scanning pictures that were ready before there was a scanner: behind new ones, each until it is known."""

from dataclasses import dataclass, field, replace

import pytest

from services.uploads.app import Worker, build_worker
from services.uploads.batches import Batch, BatchKind, Selection
from services.uploads.clamd import ScannerUnavailableError
from services.uploads.model import Hold, ItemStatus
from services.uploads.ports import Infection
from services.uploads.use_cases.malware_gate import MalwareGate
from services.uploads.use_cases.rewatermarking import PicturesInHand
from tests.uploads.builders import NOW, REGISTRATION
from tests.uploads.conftest import Uploads
from tests.uploads.pictures import jpeg
from tests.uploads.test_rewatermarking import with_pictures


@dataclass
class KnowingScanner:
    """A scanner that knows some files; it is away after so many."""

    malware: frozenset[bytes] = frozenset()
    patience: int = 100
    scanned: list[bytes] = field(default_factory=list)

    async def scan(self, content: bytes) -> Infection | None:
        """Return the verdict."""
        if len(self.scanned) >= self.patience:
            raise ScannerUnavailableError
        self.scanned.append(content)
        return Infection("Jpeg.Exploit.Test-1") if content in self.malware else None


def gated(uploads: Uploads, scanner: KnowingScanner | None) -> Worker:
    """Return the worker behind a gate, without the wait between two pictures."""
    worker = build_worker(uploads.ports, uploads.workshop, uploads.comparing, MalwareGate(scanner))
    in_hand = PicturesInHand(quiet_seconds=0, start_seconds=0)
    return replace(worker, work_on_batches=replace(worker.work_on_batches, in_hand=in_hand))


async def asked(uploads: Uploads) -> Batch:
    return await uploads.batches.ask(BatchKind.RESCAN, Selection(), uploads.clock.now())


async def test_every_ready_picture_is_scanned_once_and_nothing_else_changes() -> None:
    uploads = await with_pictures()
    before, said, batch = uploads.dossier, list(uploads.said), await asked(uploads)
    scanner = KnowingScanner()

    await gated(uploads, scanner).work_on_batches()

    done = uploads.asked[batch.batch_id]
    assert sorted(scanner.scanned) == sorted(jpeg(number) for number in range(3))
    assert (done.renewed, done.infected, done.failed) == (3, frozenset(), frozenset())
    assert done.finished_at == uploads.clock.now()
    assert uploads.said == said
    scanned = tuple(replace(item, scanned_at=uploads.clock.now()) for item in before.items)
    assert uploads.dossier == replace(before, items=scanned)
    assert uploads.workshop.asked == []


async def test_malware_loses_its_place_and_the_candidate_is_told() -> None:
    uploads = await with_pictures()
    infected, *clean = (item.image_id for item in uploads.dossier.items)
    batch = await asked(uploads)

    await gated(uploads, KnowingScanner(frozenset({jpeg(0)}))).work_on_batches()

    done = uploads.asked[batch.batch_id]
    assert (done.renewed, done.infected, done.failed) == (2, frozenset({infected}), frozenset())
    assert [item.image_id for item in uploads.dossier.items] == clean
    assert [(note.image_id, note.code) for note in uploads.dossier.refused] == [(infected, "image_infected")]
    assert uploads.dossiers.dead[infected].cause == "refused"
    assert uploads.said[-2:] == ["uploads.image.refused", "uploads.dossier.changed"]


async def test_what_a_reviewer_holds_stays_as_it_is_and_is_named_to_the_operator() -> None:
    uploads = await with_pictures()
    uploads.put(replace(uploads.dossier, hold=Hold(1, "site", NOW)))
    before, batch = uploads.dossier, await asked(uploads)

    await gated(uploads, KnowingScanner(frozenset({jpeg(0)}))).work_on_batches()

    done = uploads.asked[batch.batch_id]
    held = frozenset({before.items[0].image_id})
    assert (done.renewed, done.infected, done.failed) == (2, held, held)
    assert len(uploads.dossier.items) == 3
    assert (uploads.dossier.version, uploads.dossier.revision) == (before.version, before.revision)


async def test_a_scanner_that_goes_away_leaves_the_rest_to_another_time() -> None:
    uploads = await with_pictures()
    scanner, batch = KnowingScanner(patience=1), await asked(uploads)

    with pytest.raises(ScannerUnavailableError):
        await gated(uploads, scanner).work_on_batches()
    assert uploads.asked[batch.batch_id].finished_at is None
    scanner.patience = 100
    await gated(uploads, scanner).work_on_batches()

    done = uploads.asked[batch.batch_id]
    assert (done.renewed, done.failed) == (3, frozenset())
    assert len(scanner.scanned) == 3


async def test_a_worker_without_a_scanner_calls_nothing_clean() -> None:
    uploads = await with_pictures()
    batch = await asked(uploads)

    await gated(uploads, None).work_on_batches()

    done = uploads.asked[batch.batch_id]
    assert (done.renewed, len(done.failed)) == (0, 3)
    assert [item.scanned_at for item in uploads.dossier.items] == [None] * 3


async def test_what_waits_in_processing_is_put_to_the_workers_again_at_once() -> None:
    uploads = await with_pictures()
    first, *others = uploads.dossier.items
    begun = replace(first, status=ItemStatus.PROCESSING, derivatives=None)
    uploads.put(replace(uploads.dossier, items=(begun, *others), next_due_at=None))

    assert await uploads.batches.wake(Selection("2019"), uploads.clock.now()) == 0
    assert await uploads.batches.wake(Selection(), uploads.clock.now()) == 1
    await uploads.use_cases.run_due()

    assert uploads.said[-1] == "uploads.image.received"
    assert uploads.dossiers.dossiers[REGISTRATION].items[0] == begun
