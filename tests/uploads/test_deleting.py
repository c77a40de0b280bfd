"""The engine of every deletion, retention's walk, legal holds: over fakes, with real encryption."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from services.uploads.deletion import Cause, of_dossier, of_objects
from services.uploads.errors import DossierErasedError, DossierNotFoundError, ImageErasedError
from services.uploads.model import Dossier
from services.uploads.use_cases.deleting import BUSY, HELD, TAKEN, RunDeletions
from services.uploads.use_cases.intake import Upload
from services.uploads.use_cases.retaining import (
    HoldLegally,
    PlanRetention,
    PreviewRetention,
    RequestErasure,
)
from services.uploads.use_cases.rulebook import Rulebook
from tests.uploads.builders import CANDIDATE, REGISTRATION, a_registration_event
from tests.uploads.conftest import Uploads
from tests.uploads.pictures import jpeg
from tests.uploads.storage_fakes import (
    InMemoryAudit,
    InMemoryCursors,
    InMemoryDeletions,
    InMemoryHolds,
    InMemoryRecords,
    InMemoryViewLog,
)

DAY = timedelta(days=1)


@dataclass
class Keeping:
    """The service over fakes, and what keeps its stored pictures in order."""

    uploads: Uploads
    deletions: InMemoryDeletions = field(default_factory=InMemoryDeletions)
    holds: InMemoryHolds = field(default_factory=InMemoryHolds)
    audit: InMemoryAudit = field(default_factory=InMemoryAudit)
    cursors: InMemoryCursors = field(default_factory=InMemoryCursors)
    views: InMemoryViewLog = field(default_factory=InMemoryViewLog)

    @property
    def records(self) -> InMemoryRecords:
        """Return the records of the dossiers."""
        return InMemoryRecords(self.uploads.dossiers)

    @property
    def run(self) -> RunDeletions:
        """Return the engine."""
        ports = self.uploads.ports
        return RunDeletions(
            self.deletions,
            ports.dossiers,
            ports.registrations,
            self.records,
            ports.objects,
            self.holds,
            self.audit,
            self.views,
            Rulebook(ports.registrations, ports.policies),
            self.uploads.clock,
            ports.fingerprints,
        )

    @property
    def preview(self) -> PreviewRetention:
        """Return the dry run."""
        return PreviewRetention(self.records, self.uploads.ports.policies, self.holds, self.views)

    @property
    def plan(self) -> PlanRetention:
        """Return retention's walk."""
        return PlanRetention(
            self.preview, self.uploads.dossiers, self.deletions, self.cursors, self.uploads.clock
        )

    @property
    def hold(self) -> HoldLegally:
        """Return the legal hold."""
        return HoldLegally(self.uploads.dossiers, self.deletions, self.holds, self.audit, self.uploads.clock)

    @property
    def request(self) -> RequestErasure:
        """Return the request."""
        return RequestErasure(self.uploads.dossiers, self.deletions, self.audit, self.uploads.clock)

    async def upload(self, seed: int, category: str = "diploma") -> str:
        """Upload a picture and have it finished; return its id."""

        async def pieces() -> Any:  # noqa: ANN401 - an async iterator
            yield jpeg(seed)

        upload = Upload(REGISTRATION, CANDIDATE, f"key-{seed:08d}", category)
        receipt = await self.uploads.use_cases.accept_image(upload, pieces())
        await self.uploads.work()
        return receipt.image_id

    async def pass_days(self, days: int) -> None:
        """Let days pass, and each day let the scheduler do what it does all the time."""
        for _ in range(days):
            self.uploads.clock.advance(DAY)
            await self.plan()
            await self.run()

    def decide(self, stage: Any = "passed") -> None:  # noqa: ANN401 - a stage
        """Have the dossier decided now."""
        now = self.uploads.clock.now()
        self.uploads.put(replace(self.uploads.dossier, stage=stage, decided=True, decided_at=now))

    @property
    def acts(self) -> list[tuple[str, str, int]]:
        """Return what the audit says."""
        return [(each.act, each.cause, each.objects) for each in self.audit.entries.values()]


@pytest.fixture
async def keeping(uploads: Uploads) -> Keeping:
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    return Keeping(uploads)


async def test_e6_a_draft_is_announced_twice_and_then_nothing_of_it_is_left(keeping: Keeping) -> None:
    await keeping.upload(1)
    uploads = keeping.uploads
    await keeping.pass_days(89)
    assert uploads.said.count("uploads.dossier.purge-announced") == 2
    assert uploads.raw.objects

    await keeping.pass_days(1)

    assert uploads.raw.objects == {}
    assert uploads.registrations.registrations == {}
    assert (uploads.dossier.stage, uploads.dossier.erased and uploads.dossier.erased.cause) == (
        "closed",
        Cause.RETENTION,
    )
    assert keeping.acts == [("dossier_erased", Cause.RETENTION, 2)]
    assert uploads.said[-2:] == ["uploads.dossier.erased", "uploads.dossier.changed"]
    with pytest.raises(DossierErasedError) as caught:
        await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    assert caught.value.detail == "您的报名材料已于6月10日 14:00按规定删除"


