"""Intake, workers, handshake and time over fakes: lost races, repeated messages, dead stores."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from typing_extensions import override

from services.uploads.consumers import QUEUES, subscriptions, worker_subscriptions
from services.uploads.dossier import ImageStep
from services.uploads.errors import (
    ContendedError,
    IdempotencyKeyReusedError,
    OverloadedError,
    TooManyUploadsError,
    UploadStalledError,
)
from services.uploads.handshake import release
from services.uploads.model import Derivatives, Dossier, Item, ItemStatus
from services.uploads.tasks import Finish, Unreadable
from services.uploads.use_cases.body import BodiesInFlight, Patience, read_body
from services.uploads.use_cases.intake import ImageReceipt, Upload
from services.uploads.use_cases.rewatermarking import PicturesInHand
from shared.events import Event, Scope
from shared.events.review import CaseReleased
from shared.messaging.consumer import Handled, Park, Retry
from shared.messaging.outbox import OutboxFullError
from shared.mongo import StoreUnavailableError
from shared.object_store import ObjectStoreUnavailableError
from shared.policy.candidate import CategorySettings
from shared.policy.category import MaterialCategory
from shared.policy.model import Policy
from tests.support.envelopes import a_revocation, delivered, enveloped
from tests.uploads.builders import (
    CANDIDATE,
    NOW,
    REGISTRATION,
    STRANGER,
    a_claim,
    a_decision,
    a_policy,
    a_registration_event,
    a_sent_back,
    an_object,
    rules_of,
)
from tests.uploads.conftest import Uploads
from tests.uploads.fakes import TRAITS, InMemoryDossiers, InMemoryRawObjects
from tests.uploads.pictures import digest, jpeg

MINUTE = timedelta(minutes=1)
SMALL = a_policy()


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


FOLLOWING = SMALL.model_copy(
    update={
        "category": CategorySettings(resync_on_exam_category_change=True),
        "categories": (
            MaterialCategory(code="idp", name="身份证明", required_when="true"),
            MaterialCategory(code="assistant", name="助理证书", required_when="level == 'assistant'"),
        ),
    }
)


def an_upload(category: str = "diploma", key: str = "key-00000001") -> Upload:
    return Upload(REGISTRATION, CANDIDATE, key, category)


async def take(
    uploads: Uploads, content: bytes, category: str = "diploma", key: str = "key-00000001"
) -> ImageReceipt:
    """Upload one picture."""
    return await uploads.use_cases.accept_image(an_upload(category, key), pieces(content))


async def opened(policy: Policy = SMALL) -> Uploads:
    """Return the service with an open dossier."""
    uploads = Uploads(policy=policy)
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    return uploads


async def submitted() -> Uploads:
    """Return the service with a submitted dossier."""
    uploads = await opened()
    for number, category in enumerate(("idp", "idp", "diploma")):
        await take(uploads, jpeg(number), category, f"key-{number:08d}")
    await uploads.work()
    await uploads.use_cases.submit_dossier(REGISTRATION, CANDIDATE)
    return uploads


async def hear(uploads: Uploads, event: Event, sequence: int = 1) -> object:
    """Deliver an event as the consumer would; return how it was settled."""
    every = [
        *subscriptions(uploads.use_cases),
        *worker_subscriptions(
            uploads.watermark_image, uploads.find_duplicates, uploads.copy_images, PicturesInHand()
        ),
    ]
    scope = Scope(registration=REGISTRATION)
    envelope = enveloped(event, sequence=sequence, at=uploads.clock.now(), scope=scope)
    return await delivered(every, event, envelope)


def test_every_queue_has_its_subscription() -> None:
    assert [queue.name for queue in QUEUES] == [
        "uploads.follow-registration",
        "uploads.hold-dossier",
        "uploads.follow-sessions",
        "uploads.watermark-image",
        "uploads.find-duplicates",
        "uploads.copy-images",
    ]


async def test_the_object_stands_before_the_record_and_the_record_names_it() -> None:
    uploads = await opened()

    await take(uploads, jpeg(1))

    item = uploads.dossier.items[0]
    assert set(uploads.raw.objects) == {item.original.key}
    assert item.original.sha256 == digest(jpeg(1))
    assert jpeg(1) not in uploads.raw.objects.values()
    assert await uploads.ports.objects.read(item.original) == jpeg(1)


@dataclass
class Racing(InMemoryDossiers):
    """Another attempt with the same key is recorded first, once."""

    rival: bytes | None = None
    hidden: bool = False

    @override
    async def save_images(self, before: Dossier, step: ImageStep) -> bool:
        """Let the rival win; or let this one win without a word."""
        if self.rival is not None and step.added is not None:
            other = replace(step.added, sha256=digest(self.rival), original=an_object("rival"))
            self.rival = None
            rival = replace(step, dossier=replace(step.dossier, items=(*before.items, other)), added=other)
            await InMemoryDossiers.save_images(self, before, rival)
        done = await InMemoryDossiers.save_images(self, before, step)
        return done and not self.hidden


async def test_the_loser_of_two_equal_attempts_answers_alike_and_removes_its_object() -> None:
    uploads = await opened()
    uploads.dossiers = Racing(uploads.dossiers.dossiers, rival=jpeg(1))

    receipt = await take(uploads, jpeg(1))

    assert receipt.sha256 == digest(jpeg(1))
    assert [item.original.key for item in uploads.dossier.items] == ["rival"]
    assert uploads.raw.objects == {}


async def test_the_loser_of_two_attempts_with_different_bytes_is_refused() -> None:
    uploads = await opened()
    uploads.dossiers = Racing(uploads.dossiers.dossiers, rival=jpeg(2))

    with pytest.raises(IdempotencyKeyReusedError):
        await take(uploads, jpeg(1))

    assert uploads.raw.objects == {}


async def test_an_attempt_that_was_recorded_unseen_keeps_its_object() -> None:
    uploads = await opened()
    uploads.dossiers = Racing(uploads.dossiers.dossiers, hidden=True)

    await take(uploads, jpeg(1))

    assert set(uploads.raw.objects) == {uploads.dossier.items[0].original.key}


async def test_an_upload_that_began_before_the_lock_is_refused_when_it_is_recorded_after_it() -> None:
    uploads = await opened()

    async def slow() -> AsyncIterator[bytes]:
        yield jpeg(1)[:10]
        uploads.put(replace(uploads.dossier, submitted_at=NOW, version=2, gate=2))
        yield jpeg(1)[10:]

    with pytest.raises(Exception, match="dossier_locked"):
        await uploads.use_cases.accept_image(an_upload(), slow())

    assert uploads.raw.objects == {}


@dataclass
class Stubborn(InMemoryDossiers):
    """Refuses every change, or breaks off with an error once it is, or is not, made."""

    error: Exception | None = None
    is_applied: bool = False

    @override
    async def save_images(self, before: Dossier, step: ImageStep) -> bool:
        """Refuse."""
        if self.is_applied:
            await InMemoryDossiers.save_images(self, before, step)
        if self.error is not None:
            raise self.error
        return False


@pytest.mark.parametrize("error", [ContendedError(), OutboxFullError()])
async def test_an_attempt_that_was_not_recorded_leaves_no_object(error: Exception) -> None:
    uploads = await opened()
    uploads.dossiers = Stubborn(uploads.dossiers.dossiers, error=error)

    with pytest.raises(type(error)):
        await take(uploads, jpeg(1))

    assert uploads.raw.objects == {}


async def test_an_attempt_whose_record_was_not_answered_keeps_its_object() -> None:
    uploads = await opened()
    uploads.dossiers = Stubborn(uploads.dossiers.dossiers, error=StoreUnavailableError(), is_applied=True)

    with pytest.raises(StoreUnavailableError):
        await take(uploads, jpeg(1))

    assert set(uploads.raw.objects) == {uploads.dossier.items[0].original.key}


@dataclass
class Vanishing(InMemoryDossiers):
    """Stops answering after the bytes of a second picture were stored, before anything is recorded."""

    objects: InMemoryRawObjects = field(default_factory=InMemoryRawObjects)

    @override
    async def find(self, registration_id: str) -> Dossier | None:
        """Answer until the second object is there."""
        if len(self.objects.objects) > 1:
            raise StoreUnavailableError
        return await InMemoryDossiers.find(self, registration_id)


async def test_an_attempt_that_never_came_to_its_record_leaves_no_object() -> None:
    """What is replaced is looked at once more, so that its history is right."""
    uploads = await opened()
    first = await take(uploads, jpeg(1))
    uploads.dossiers = Vanishing(uploads.dossiers.dossiers, objects=uploads.raw)
    second = replace(an_upload(key="key-00000002"), replaces=first.image_id)

    with pytest.raises(StoreUnavailableError):
        await uploads.use_cases.accept_image(second, pieces(jpeg(2)))

    assert set(uploads.raw.objects) == {uploads.dossier.items[0].original.key}


@pytest.mark.parametrize("end", ["removed", "refused", "replaced"])
async def test_a_late_twin_does_not_bring_back_an_image_that_is_gone(end: str) -> None:
    uploads = await opened()

    async def stalled() -> AsyncIterator[bytes]:
        yield jpeg(1)[:10]
        image_id = (await take(uploads, jpeg(1))).image_id
        if end == "removed":
            await uploads.use_cases.remove_image(REGISTRATION, CANDIDATE, image_id)
        elif end == "replaced":
            another = replace(an_upload(key="key-00000002"), replaces=image_id)
            await uploads.use_cases.accept_image(another, pieces(jpeg(2)))
        else:
            uploads.workshop.answer = Unreadable("image_damaged")
            await uploads.work()
        yield jpeg(1)[10:]

    receipt = await uploads.use_cases.accept_image(an_upload(), stalled())

    dead = uploads.dossiers.dead[receipt.image_id]
    assert (dead.cause, receipt.sha256) == (end, digest(jpeg(1)))
    live = [item.original.key for item in uploads.dossier.items]
    assert len(live) == (end == "replaced")
    assert set(uploads.raw.objects) == {dead.item.original.key, *live}


@dataclass
class Overtaken(InMemoryDossiers):
    """The worker finishes the image between the read and the change, once."""

    made: Derivatives | None = None

    @override
    async def save_images(self, before: Dossier, step: ImageStep) -> bool:
        """Let the worker be first."""
        if self.made is not None and step.dead is not None:
            made, self.made = self.made, None
            await self.finish_image(before, step.dead.item, made)
        return await InMemoryDossiers.save_images(self, before, step)


async def test_an_image_that_is_finished_while_it_is_removed_takes_its_copies_into_the_history() -> None:
    uploads = await opened()
    image_id = (await take(uploads, jpeg(1))).image_id
    made = Derivatives(30, 20, an_object("copy"), an_object("thumbnail"))
    uploads.dossiers = Overtaken(uploads.dossiers.dossiers, made=made)

    await uploads.use_cases.remove_image(REGISTRATION, CANDIDATE, image_id)

    assert uploads.dossier.items == ()
    assert uploads.dossiers.dead[image_id].item.derivatives == made


async def test_the_slow_connections_of_one_candidate_shut_nobody_else_out() -> None:
    uploads = await opened()
    uploads.bodies = BodiesInFlight(64)
    gate = asyncio.Event()
    bodies = [Slow(jpeg(number), gate) for number in range(6)]
    slow = [
        asyncio.create_task(uploads.use_cases.accept_image(an_upload("extra", f"key-{n:08d}"), body.pieces()))
        for n, body in enumerate(bodies)
    ]
    await asyncio.gather(*(body.has_begun.wait() for body in bodies))
    seventh = Slow(jpeg(7), gate)

    with pytest.raises(TooManyUploadsError) as refusal:
        await uploads.use_cases.accept_image(an_upload("extra", "key-00000007"), seventh.pieces())

    assert refusal.value.extra == {"retry_after": 2}
    assert not seventh.has_begun.is_set()
    with uploads.bodies.place_for(STRANGER):
        gate.set()
    await asyncio.gather(*slow, return_exceptions=True)
    with uploads.bodies.place_for(CANDIDATE):
        assert uploads.dossier.count("extra") == 3


def test_the_places_of_everybody_together_are_bounded_too() -> None:
    bodies = BodiesInFlight(1)

    with bodies.place_for(STRANGER), pytest.raises(OverloadedError), bodies.place_for(CANDIDATE):
        pass

    with bodies.place_for(CANDIDATE):
        pass


async def test_a_body_that_stalls_is_given_up() -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"x"
        await never()
        yield b"x"

    with pytest.raises(UploadStalledError):
        await read_body(stalling(), 100, None, Patience(chunk_seconds=0.05))


async def test_a_body_that_drips_is_given_up() -> None:
    async def dripping() -> AsyncIterator[bytes]:
        while True:
            await pause()
            yield b"x"

    with pytest.raises(UploadStalledError):
        await read_body(dripping(), 10_000, None, Patience(body_seconds=0.2))


async def test_the_worker_reads_what_was_uploaded_and_keeps_its_copies_encrypted() -> None:
    uploads = await opened(Uploads().policy)
    await take(uploads, jpeg(1))

    await uploads.work()

    mark = "仅供2020年医师资格考试报名审核使用 山东省济南 0001"
    assert uploads.workshop.asked == [Finish(jpeg(1), mark)]
    made = uploads.dossier.items[0].derivatives
    assert made is not None
    assert await uploads.ports.objects.read(made.copy) == b"copy"
    assert await uploads.ports.objects.read(made.thumbnail) == b"small"
    assert made.traits == TRAITS
    assert uploads.said[-1] == "uploads.image.ready"


async def test_what_the_file_says_about_the_camera_is_kept_encrypted() -> None:
    uploads = await opened()
    image_id = (await take(uploads, jpeg(1))).image_id

    await uploads.work()

    made = uploads.dossier.items[0].derivatives
    assert made is not None
    assert made.camera is not None
    assert "Xiaomi" not in made.camera
    assert uploads.ports.cipher.decrypt(made.camera, image_id) == '{"make": "Xiaomi"}'


async def test_without_a_watermark_in_the_policy_the_picture_is_made_anew_without_text() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))

    await uploads.work()

    assert uploads.workshop.asked == [Finish(jpeg(1), "")]


async def test_b7_a_repeated_message_makes_nothing_twice() -> None:
    uploads = await opened()
    image_id = (await take(uploads, jpeg(1))).image_id

    await uploads.work()
    objects = dict(uploads.raw.objects)
    await uploads.watermark_image(REGISTRATION, image_id)

    assert uploads.raw.objects == objects
    assert uploads.said.count("uploads.image.ready") == 1


async def test_b8_a_message_for_an_image_or_dossier_that_is_gone_is_let_pass() -> None:
    uploads = await opened()

    await uploads.watermark_image(REGISTRATION, "gone")
    await uploads.watermark_image("gone", "gone")

    assert uploads.workshop.asked == []


@dataclass
class Fleeting(InMemoryDossiers):
    """The candidate deletes the image while its worker is at it."""

    @override
    async def finish_image(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, facts: Sequence[Event] = ()
    ) -> bool:
        """Let it be gone."""
        self.dossiers[dossier.registration_id] = replace(dossier, items=())
        return await InMemoryDossiers.finish_image(self, dossier, item, derivatives, facts)


async def test_what_was_made_for_an_image_that_is_gone_is_dropped() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))
    original = set(uploads.raw.objects)
    uploads.dossiers = Fleeting(uploads.dossiers.dossiers)

    await uploads.work()

    assert set(uploads.raw.objects) == original


async def test_an_unreadable_picture_empties_its_place_and_its_original_stays_in_the_history() -> None:
    uploads = await opened()
    image_id = (await take(uploads, jpeg(1))).image_id
    uploads.workshop.answer = Unreadable("image_damaged")

    await uploads.work()
    await uploads.watermark_image(REGISTRATION, image_id)

    assert uploads.dossier.items == ()
    assert [entry.code for entry in uploads.dossier.refused] == ["image_damaged"]
    assert uploads.dossiers.dead[image_id].cause == "refused"
    assert uploads.said.count("uploads.image.refused") == 1
    assert len(uploads.raw.objects) == 1


async def test_a_worker_without_its_store_tries_again_later() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))
    uploads.raw.is_down = True

    with pytest.raises(ObjectStoreUnavailableError):
        await uploads.work()

    uploads.raw.is_down = False
    await uploads.work()
    assert uploads.dossier.items[0].status is ItemStatus.READY


async def test_the_handshake_over_the_queue() -> None:
    uploads = await submitted()

    assert await hear(uploads, a_claim(1)) == Handled()
    assert uploads.said[-2:] == ["uploads.dossier.locked", "uploads.dossier.changed"]
    assert await hear(uploads, a_claim(1)) == Handled()
    assert uploads.said.count("uploads.dossier.locked") == 1
    assert await hear(uploads, CaseReleased(hold=1, cause="released")) == Handled()
    assert uploads.dossier.hold is None
    assert await hear(uploads, a_claim(2)) == Handled()
    event = a_sent_back(uploads.dossier.items, [uploads.dossier.items[2].image_id], hold=2)
    assert await hear(uploads, event) == Handled()
    assert uploads.dossier.stage == "returned"
    assert await hear(uploads, event) == Handled()
    assert uploads.dossier.version == 8 + 1


async def test_the_reviewer_s_words_are_encrypted_at_rest_and_shown_to_the_owner() -> None:
    uploads = await submitted()
    await hear(uploads, a_claim(1))
    await hear(uploads, a_sent_back(uploads.dossier.items, [uploads.dossier.items[2].image_id]))

    page = await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)

    assert uploads.dossier.send_back is not None
    assert "毕业证" not in uploads.dossier.send_back.places[0].reason_text
    assert page.reasons[0].text == "毕业证编号无法辨别，请重新上传！"


async def test_a_decision_before_its_claim_waits_and_one_under_a_foreign_hold_is_parked() -> None:
    uploads = await submitted()

    assert await hear(uploads, a_decision(1)) == Retry("retry.1s", 1)
    await hear(uploads, a_claim(1))
    await hear(uploads, CaseReleased(hold=1, cause="expired"))
    assert await hear(uploads, a_decision(1)) == Park("failed:ForeignHoldError")


async def test_a_claim_of_a_dossier_that_is_not_here_is_parked() -> None:
    assert await hear(Uploads(), a_claim(1)) == Park("failed:DossierNotFoundError")


async def test_a_claim_waits_for_the_workers_and_is_refused_after_a_minute() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))
    uploads.put(replace(uploads.dossier, stage="submitted"))
    claimed_at = uploads.clock.now()
    lock = uploads.use_cases.lock_for_review

    assert await hear(uploads, a_claim(1)) == Retry("retry.1s", 1)
    uploads.clock.advance(MINUTE)
    await lock(REGISTRATION, a_claim(1), claimed_at)

    assert uploads.said[-1] == "uploads.dossier.claim-refused"


async def test_a_registration_is_followed_in_its_own_order() -> None:
    uploads = Uploads()

    await hear(uploads, a_registration_event(site="3702"), sequence=5)
    await hear(uploads, a_registration_event(site="3703"), sequence=4)

    kept = uploads.registrations.registrations[REGISTRATION]
    assert (kept.place.site, kept.ticket_tail) == ("3702", "0001")
    assert kept.facts["exam_category_code"] == "110"


async def test_s3_06_a_changed_registration_changes_the_list_of_an_open_dossier() -> None:
    uploads = await opened(FOLLOWING)

    await hear(uploads, a_registration_event(level="assistant"))

    assert uploads.dossier.required == frozenset({"idp", "assistant"})
    assert uploads.said[-2:] == ["uploads.requirements.adjusted", "uploads.dossier.changed"]
    await hear(uploads, a_registration_event(level="assistant"))
    assert uploads.said.count("uploads.requirements.adjusted") == 1


async def test_a_changed_registration_waits_for_the_end_of_the_hold() -> None:
    uploads = await opened(FOLLOWING)
    await take(uploads, jpeg(1), "idp")
    await uploads.work()
    await uploads.use_cases.submit_dossier(REGISTRATION, CANDIDATE)
    await hear(uploads, a_claim(1))

    await hear(uploads, a_registration_event(level="assistant"))

    assert uploads.said.count("uploads.requirements.adjusted") == 0
    await hear(uploads, CaseReleased(hold=1, cause="released"))
    assert uploads.dossier.required == frozenset({"idp", "assistant"})
    assert (uploads.dossier.stage, uploads.dossier.hold) == ("draft", None)


async def test_a_crash_between_the_end_of_a_hold_and_what_waited_for_it_is_made_good() -> None:
    uploads = await opened(FOLLOWING)
    await take(uploads, jpeg(1), "idp")
    await uploads.work()
    await uploads.use_cases.submit_dossier(REGISTRATION, CANDIDATE)
    await hear(uploads, a_claim(1))
    await hear(uploads, a_registration_event(level="assistant"))
    ended = release(uploads.dossier, rules_of(FOLLOWING), CaseReleased(hold=1, cause="released"))
    assert ended is not None
    uploads.put(ended.dossier)

    await hear(uploads, CaseReleased(hold=1, cause="released"))

    assert uploads.dossier.required == frozenset({"idp", "assistant"})


async def test_re_registration_closes_the_old_dossier_whatever_comes_first() -> None:
    uploads = await opened(FOLLOWING)

    await hear(uploads, a_registration_event(registration_id="r2", supersedes=REGISTRATION))

    assert (uploads.dossier.stage, uploads.dossier.superseded_by) == ("closed", "r2")
    assert uploads.said[-2:] == ["uploads.dossier.closed", "uploads.dossier.changed"]
    await hear(uploads, a_registration_event(status="cancelled"), sequence=2)
    assert await hear(uploads, a_claim(1)) == Handled()
    assert uploads.said[-1] == "uploads.dossier.claim-refused"


async def test_re_registration_under_a_claim_closes_the_old_dossier_when_the_hold_ends() -> None:
    uploads = await submitted()
    await hear(uploads, a_claim(1))

    await hear(uploads, a_registration_event(registration_id="r2", supersedes=REGISTRATION))

    assert "uploads.dossier.closed" not in uploads.said
    await hear(uploads, a_sent_back(uploads.dossier.items, [uploads.dossier.items[0].image_id]))
    assert uploads.dossier.stage == "closed"


async def test_a_revoked_session_is_noted() -> None:
    uploads = Uploads()

    await hear(uploads, a_revocation("s9"))

    assert list(uploads.revoked_sessions.revoked) == ["s9"]


async def test_an_image_that_nobody_finishes_is_put_to_the_workers_again() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))

    assert await uploads.use_cases.run_due() == 0
    uploads.clock.advance(MINUTE)
    assert await uploads.use_cases.run_due() == 1
    assert await uploads.use_cases.run_due() == 0

    assert uploads.said.count("uploads.image.received") == 2


async def test_a_dossier_whose_images_are_done_is_visited_once_more_and_then_left_alone() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))
    await uploads.work()
    uploads.clock.advance(MINUTE)

    await uploads.use_cases.run_due()

    assert uploads.dossier.next_due_at is None


@dataclass
class Slow:
    """A body that waits after its first bytes."""

    content: bytes
    gate: asyncio.Event
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes."""
        self.has_begun.set()
        yield self.content[:10]
        await self.gate.wait()
        yield self.content[10:]


async def never() -> None:
    """Wait for ever."""
    await asyncio.Event().wait()


async def pause() -> None:
    """Wait a little."""
    await asyncio.sleep(0.01)
