"""The worker and the returned shot: the same one in another file waits for the candidate's word."""

from dataclasses import replace

import pytest

from services.uploads.comparing_tasks import FindKinship
from services.uploads.deletion import without_keys
from services.uploads.errors import SameAsReturnedError
from services.uploads.model import Awaits, ItemStatus
from services.uploads.resemblance import STRANGERS, Kinship
from services.uploads.tasks import Processed, Unreadable
from services.uploads.traits import Camera
from services.uploads.workshop import COMPARING_CHILD, ChildWorkshop, tried
from shared.messaging.consumer import Handled
from tests.support.specimens import Kind, Person
from tests.support.specimens.pairs import photographed
from tests.uploads.builders import CANDIDATE, REGISTRATION, a_claim, a_sent_back
from tests.uploads.conftest import Uploads
from tests.uploads.fakes import TRAITS
from tests.uploads.pictures import jpeg
from tests.uploads.test_use_cases import an_upload, hear, pieces, submitted, take

SAME = Kinship(tilt=0.4, grain=0.6, light=0.001, sharpness_gain=1.0)
FAR_HASH = "ff00ff00ff00ff00"


async def with_a_returned_diploma() -> Uploads:
    """Return the service with a dossier whose diploma (bytes `jpeg(2)`) was sent back."""
    uploads = await submitted()
    diploma = uploads.dossier.items[2]
    assert await hear(uploads, a_claim(1)) == Handled()
    assert await hear(uploads, a_sent_back(uploads.dossier.items, [diploma.image_id])) == Handled()
    return uploads


async def answer(
    uploads: Uploads, content: bytes, *, anyway: bool = False, key: str = "key-answer-1"
) -> None:
    """Upload an answer to the send-back and let the workers finish it."""
    upload = replace(an_upload(key=key), anyway=anyway)
    await uploads.use_cases.accept_image(upload, pieces(content))
    await uploads.work()


async def test_the_same_shot_in_another_file_waits_for_the_candidate_s_word() -> None:
    uploads = await with_a_returned_diploma()
    uploads.comparing.answer = SAME

    await answer(uploads, jpeg(50))

    item = uploads.dossier.items[2]
    assert (item.status, item.awaits) == (ItemStatus.READY, Awaits.SAME_SHOT)
    assert uploads.comparing.asked == [FindKinship(jpeg(2), jpeg(50))]
    assert uploads.said[-2:] == ["uploads.image.ready", "uploads.dossier.changed"]
    await uploads.use_cases.confirm_image(REGISTRATION, CANDIDATE, item.image_id)
    assert uploads.dossier.items[2].awaits is None


async def test_a_sharper_file_of_the_same_shot_is_taken() -> None:
    uploads = await with_a_returned_diploma()
    uploads.comparing.answer = replace(SAME, sharpness_gain=1.6)

    await answer(uploads, jpeg(50))

    assert uploads.dossier.items[2].awaits is None


@pytest.mark.parametrize("found", [STRANGERS, Unreadable("image_damaged")])
async def test_a_new_shot_is_taken_and_so_is_what_cannot_be_compared(found: object) -> None:
    uploads = await with_a_returned_diploma()
    uploads.comparing.answer = found

    await answer(uploads, jpeg(50))

    assert uploads.dossier.items[2].awaits is None


async def test_what_looks_altogether_different_is_not_even_compared() -> None:
    uploads = await with_a_returned_diploma()
    traits = replace(TRAITS, perceptual_hash=FAR_HASH)
    uploads.workshop.answer = Processed(30, 20, b"copy", b"small", traits, Camera())

    await answer(uploads, jpeg(50))

    assert uploads.comparing.asked == []


async def test_identical_bytes_are_refused_at_once_and_insisting_asks_no_second_time() -> None:
    uploads = await with_a_returned_diploma()
    uploads.comparing.answer = SAME

    with pytest.raises(SameAsReturnedError):
        await answer(uploads, jpeg(2))
    await answer(uploads, jpeg(2), anyway=True, key="key-answer-2")

    item = uploads.dossier.items[2]
    assert (item.insisted, item.awaits) == (True, None)
    assert uploads.comparing.asked == []


async def test_a_returned_version_that_was_deleted_by_rule_holds_nothing_up() -> None:
    uploads = await with_a_returned_diploma()
    uploads.comparing.answer = SAME
    await uploads.use_cases.accept_image(an_upload(key="key-answer-1"), pieces(jpeg(50)))
    for image_id, dead in uploads.dossiers.dead.items():
        uploads.dossiers.dead[image_id] = replace(dead, item=without_keys(dead.item))

    await uploads.work()

    item = uploads.dossier.items[2]
    assert (item.status, item.awaits) == (ItemStatus.READY, None)


async def test_before_a_send_back_nothing_is_compared() -> None:
    uploads = await submitted()

    assert uploads.comparing.asked == []


async def test_a_repeated_message_asks_nothing_twice() -> None:
    uploads = await with_a_returned_diploma()
    uploads.comparing.answer = SAME
    await answer(uploads, jpeg(50))
    said = list(uploads.said)

    await uploads.work()

    assert uploads.said == said


async def test_the_real_child_knows_the_shot_again() -> None:
    person = Person("张三", "370102199305081234")
    shot = photographed(Kind.DIPLOMA, person, 5)
    shop = ChildWorkshop(1, COMPARING_CHILD)
    try:
        await tried(shop)
        same = await shop.do(FindKinship(shot, shot))
        other = await shop.do(FindKinship(shot, photographed(Kind.DIPLOMA, person, 6)))
        broken = await shop.do(FindKinship(shot, shot[:20_000]))
    finally:
        await shop.stop()

    assert isinstance(same, Kinship)
    assert same.brings_nothing_new
    assert isinstance(other, Kinship)
    assert not other.is_same_shot
    assert broken == Unreadable("image_damaged")


async def test_other_categories_are_not_compared() -> None:
    uploads = await with_a_returned_diploma()
    uploads.comparing.answer = SAME

    await take(uploads, jpeg(60), "extra", "key-extra-01")
    await uploads.work()

    assert uploads.comparing.asked == []
