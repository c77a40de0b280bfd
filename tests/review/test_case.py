"""Claims and verdicts: the pure half of the state machine."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.review.case import claim, expire, judge, release, renew, take_back
from services.review.errors import (
    CaseAlreadyClaimedError,
    CaseNotWaitingError,
    ClaimRefusedError,
    HoldLostError,
    ImageNotFoundError,
    NotLockedYetError,
    ReasonNeededError,
    ReasonUnknownError,
    SamePersonError,
    TextTooLongError,
)
from services.review.following import refuse
from services.review.model import LEASE, Case, Judgement
from shared.errors import DomainError
from shared.events.review import CaseClaimed, CaseReleased
from shared.events.uploads import DossierClaimRefused
from tests.review.builders import (
    DEMO,
    DIPLOMA_TEXT,
    a_district_reviewer,
    a_returned_case,
    a_site_passed_case,
    a_site_reviewer,
    a_waiting_case,
    judged,
    locked_for,
)
from tests.support.clocks import A_MORNING

WANG, ZHAO = a_site_reviewer(), a_site_reviewer("zhao", name="赵审核员")
LATER = A_MORNING + timedelta(minutes=1)


def test_a_claim_is_announced_with_its_fencing_number() -> None:
    step = claim(a_waiting_case(), WANG, A_MORNING)

    assert step.events == (CaseClaimed(hold=1, level="site", staff_id="wang"),)
    assert step.case.hold is not None
    assert (step.case.hold.state, step.case.hold.until) == ("waiting", A_MORNING + LEASE)


def test_a_colleague_cannot_claim_a_live_claim() -> None:
    case = locked_for(a_waiting_case(), WANG)

    with pytest.raises(CaseAlreadyClaimedError):
        claim(case, ZHAO, LATER)


def test_claiming_ones_own_live_claim_again_changes_nothing() -> None:
    case = locked_for(a_waiting_case(), WANG)

    assert claim(case, WANG, LATER).case == case
    assert claim(case, WANG, LATER).events == ()


def test_claiming_over_a_dead_claim_ends_it_first() -> None:
    case = locked_for(a_waiting_case(), WANG)

    step = claim(case, ZHAO, A_MORNING + LEASE)

    assert step.events == (
        CaseReleased(hold=1, cause="expired"),
        CaseClaimed(hold=2, level="site", staff_id="zhao"),
    )


@pytest.mark.parametrize(
    "case",
    [Case("empty"), a_returned_case(), a_site_passed_case()],
    ids=["collecting", "returned", "with the district"],
)
def test_only_what_waits_on_the_level_can_be_claimed(case: Case) -> None:
    with pytest.raises(CaseNotWaitingError):
        claim(case, ZHAO, A_MORNING)


def test_a_cancelled_registration_cannot_be_claimed() -> None:
    case = a_waiting_case()
    assert case.registration is not None

    with pytest.raises(CaseNotWaitingError):
        claim(replace(case, registration=replace(case.registration, active=False)), WANG, A_MORNING)


def test_the_same_person_never_reviews_on_both_levels() -> None:
    case = a_site_passed_case(WANG)

    with pytest.raises(SamePersonError):
        claim(case, a_district_reviewer("wang"), A_MORNING)


def test_a_claim_that_uploads_does_not_answer_ends_after_a_minute() -> None:
    case = claim(a_waiting_case(), WANG, A_MORNING).case

    assert expire(case, A_MORNING + timedelta(seconds=59)).events == ()
    ended = expire(case, A_MORNING + timedelta(seconds=60))
    assert ended.events == (CaseReleased(hold=1, cause="expired"),)
    assert ended.case.hold is None
    assert expire(ended.case, A_MORNING + timedelta(hours=1)).events == ()


def test_a_locked_claim_ends_with_its_lease_and_renewing_extends_it() -> None:
    case = locked_for(a_waiting_case(), WANG)
    half = A_MORNING + LEASE / 2
    renewed = renew(case, WANG, half).case

    assert expire(case, A_MORNING + LEASE).case.hold is None
    assert expire(renewed, A_MORNING + LEASE).case.hold is not None
    assert expire(renewed, half + LEASE).case.hold is None


def test_nobody_renews_or_releases_a_colleagues_claim() -> None:
    case = locked_for(a_waiting_case(), WANG)

    for command in (renew, release):
        with pytest.raises(HoldLostError):
            command(case, ZHAO, LATER)


def test_releasing_keeps_the_verdicts_and_is_announced_once() -> None:
    case = judged(locked_for(a_waiting_case(), WANG), WANG)

    step = release(case, WANG, LATER)

    assert step.events == (CaseReleased(hold=1, cause="released"),)
    assert step.case.verdicts == case.verdicts
    assert release(step.case, WANG, LATER).events == ()


def test_a_refused_claim_frees_the_case_without_a_release() -> None:
    case = claim(a_waiting_case(), WANG, A_MORNING).case
    refused = refuse(case, DossierClaimRefused(hold=1, reason="not-ready"), LATER)

    with pytest.raises(ClaimRefusedError):
        renew(refused, WANG, LATER)
    assert release(refused, WANG, LATER).events == ()
    assert claim(refused, ZHAO, LATER).events == (CaseClaimed(hold=2, level="site", staff_id="zhao"),)


def test_no_verdict_before_uploads_has_locked() -> None:
    case = claim(a_waiting_case(), WANG, A_MORNING).case

    with pytest.raises(NotLockedYetError):
        judge(case, WANG, "image-id", Judgement("passed"), policy=DEMO, now=A_MORNING)


def test_no_verdict_after_the_lease() -> None:
    case = locked_for(a_waiting_case(), WANG)

    with pytest.raises(HoldLostError):
        judge(case, WANG, "image-id", Judgement("passed"), policy=DEMO, now=A_MORNING + LEASE)


def test_no_verdict_on_a_picture_that_is_not_locked() -> None:
    case = locked_for(a_waiting_case(), WANG)

    with pytest.raises(ImageNotFoundError):
        judge(case, WANG, "another", Judgement("passed"), policy=DEMO, now=LATER)


def test_a_canned_reason_brings_the_words_for_the_candidate() -> None:
    case = locked_for(a_waiting_case(), WANG)

    case = judge(
        case, WANG, "image-diploma", Judgement("returned", "number_unreadable"), policy=DEMO, now=LATER
    ).case

    verdict = case.own_verdict("image-diploma", "site")
    assert verdict is not None
    assert (verdict.label, verdict.text) == ("编号无法辨别", DIPLOMA_TEXT)
    assert (verdict.staff_id, verdict.at) == ("wang", LATER)


@pytest.mark.parametrize(
    ("judgement", "error"),
    [
        (Judgement("returned"), ReasonNeededError),
        (Judgement("returned", "other"), ReasonNeededError),
        (Judgement("returned", "other", "  "), ReasonNeededError),
        (Judgement("returned", "no_stamp"), ReasonUnknownError),
        (Judgement("returned", "other", "长" * 201), TextTooLongError),
    ],
)
def test_a_return_needs_a_reason_of_the_pictures_category(
    judgement: Judgement, error: type[DomainError]
) -> None:
    case = locked_for(a_waiting_case(), WANG)

    with pytest.raises(error):
        judge(case, WANG, "image-diploma", judgement, policy=DEMO, now=LATER)


def test_taking_back_the_districts_verdict_shows_the_sites_again() -> None:
    li = a_district_reviewer()
    case = locked_for(a_site_passed_case(), li, sequence=8)
    returned = judge(case, li, "image-id", Judgement("returned", "expired"), policy=DEMO, now=LATER).case

    shown = returned.verdict("image-id", "district")
    assert shown is not None
    assert shown.verdict == "returned"
    again = take_back(returned, li, "image-id", LATER).case.verdict("image-id", "district")
    assert again is not None
    assert (again.verdict, again.level) == ("passed", "site")
