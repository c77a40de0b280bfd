"""Standing by itself, over fakes: workers bring forward, calendars are followed, candidates say so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.errors import DossierLockedError, DossierNotFoundError, NothingToSubmitError
from services.uploads.instants import GRACE
from services.uploads.tasks import Unreadable
from services.uploads.use_cases.closing import BringForward
from services.uploads.use_cases.rulebook import Rulebook
from shared.policy.model import Policy
from shared.policy.office import DeadlineSettings, Window
from shared.policy.values import OnExpiry
from tests.uploads.builders import (
    CANDIDATE,
    NOW,
    REGISTRATION,
    STRANGER,
    a_claim,
    a_policy,
    a_sent_back,
    an_autosave_policy,
)
from tests.uploads.conftest import Browser, Uploads
from tests.uploads.pictures import jpeg
from tests.uploads.test_use_cases import hear, opened, take

MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=24)
DOSSIER = f"/dossiers/{REGISTRATION}"


async def sent_back() -> Uploads:
    """Return the service with an autosaved dossier whose picture was sent back and replaced."""
    uploads = await opened(an_autosave_policy())
    await take(uploads, jpeg(1))
    await uploads.work()
    await hear(uploads, a_claim(1))
    await hear(uploads, a_sent_back(uploads.dossier.items, [uploads.dossier.items[0].image_id]))
    await take(uploads, jpeg(2), key="key-00000002")
    await uploads.work()
    return uploads


def closing_at(close: timedelta) -> Policy:
    """Return a policy whose window closes then, and counts a miss as giving up."""
    window = Window(close=NOW + close, on_expiry=OnExpiry.ABANDON)
    return a_policy(deadline=DeadlineSettings(upload_window=window))


async def test_the_worker_of_the_last_picture_puts_an_autosaved_dossier_forward() -> None:
    uploads = await opened(an_autosave_policy())
    await take(uploads, jpeg(1))
    before = uploads.dossier.stage

    await uploads.work()

    assert (before, uploads.dossier.stage) == ("draft", "submitted")
    assert uploads.said[-2:] == ["uploads.image.ready", "uploads.dossier.changed"]
    assert "uploads.dossier.submitted" not in uploads.said


async def test_a_worker_leaves_an_explicit_dossier_where_it_is() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))
    await uploads.work()

    assert uploads.dossier.stage == "draft"


async def test_what_a_dead_worker_did_not_bring_forward_the_scheduler_does() -> None:
    uploads = await opened(an_autosave_policy())
    await take(uploads, jpeg(1))
    dossier = uploads.dossier
    await uploads.work()
    finished = replace(dossier, items=uploads.dossier.items, version=uploads.dossier.version)
    uploads.put(finished)
    uploads.clock.advance(MINUTE)

    await uploads.use_cases.run_due()

    assert uploads.dossier.stage == "submitted"


async def test_bringing_a_dossier_forward_that_is_not_there_is_nothing() -> None:
    uploads = Uploads()
    rulebook = Rulebook(uploads.registrations, uploads.ports.policies)

    await BringForward(uploads.dossiers, rulebook, uploads.clock)("nobody")

    assert uploads.said == []


async def test_an_answered_send_back_is_closed_by_the_scheduler_after_quiet_time() -> None:
    uploads = await sent_back()
    uploads.clock.advance(2 * MINUTE)

    await uploads.use_cases.run_due()

    assert (uploads.dossier.stage, uploads.dossier.send_back) == ("submitted", None)
    assert uploads.said[-2:] == ["uploads.sendback.closed", "uploads.dossier.changed"]


async def test_the_candidate_s_word_closes_it_at_once_and_nobody_else_s() -> None:
    uploads = await sent_back()

    with pytest.raises(DossierNotFoundError):
        await uploads.use_cases.answer_send_back(REGISTRATION, STRANGER)
    await uploads.use_cases.answer_send_back(REGISTRATION, CANDIDATE)

    assert uploads.dossier.stage == "submitted"
    with pytest.raises(NothingToSubmitError):
        await uploads.use_cases.answer_send_back(REGISTRATION, CANDIDATE)


async def test_a_submission_is_withdrawn_until_a_reviewer_holds_it() -> None:
    uploads = await opened(a_policy(withdraw=True))
    for number, category in enumerate(("idp", "idp", "diploma")):
        await take(uploads, jpeg(number), category, f"key-{number:08d}")
    await uploads.work()
    await uploads.use_cases.submit_dossier(REGISTRATION, CANDIDATE)

    with pytest.raises(DossierNotFoundError):
        await uploads.use_cases.withdraw_dossier(REGISTRATION, STRANGER)
    await uploads.use_cases.withdraw_dossier(REGISTRATION, CANDIDATE)
    assert uploads.said[-2:] == ["uploads.dossier.withdrawn", "uploads.dossier.changed"]
    await uploads.use_cases.submit_dossier(REGISTRATION, CANDIDATE)
    await hear(uploads, a_claim(1))
    with pytest.raises(DossierLockedError):
        await uploads.use_cases.withdraw_dossier(REGISTRATION, CANDIDATE)


async def test_a_changed_calendar_is_followed_once_and_gives_back_what_time_has_taken() -> None:
    uploads = await opened(closing_at(DAY))
    await uploads.use_cases.follow_calendars()
    uploads.clock.advance(DAY + GRACE)
    await uploads.use_cases.run_due()
    assert uploads.dossier.stage == "abandoned"

    uploads.policy = closing_at(3 * DAY)
    await uploads.use_cases.follow_calendars()
    assert uploads.dossier.next_due_at == uploads.clock.now()
    await uploads.use_cases.run_due()

    assert (uploads.dossier.stage, uploads.dossier.next_due_at) == ("draft", NOW + 3 * DAY + GRACE)
    await uploads.use_cases.follow_calendars()
    assert uploads.dossier.next_due_at == NOW + 3 * DAY + GRACE


async def test_a_picture_refused_after_the_window_is_asked_for_again_with_words() -> None:
    uploads = await opened(closing_at(DAY))
    await take(uploads, jpeg(1))
    uploads.clock.advance(DAY + GRACE)
    uploads.workshop.answer = Unreadable("image_damaged")

    await uploads.work()
    page = await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)

    assert page.dossier.stage == "returned"
    assert page.reasons[0].label == "图片无法读取"


async def test_the_page_of_a_dossier_names_its_instants(browser: Browser, uploads: Uploads) -> None:
    page = await browser.json("GET", DOSSIER)

    assert (page["submit_mode"], page["require_mandatory"]) == ("explicit", True)
    assert (page["can_submit"], page["can_answer"], page["can_withdraw"]) == (True, False, False)
    assert page["times"] == {
        "opens_at": None,
        "closes_at": None,
        "review_starts_at": None,
        "saved_at": None,
        "settles_at": None,
        "papers_due_at": None,
    }
    await browser.upload(jpeg(1), "category=diploma")
    page = await browser.json("GET", DOSSIER)
    assert page["times"]["saved_at"] == "2020-03-12T06:00:00Z"
    assert uploads.dossier.changed_at == NOW


async def test_answering_and_withdrawing_where_it_is_not_offered_names_a_way_out(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)

    answer = await browser.refusal(await browser.call("POST", f"{DOSSIER}/answer"))
    withdrawal = await browser.refusal(await browser.call("POST", f"{DOSSIER}/withdrawal"))

    assert (answer[0], answer[1]["code"]) == (409, "nothing_to_submit")
    assert (withdrawal[0], withdrawal[1]["code"]) == (409, "withdrawal_not_offered")
    assert "考点办公室" in withdrawal[1]["title"]
