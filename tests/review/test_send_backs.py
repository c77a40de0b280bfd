"""A send-back that should not have gone out is undone, one that needs more time gets it; uploads decides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.review.errors import (
    DeadlineNotLaterError,
    ForeignSendBackError,
    SendBackNotOpenError,
    TextTooLongError,
    WhyNeededError,
)
from services.review.following import close_send_back, follow_dossier
from services.review.model import Case, SendBack
from services.review.send_backs import Extension, ask_to_withdraw, extend, withdrawal_refused, withdrawn
from shared.errors import DomainError
from shared.events.review import ReviewLevel, SendbackDeadlineExtended, SendbackWithdrawalRequested
from shared.events.uploads import SendbackClosed, SendbackWithdrawalRefused
from shared.messaging.consumer import Handled
from tests.review.builders import (
    CASE,
    DEMO,
    DIPLOMA_TEXT,
    a_district_reviewer,
    a_dossier,
    a_returned_case,
    a_site_reviewer,
    locked_for,
)
from tests.review.conftest import Desk, Review
from tests.review.test_consumers import deliver
from tests.support.clocks import A_MORNING

WANG, LI = a_site_reviewer(), a_district_reviewer()
LATER = A_MORNING + timedelta(hours=2)
WHY = "看错了，图片没有问题"


def sent(case: Case) -> SendBack:
    """Return the case's send-back."""
    assert case.send_back is not None
    return case.send_back


def due(case: Case) -> Case:
    """Return the case with a deadline for its send-back."""
    return replace(case, send_back=replace(sent(case), deadline=LATER))


def longer(case: Case, hours: int = 24, why: str = WHY) -> Extension:
    """Return an extension of the case's send-back."""
    return Extension(sent(case).id, LATER + timedelta(hours=hours), why)


def expired(case: Case) -> Case:
    """Return the case once time has ended its send-back."""
    event = SendbackClosed(sendback_id=sent(case).id, round=1, outcome="expired")
    closed = close_send_back(case, event, LATER)
    return follow_dossier(closed, a_dossier("returned", expired=True), 25, DEMO, LATER)


def test_a_withdrawal_is_asked_for_under_the_hold_of_the_decision_and_is_on_record() -> None:
    case = a_returned_case()

    step = ask_to_withdraw(case, WANG, sent(case).id, f" {WHY} ", LATER)

    assert step.events == (SendbackWithdrawalRequested(hold=1, sendback_id=sent(case).id),)
    assert (step.case.state, sent(step.case).withdrawal) == ("returned", "requested")
    entry = step.case.history[-1]
    assert (entry.kind, entry.who, entry.text) == ("withdrawal_requested", "王审核员", WHY)
    assert ask_to_withdraw(step.case, WANG, sent(case).id, WHY, LATER).events == ()


@pytest.mark.parametrize(("level", "state"), [("site", "awaiting_site"), ("district", "awaiting_district")])
def test_an_undone_send_back_brings_the_case_back_to_its_level_with_its_words_on_record(
    level: ReviewLevel, state: str
) -> None:
    case = a_returned_case(level)

    undone = withdrawn(case, LATER)

    assert (undone.state, undone.resubmitted, undone.since) == (state, False, LATER)
    assert undone.history[-1].kind == "sendback_withdrawn"
    assert [item.text for item in sent(undone).items] == [DIPLOMA_TEXT]
    assert locked_for(undone, WANG if level == "site" else LI, LATER, sequence=30).manifest is not None


def test_who_the_candidate_was_quicker_than_is_told_once() -> None:
    case = a_returned_case()
    asked = ask_to_withdraw(case, WANG, sent(case).id, WHY, LATER).case
    event = SendbackWithdrawalRefused(sendback_id=sent(case).id, round=1)

    refused = withdrawal_refused(asked, event, LATER)

    assert (refused.state, sent(refused).withdrawal) == ("returned", "refused")
    assert refused.history[-1].kind == "withdrawal_refused"
    assert withdrawal_refused(refused, event, LATER) is refused
    assert withdrawal_refused(case, event, LATER) is case


def test_more_time_is_said_with_the_new_deadline() -> None:
    case = due(a_returned_case())

    step = extend(case, WANG, longer(case), LATER - timedelta(minutes=1))

    deadline = LATER + timedelta(hours=24)
    assert step.events == (SendbackDeadlineExtended(hold=1, sendback_id=sent(case).id, deadline=deadline),)
    assert sent(step.case).deadline == deadline
    assert step.case.history[-1].kind == "deadline_extended"
    assert extend(step.case, WANG, longer(case), LATER).events == ()


