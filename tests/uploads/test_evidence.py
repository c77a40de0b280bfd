"""Uploads refused by overload, fault or closing are kept, and shown to whoever may give time back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.attempt_book import ATTEMPT_INDEXES, MOST_A_DAY, MongoAttempts, keeping
from services.uploads.attempts import Attempt
from services.uploads.use_cases.body import BodiesInFlight
from shared.mongo import Database, StoreUnavailableError
from tests.uploads.builders import CANDIDATE, NOW, REGISTRATION
from tests.uploads.conftest import REVIEWER, Browser, Uploads
from tests.uploads.pictures import jpeg

DOSSIER = f"/dossiers/{REGISTRATION}"


def an_attempt(number: int = 0, **changes: object) -> Attempt:
    """Return a refused attempt, each a second after the other."""
    attempt = Attempt(REGISTRATION, CANDIDATE, "diploma", None, "overloaded", NOW)
    return replace(attempt, at=NOW + timedelta(seconds=number), **changes)  # type: ignore[arg-type]  # fields


async def test_an_upload_refused_by_overload_is_kept(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    uploads.bodies._free = 0  # noqa: SLF001 - as if all places were taken

    response = await browser.upload(jpeg(), "category=id_proof&slot=front")

    assert response.status == 503
    assert uploads.attempts.attempts == [
        Attempt(REGISTRATION, CANDIDATE, "id_proof", "front", "overloaded", uploads.clock.now())
    ]


async def test_an_upload_refused_by_a_fault_of_a_store_is_kept(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    uploads.raw.is_down = True

    await browser.upload(jpeg(), "category=diploma")

    assert [attempt.code for attempt in uploads.attempts.attempts] == ["object_store_unavailable"]


async def test_an_upload_refused_by_closing_is_kept(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    uploads.put(replace(uploads.dossier, stage="passed"))

    await browser.upload(jpeg(), "category=diploma")

    assert [attempt.code for attempt in uploads.attempts.attempts] == ["dossier_locked"]


async def test_what_is_wrong_with_the_picture_is_no_evidence(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)

    await browser.upload(b"no picture", "category=diploma")
    await browser.upload(jpeg(), "category=nothing", "key-00000002")

    assert uploads.attempts.attempts == []


async def test_the_reviewers_of_the_place_see_the_attempts(browser: Browser, uploads: Uploads) -> None:
    uploads.attempts.note(an_attempt(slot="front"))
    browser.caller = REVIEWER

    found = await browser.json("GET", f"{DOSSIER}/attempts")

    assert found == {
        "items": [
            {
                "at": NOW.isoformat().replace("+00:00", "Z"),
                "candidate_id": CANDIDATE,
                "category": "diploma",
                "slot": "front",
                "code": "overloaded",
            }
        ]
    }


async def test_no_places_are_taken_for_good_by_refused_uploads() -> None:
    bodies = BodiesInFlight(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), bodies.place_for("a", 5):
            raise ValueError("broken")
    with bodies.place_for("a", 5):
        pass


@pytest.fixture
async def attempts(mongo_database: Database) -> MongoAttempts:
    """Return the real book of attempts."""
    await mongo_database["attempts"].declare(ATTEMPT_INDEXES)
    return MongoAttempts(mongo_database["attempts"])


@pytest.mark.real
async def test_attempts_come_back_in_order_and_once(attempts: MongoAttempts) -> None:
    for attempt in (an_attempt(1), an_attempt(0, category="idp"), an_attempt(1)):
        attempts.note(attempt)
    attempts.note(an_attempt(2, registration_id="another"))

    assert await attempts.of(REGISTRATION) == [an_attempt(0, category="idp"), an_attempt(1)]


@pytest.mark.real
async def test_a_candidate_leaves_so_many_behind_a_day_and_no_more(attempts: MongoAttempts) -> None:
    for number in range(MOST_A_DAY + 50):
        attempts.note(an_attempt(number))

    found = await attempts.of(REGISTRATION)

    assert len(found) == MOST_A_DAY
    assert found[-1] == an_attempt(MOST_A_DAY + 49)
    assert await attempts.collection.count({}) == 1


@pytest.mark.real
async def test_the_last_attempts_are_written_on_leaving(attempts: MongoAttempts) -> None:
    async with keeping(attempts):
        attempts.note(an_attempt())

    assert attempts.waiting == []
    assert await attempts.collection.count({}) == 1


async def test_attempts_wait_while_the_database_is_away() -> None:
    attempts = MongoAttempts(Away())  # type: ignore[arg-type]  # a collection that never answers
    attempts.note(an_attempt())

    with pytest.raises(StoreUnavailableError):
        await attempts.flush()

    assert attempts.waiting == [an_attempt()]


class Away:
    """A collection whose database is away."""

    async def update_many_ones(self, *_: object, **__: object) -> None:
        """Never answer."""
        raise StoreUnavailableError