async def test_every_command_on_an_erased_dossier_says_that_it_was_deleted(keeping: Keeping) -> None:
    image_id = await keeping.upload(1)
    await keeping.request(REGISTRATION, "clerk-1", "the candidate asked")
    await keeping.run()
    use_cases = keeping.uploads.use_cases

    with pytest.raises(DossierErasedError):
        await keeping.upload(2)
    with pytest.raises(DossierErasedError):
        await use_cases.remove_image(REGISTRATION, CANDIDATE, image_id)
    with pytest.raises(DossierErasedError):
        await use_cases.submit_dossier(REGISTRATION, CANDIDATE)
    with pytest.raises(ImageErasedError):
        await use_cases.show_image(image_id, CANDIDATE, "copy")
    # What auth says later does not bring the personal fields back.
    event = a_registration_event()
    await use_cases.follow_registration(event, 99)
    assert keeping.uploads.registrations.registrations == {}
    assert keeping.uploads.dossier.words is None


async def test_time_does_nothing_more_to_an_erased_dossier(keeping: Keeping) -> None:
    await keeping.upload(1)
    await keeping.request(REGISTRATION, "clerk", "asked")
    await keeping.run()
    now = keeping.uploads.clock.now()
    keeping.uploads.put(replace(keeping.uploads.dossier, next_due_at=now))

    assert await keeping.uploads.use_cases.run_due() == 1
    assert await keeping.uploads.use_cases.run_due() == 0


async def test_a_draft_that_is_touched_in_time_stays(keeping: Keeping) -> None:
    await keeping.upload(1)
    await keeping.pass_days(80)
    await keeping.upload(2, "probation_proof")

    await keeping.pass_days(60)

    assert keeping.uploads.dossier.erased is None
    assert keeping.deletions.deletions == {}


async def test_a_purge_that_lost_its_reason_between_plan_and_act_is_taken_back(keeping: Keeping) -> None:
    await keeping.upload(1)
    dossier, clock = keeping.uploads.dossier, keeping.uploads.clock
    await keeping.deletions.plan(of_dossier(Cause.RETENTION, dossier, clock.now()))

    await keeping.run()

    assert keeping.deletions.deletions == {}
    assert keeping.uploads.dossier == dossier


async def test_e5_after_the_decision_originals_go_and_copies_stay_to_be_seen(keeping: Keeping) -> None:
    image_id = await keeping.upload(1)
    keeping.decide()

    await keeping.pass_days(30)

    (item,) = keeping.uploads.dossier.items
    assert item.original.is_erased
    assert len(keeping.uploads.raw.objects) == 1
    assert item.derivatives is not None
    assert item.derivatives.traits is not None
    assert (await keeping.uploads.use_cases.show_image(image_id, CANDIDATE, "copy")).content == b"copy"
    assert keeping.acts == [("objects_deleted", Cause.ORIGINAL, 1)]
    await keeping.pass_days(30)
    assert len(keeping.acts) == 1


async def test_what_the_candidate_removed_is_gone_within_fifteen_days(keeping: Keeping) -> None:
    image_id = await keeping.upload(1)
    await keeping.uploads.use_cases.remove_image(REGISTRATION, CANDIDATE, image_id)
    await keeping.pass_days(14)
    assert len(keeping.uploads.raw.objects) == 2

    await keeping.pass_days(1)

    assert keeping.uploads.raw.objects == {}
    dead = keeping.uploads.dossiers.dead[image_id].item
    assert dead.original.is_erased
    assert dead.derivatives is not None
    assert (dead.derivatives.traits, dead.derivatives.camera) == (None, None)