def test_what_time_has_ended_can_be_opened_again_until_a_reviewer_takes_it_up() -> None:
    case = expired(due(a_returned_case()))
    assert case.state == "awaiting_site"

    step = extend(case, WANG, longer(case), LATER)

    assert (step.case.state, sent(step.case).outcome) == ("returned", None)
    claimed = locked_for(case, a_site_reviewer("zhao"), LATER, sequence=30)
    with pytest.raises(SendBackNotOpenError):
        extend(claimed, WANG, longer(case), LATER)


def test_one_that_was_answered_is_neither_undone_nor_extended() -> None:
    case = due(a_returned_case())
    event = SendbackClosed(sendback_id=sent(case).id, round=1, outcome="answered")
    answered = close_send_back(case, event, LATER)

    with pytest.raises(SendBackNotOpenError):
        ask_to_withdraw(answered, WANG, sent(case).id, WHY, LATER)
    with pytest.raises(SendBackNotOpenError):
        extend(answered, WANG, longer(case), LATER)


@pytest.mark.parametrize(
    ("hours", "why", "error"),
    [
        (-1, WHY, DeadlineNotLaterError),
        (24, "  ", WhyNeededError),
        (24, "长" * 201, TextTooLongError),
    ],
)
def test_an_extension_is_later_and_has_a_reason(hours: int, why: str, error: type[DomainError]) -> None:
    case = due(a_returned_case())

    with pytest.raises(error):
        extend(case, WANG, longer(case, hours, why), LATER)


def test_a_deadline_that_is_not_later_is_refused_with_both_instants() -> None:
    case = due(a_returned_case())

    with pytest.raises(DeadlineNotLaterError) as caught:
        extend(case, WANG, longer(case, -1), A_MORNING)

    assert str(caught.value.detail).startswith("原来的截止时间是 ")
    with pytest.raises(DeadlineNotLaterError):
        extend(case, WANG, longer(case), LATER + timedelta(days=9))


def test_only_the_level_that_sent_back_may_and_only_the_send_back_it_has_seen() -> None:
    case = a_returned_case()

    with pytest.raises(ForeignSendBackError):
        ask_to_withdraw(case, LI, sent(case).id, WHY, LATER)
    with pytest.raises(SendBackNotOpenError):
        ask_to_withdraw(case, WANG, "an-earlier-one", WHY, LATER)


async def test_the_desk_asks_and_uploads_answers(review: Review, desk: Desk) -> None:
    case = due(a_returned_case())
    review.put(case)
    path = f"/api/review/cases/{CASE}/send-back"
    about = {"sendback_id": sent(case).id, "why": WHY}

    status, body = await desk("POST", f"{path}/withdrawal", WANG, about)
    closed = SendbackClosed(sendback_id=sent(case).id, round=1, outcome="withdrawn")
    for _ in range(2):
        assert await deliver(review, closed, 9) == Handled()
    # What uploads says of the dossier afterwards is no answer of the candidate.
    assert await deliver(review, a_dossier("submitted"), 10) == Handled()

    assert (status, body["send_back"]["withdrawal"], body["send_back"]["can_withdraw"]) == (
        200,
        "requested",
        False,
    )
    assert review.said == ["review.sendback.withdrawal-requested"]
    found = await review.use_cases.read_case(WANG, CASE)
    assert (found.state, found.resubmitted) == ("awaiting_site", False)
    assert [entry.kind for entry in found.history[-2:]] == ["withdrawal_requested", "sendback_withdrawn"]


async def test_an_extension_goes_over_the_desk(review: Review, desk: Desk) -> None:
    case = due(a_returned_case())
    review.put(case)
    deadline = (LATER + timedelta(days=1)).isoformat()
    body = {"sendback_id": sent(case).id, "why": WHY, "deadline": deadline}

    status, shown = await desk("POST", f"/api/review/cases/{CASE}/send-back/deadline", WANG, body)

    assert status == 200
    assert (shown["send_back"]["can_extend"], shown["state"]) == (True, "returned")
    assert review.said == ["review.sendback.deadline-extended"]


async def test_a_refusal_is_followed(review: Review) -> None:
    case = a_returned_case()
    review.put(ask_to_withdraw(case, WANG, sent(case).id, WHY, LATER).case)

    event = SendbackWithdrawalRefused(sendback_id=sent(case).id, round=1)
    assert await deliver(review, event, 9) == Handled()

    found = await review.use_cases.read_case(WANG, CASE)
    assert sent(found).withdrawal == "refused"
