"""What a watermark says of a candidate stands with the dossier: marking asks nothing else."""

from dataclasses import replace

import pytest

from services.uploads.errors import TooEarlyError
from services.uploads.mark_words import MarkWords, words_in
from services.uploads.tasks import Finish
from tests.uploads.builders import CANDIDATE, REGISTRATION, a_registration, a_registration_event
from tests.uploads.conftest import Uploads
from tests.uploads.pictures import jpeg
from tests.uploads.test_use_cases import take

MARK = "仅供2020年医师资格考试报名审核使用 山东省{site} {tail}"


async def opened() -> Uploads:
    """Return the service with an open dossier whose policy wants a mark."""
    uploads = Uploads()
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    return uploads


async def marked(uploads: Uploads) -> list[str]:
    """Return what the mark says on the pictures that are worked on now."""
    await uploads.work()
    return [task.watermark for task in uploads.workshop.asked if isinstance(task, Finish)]


async def test_a_picture_is_marked_without_asking_for_its_registration() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))
    uploads.registrations.registrations.clear()

    assert await marked(uploads) == [MARK.format(site="济南", tail="0001")]


async def test_a_changed_registration_changes_the_mark_of_the_pictures_that_come() -> None:
    uploads = await opened()

    event = a_registration_event()
    moved = event.private.model_copy(update={"site_name": "青岛", "admission_ticket_no": "20203700009876"})
    await uploads.use_cases.follow_registration(event.model_copy(update={"private": moved}), 2)
    await take(uploads, jpeg(1))

    assert await marked(uploads) == [MARK.format(site="青岛", tail="9876")]


async def test_a_registration_that_says_the_same_again_changes_nothing() -> None:
    uploads = await opened()
    await uploads.use_cases.follow_registration(a_registration_event(), 2)
    before = uploads.dossier

    await uploads.use_cases.follow_registration(a_registration_event(), 3)

    assert uploads.dossier == before


async def test_the_words_are_not_readable_in_the_dossier() -> None:
    uploads = await opened()

    kept = uploads.dossier.words

    assert kept is not None
    assert "济南" not in kept
    assert words_in(kept, REGISTRATION, uploads.ports.cipher) == MarkWords.of(a_registration())


async def test_a_dossier_that_was_opened_before_words_were_kept_asks_its_registration() -> None:
    uploads = await opened()
    uploads.put(replace(uploads.dossier, words=None))
    await take(uploads, jpeg(1))

    assert await marked(uploads) == [MARK.format(site="济南", tail="0001")]


async def test_without_words_and_registration_the_picture_has_to_wait() -> None:
    uploads = await opened()
    image_id = (await take(uploads, jpeg(1))).image_id
    uploads.put(replace(uploads.dossier, words=None))
    uploads.registrations.registrations.clear()

    with pytest.raises(TooEarlyError):
        await uploads.watermark_image(REGISTRATION, image_id)
