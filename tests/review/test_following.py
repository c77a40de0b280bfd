"""What cases make of the other services' events, in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.review.case import claim
from services.review.errors import CaseNotWaitingError, StrangeHoldError
from services.review.following import (
    close,
    close_send_back,
    follow_dossier,
    follow_registration,
    lock,
    refuse,
)
from services.review.model import Case
from services.review.previous import Previous, previous_versions
from shared.events.review import ReviewLevel
from shared.events.uploads import DossierClaimRefused, SendbackClosed
from shared.policy.office import ResubmitSettings
from shared.policy.values import ResubmitTo
from tests.review.builders import (
    CASE,
    DEMO,
    DIPLOMA_TEXT,
    a_dossier,
    a_lock,
    a_registration,
    a_returned_case,
    a_site_reviewer,
    a_waiting_case,
    an_item,
    concluded,
    judged,
    locked_for,
)
from tests.support.clocks import A_MORNING

WANG = a_site_reviewer()
LATER = A_MORNING + timedelta(hours=2)


def test_either_state_may_come_first() -> None:
    dossier_first = follow_dossier(Case(CASE), a_dossier(), 3, DEMO, A_MORNING)
    both = follow_registration(dossier_first, a_registration(), 1)

    assert dossier_first.state == "awaiting_site"
    assert both == a_waiting_case()


def test_older_and_repeated_states_change_nothing() -> None:
    case = a_waiting_case()

    assert follow_registration(case, a_registration(site="qingdao"), 1) is case
    assert follow_dossier(case, a_dossier("draft"), 3, DEMO, LATER) is case
    assert follow_dossier(case, a_dossier("draft"), 2, DEMO, LATER) is case


def test_a_draft_does_not_wait_for_review() -> None:
    case = follow_dossier(Case(CASE), a_dossier("draft", submissions=0), 1, DEMO, A_MORNING)

    assert (case.state, case.lane("site")) == ("collecting", None)


def test_a_withdrawn_dossier_leaves_the_queue() -> None:
    case = follow_dossier(a_waiting_case(), a_dossier("draft"), 4, DEMO, LATER)

    assert (case.state, case.lane("site")) == ("collecting", None)


def test_the_case_of_a_replaced_registration_is_closed_once_and_leaves_every_desk() -> None:
    case = close(a_waiting_case(), LATER)

    assert (case.state, case.hold, case.lane("site")) == ("closed", None, None)
    assert case.history[-1].kind == "closed"
    assert close(case, LATER) is case
    assert follow_dossier(case, a_dossier("closed"), 9, DEMO, LATER).state == "closed"
    with pytest.raises(CaseNotWaitingError):
        claim(case, WANG, LATER)


@pytest.mark.parametrize(("level", "state"), [("site", "awaiting_site"), ("district", "awaiting_district")])
def test_an_answer_goes_to_the_level_that_asked(level: ReviewLevel, state: str) -> None:
    case = a_returned_case(level)
    returned = follow_dossier(case, a_dossier("returned"), 20, DEMO, LATER)

    answered = follow_dossier(returned, a_dossier(submissions=2, at=LATER), 25, DEMO, LATER)

    assert (returned.state, returned.lane(level)) == ("returned", "with_candidate")
    assert (answered.state, answered.lane(level), answered.round) == (state, "resubmitted", 2)
    assert answered.since == LATER


def test_a_send_back_that_expired_under_a_lock_comes_back_to_the_level_that_asked() -> None:
    case = a_returned_case()
    returned = follow_dossier(case, a_dossier("returned"), 20, DEMO, LATER)

    expired = follow_dossier(returned, a_dossier("returned", expired=True), 25, DEMO, LATER)
    reopened = follow_dossier(expired, a_dossier("returned"), 26, DEMO, LATER)

    assert (expired.state, expired.lane("site"), expired.since) == ("awaiting_site", "waiting", LATER)
    assert claim(expired, WANG, LATER).case.hold is not None
    # Staff may have given it more time meanwhile.
    assert reopened.state == "returned"


def test_one_that_was_given_up_stays_with_the_candidate() -> None:
    given_up = follow_dossier(a_returned_case(), a_dossier("abandoned"), 25, DEMO, LATER)

    assert (given_up.state, given_up.lane("site")) == ("returned", "with_candidate")


def test_an_answer_that_is_taken_back_waits_for_the_candidate_again() -> None:
    answered = follow_dossier(a_returned_case(), a_dossier(submissions=2, at=LATER), 25, DEMO, LATER)

    taken_back = follow_dossier(answered, a_dossier("draft", submissions=2), 26, DEMO, LATER)
    again = follow_dossier(taken_back, a_dossier(submissions=3, at=LATER), 27, DEMO, LATER)

    assert (taken_back.state, taken_back.lane("site")) == ("returned", "with_candidate")
    assert (again.state, again.lane("site"), again.round) == ("awaiting_site", "resubmitted", 2)


def test_a_place_that_opened_by_itself_takes_the_case_out_of_the_queue_until_it_is_filled() -> None:
    case = follow_dossier(a_waiting_case(), a_dossier("returned"), 4, DEMO, LATER)
    again = follow_dossier(case, a_dossier(submissions=2, at=LATER), 5, DEMO, LATER)

    assert (case.state, again.state) == ("collecting", "awaiting_site")


def test_doubts_move_a_waiting_case_to_the_front_of_its_shanghai_day_and_decide_nothing() -> None:
    midnight = datetime(2020, 3, 11, 16, tzinfo=UTC)
    late = midnight + timedelta(hours=23)
    case = a_waiting_case(since=late, doubtful=2)

    assert (case.state, case.since, case.turn("site")) == ("awaiting_site", late, midnight)
    assert a_waiting_case(since=late).turn("site") == late
    # What is done or with the candidate has no turn to wait for.
    assert case.turn("district") == late
    assert follow_dossier(case, a_dossier("draft", doubtful=2), 4, DEMO, LATER).turn("site") == LATER


def test_what_is_overdue_is_kept_for_the_desk() -> None:
    event = a_dossier("returned").model_copy(update={"overdue": ("supplement",)})

    case = follow_dossier(a_returned_case(), event, 20, DEMO, LATER)

    assert case.dossier is not None
    assert case.dossier.overdue == ("supplement",)


def test_where_the_policy_says_so_every_answer_goes_to_the_first_level() -> None:
    policy = DEMO.model_copy(update={"resubmit": ResubmitSettings(to=ResubmitTo.FIRST)})
    returned = follow_dossier(a_returned_case("district"), a_dossier("returned"), 20, policy, LATER)

    answered = follow_dossier(returned, a_dossier(submissions=2, at=LATER), 25, policy, LATER)

    assert (answered.state, answered.lane("site")) == ("awaiting_site", "resubmitted")


def test_late_news_of_the_submission_that_was_sent_back_is_no_answer() -> None:
    case = a_returned_case()
    assert case.manifest is not None

    before_the_lock = follow_dossier(
        replace(case, dossier=None), a_dossier(), case.manifest.sequence, DEMO, LATER
    )
    still_locked = follow_dossier(case, a_dossier(hold=1), case.manifest.sequence + 1, DEMO, LATER)

    assert (before_the_lock.state, still_locked.state) == ("returned", "returned")


def test_a_lock_for_an_ended_claim_is_left_alone() -> None:
    case = claim(a_waiting_case(), WANG, A_MORNING).case
    ended = replace(case, hold=None)

    assert lock(ended, a_lock(1), 4, DEMO) is ended


def test_a_lock_that_comes_twice_changes_nothing() -> None:
    case = locked_for(a_waiting_case(), WANG)

    assert lock(case, a_lock(1), 4, DEMO) is case
    assert refuse(case, DossierClaimRefused(hold=1, reason="not-ready"), LATER) is case


def test_a_hold_that_was_never_given_is_a_bug() -> None:
    with pytest.raises(StrangeHoldError):
        lock(a_waiting_case(), a_lock(1), 4, DEMO)


def test_a_send_back_closes_once() -> None:
    case = a_returned_case()
    assert case.send_back is not None
    expired = SendbackClosed(sendback_id=case.send_back.id, round=1, outcome="expired")

    closed = close_send_back(case, expired, LATER)

    assert closed.send_back is not None
    assert closed.send_back.outcome == "expired"
    assert closed.history[-1].kind == "sendback_expired"
    assert close_send_back(closed, expired, LATER) is closed
    assert close_send_back(case, expired.model_copy(update={"sendback_id": "other"}), LATER) is case


@pytest.mark.parametrize("replaces", ["image-diploma", None], ids=["replaced", "deleted and uploaded anew"])
def test_a_new_picture_is_shown_beside_the_returned_one(replaces: str | None) -> None:
    answered = follow_dossier(
        a_returned_case(), a_dossier(submissions=2, revision=4, at=LATER), 25, DEMO, LATER
    )
    items = (an_item("image-id", "id_proof", "front"), an_item("image-new", replaces=replaces))
    case = locked_for(answered, WANG, LATER, items=items, sequence=26)

    assert previous_versions(case) == {"image-new": Previous("image-diploma", "编号无法辨别", DIPLOMA_TEXT)}
    assert previous_versions(judged(case, WANG, LATER)) == previous_versions(case)
    kept = case.verdict("image-id", "site")
    assert kept is not None
    assert kept.verdict == "passed"


def test_the_second_round_can_be_sent_back_again() -> None:
    answered = follow_dossier(a_returned_case(), a_dossier(submissions=2, at=LATER), 25, DEMO, LATER)
    items = (an_item("image-id", "id_proof", "front"), an_item("image-new", replaces="image-diploma"))
    case = judged(
        locked_for(answered, WANG, LATER, items=items, sequence=26), WANG, LATER, returned=["image-new"]
    )

    case = concluded(case, WANG, "send_back", LATER).case

    assert case.send_back is not None
    assert (case.send_back.round, case.round) == (2, 3)