async def test_a_legal_hold_blocks_every_path_until_it_is_lifted(keeping: Keeping) -> None:
    image_id = await keeping.upload(1)
    await keeping.uploads.use_cases.remove_image(REGISTRATION, CANDIDATE, image_id)
    await keeping.upload(2)
    await keeping.hold.put(REGISTRATION, "counsel", "court case")
    await keeping.request(REGISTRATION, "clerk", "asked")
    stray = of_objects(Cause.ORPHAN, REGISTRATION, [f"{REGISTRATION}/x/y"], keeping.uploads.clock.now())
    await keeping.deletions.plan(stray)
    keeping.uploads.raw.objects[f"{REGISTRATION}/x/y"] = b"stray"

    await keeping.pass_days(500)

    assert len(keeping.uploads.raw.objects) == 5
    assert keeping.uploads.said.count("uploads.dossier.purge-announced") == 0
    assert {each.held_by for each in keeping.deletions.deletions.values()} == {"legal_hold"}
    assert await keeping.hold.lift(REGISTRATION, "counsel", "case closed")
    await keeping.run()
    assert keeping.uploads.raw.objects == {}
    acts = [act for act, _, _ in keeping.acts]
    assert acts[:3] == ["legal_hold_put", "erasure_requested", "legal_hold_lifted"]
    assert sorted(acts[3:]) == ["dossier_erased", "objects_deleted"]
    assert not await keeping.hold.lift(REGISTRATION, "counsel", "again")


async def test_a_hold_or_request_for_a_dossier_that_is_not_there_is_refused(keeping: Keeping) -> None:
    with pytest.raises(DossierNotFoundError):
        await keeping.hold.put("nobody", "counsel", "court case")
    with pytest.raises(DossierNotFoundError):
        await keeping.request("nobody", "clerk", "asked")


async def test_a_store_that_does_not_answer_leaves_the_deletion_to_be_gone_on_with(keeping: Keeping) -> None:
    image_id = await keeping.upload(1)
    await keeping.request(REGISTRATION, "clerk", "asked")
    keeping.uploads.raw.is_down = True

    await keeping.run()

    # The keys are gone already: nobody reads what the store still holds, and the page says why.
    with pytest.raises(ImageErasedError):
        await keeping.uploads.use_cases.show_image(image_id, CANDIDATE, "thumbnail")
    keeping.uploads.raw.is_down = False
    await keeping.run()
    assert len(keeping.uploads.raw.objects) == 2
    keeping.uploads.clock.advance(TAKEN)
    await keeping.run()
    assert keeping.uploads.raw.objects == {}
    assert [act for act, _, _ in keeping.acts] == ["erasure_requested", "dossier_erased"]


async def test_two_instances_do_it_once(keeping: Keeping) -> None:
    await keeping.upload(1)
    await keeping.request(REGISTRATION, "clerk", "asked")
    (deletion,) = await keeping.deletions.due(keeping.uploads.clock.now(), 10)

    first = await keeping.deletions.take(deletion, keeping.uploads.clock.now() + TAKEN)
    second = await keeping.deletions.take(deletion, keeping.uploads.clock.now() + TAKEN)

    assert (first, second) == (True, False)
    assert await keeping.run() == 0


async def test_a_dossier_that_a_reviewer_holds_or_a_worker_has_waits(keeping: Keeping) -> None:
    await keeping.upload(1)
    await keeping.request(REGISTRATION, "clerk", "asked")
    before: Dossier = keeping.uploads.dossier
    (item,) = before.items
    keeping.uploads.put(replace(before, items=(replace(item, status=type(item.status).PROCESSING),)))

    await keeping.run()

    assert len(keeping.uploads.raw.objects) == 2
    keeping.uploads.put(before)
    keeping.uploads.clock.advance(BUSY)
    assert await keeping.run() == 1
    assert HELD > BUSY


async def test_views_are_forgotten_after_their_own_period_even_of_an_erased_dossier(keeping: Keeping) -> None:
    start = keeping.uploads.clock.now()
    keeping.views.views = [(REGISTRATION, start), (REGISTRATION, start + 10 * DAY), ("other", start)]
    await keeping.request(REGISTRATION, "clerk", "asked")

    await keeping.pass_days(1095)
    assert len(keeping.views.views) == 3
    await keeping.pass_days(1)

    assert keeping.views.views == [(REGISTRATION, start + 10 * DAY), ("other", start)]
    (entry,) = [each for each in keeping.audit.entries.values() if each.act == "views_forgotten"]
    assert (entry.cause, entry.objects, entry.views) == (Cause.VIEWS, 0, 1)
    await keeping.pass_days(10)
    assert keeping.views.views == [("other", start)]


async def test_the_preview_says_what_would_happen_and_changes_nothing(keeping: Keeping) -> None:
    image_id = await keeping.upload(1)
    await keeping.uploads.use_cases.remove_image(REGISTRATION, CANDIDATE, image_id)
    await keeping.upload(2)
    before = keeping.uploads.dossier

    found = [each async for each in keeping.preview(keeping.uploads.clock.now() + 61 * DAY)]

    assert [(each.purge_at - keeping.uploads.clock.now(), each.is_held) for each in found] == [
        (91 * DAY, False)
    ]
    assert [(each.cause, len(each.objects)) for each in found[0].erasures] == [(Cause.REMOVED, 2)]
    assert keeping.uploads.dossier == before
    assert keeping.deletions.deletions == {}
