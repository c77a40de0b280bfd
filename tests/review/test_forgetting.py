"""A dossier was deleted for good: the case says what was decided when and by whom, and of nobody."""

from datetime import timedelta

import pytest

from services.review.case import claim
from services.review.errors import CaseNotWaitingError
from services.review.following import follow_dossier, follow_registration, lock, refuse
from services.review.forgetting import forget
from services.review.model import Case
from services.review.visible_status import visible_status
from shared.events.uploads import DossierClaimRefused, DossierErased
from shared.messaging.consumer import Handled
from tests.review.builders import (
    CASE,
    DEMO,
    DIPLOMA_TEXT,
    a_dossier,
    a_lock,
    a_registration,
    a_returned_case,
    a_site_passed_case,
    a_site_reviewer,
    a_waiting_case,
    concluded,
    judged,
    locked_for,
)
from tests.review.conftest import Review
from tests.review.test_consumers import deliver
from tests.support.clocks import A_MORNING

WANG = a_site_reviewer()
LATER = A_MORNING + timedelta(days=180)
COMMENT = "试用期不满一年"
SECRETS = ("张样例", "370199", "13900000001", "2020370100", "bachelor", DIPLOMA_TEXT, COMMENT, "请尽快补充")


def a_rejected_case() -> Case:
    """Return a case with a comment, and a returned picture before it."""
    case = judged(locked_for(a_waiting_case(), WANG), WANG, returned=["image-diploma"])
    return concluded(case, WANG, "reject", comment=COMMENT).case


def test_e6_who_it_was_and_every_free_text_goes_and_the_record_of_the_review_stays() -> None:
    case = a_rejected_case()
    assert all(secret in repr(case) for secret in ("张样例", "13900000001", DIPLOMA_TEXT, COMMENT))

    forgotten = forget(case, LATER)

    assert [secret for secret in SECRETS if secret in repr(forgotten)] == []
    assert (forgotten.state, forgotten.decision, forgotten.acts) == ("rejected", case.decision, case.acts)
    assert [(entry.kind, entry.who) for entry in forgotten.history] == [
        *((entry.kind, entry.who) for entry in case.history),
        ("erased", None),
    ]
    verdict = forgotten.verdict("image-diploma", "site")
    assert verdict is not None
    assert (verdict.verdict, verdict.reason_code, verdict.text) == ("returned", "number_unreadable", None)


def test_a_result_that_is_out_stands_for_its_candidate() -> None:
    case = a_rejected_case()

    assert visible_status(forget(case, LATER), DEMO) == visible_status(case, DEMO)
    registration = forget(case, LATER).registration
    assert registration is not None
    assert registration.candidate_id == "candidate-1"


@pytest.mark.parametrize("case", [a_waiting_case(), a_returned_case(), a_site_passed_case()])
def test_what_was_not_decided_is_closed_and_nobody_can_claim_it(case: Case) -> None:
    forgotten = forget(case, LATER)

    assert (forgotten.state, forgotten.hold) == ("closed", None)
    assert forgotten.lane("site") in {None, "done"}
    with pytest.raises(CaseNotWaitingError):
        claim(forgotten, a_site_reviewer("zhao"), LATER)


def test_a_claim_that_is_under_way_ends_and_its_answers_change_nothing() -> None:
    claimed = claim(a_waiting_case(), WANG, A_MORNING).case
    forgotten = forget(claimed, LATER)

    assert lock(forgotten, a_lock(1), 9, DEMO) == forgotten
    assert refuse(forgotten, DossierClaimRefused(hold=1, reason="closed"), LATER) is forgotten


def test_nothing_that_comes_later_or_again_brings_the_person_back() -> None:
    forgotten = forget(a_waiting_case(), LATER)

    assert forget(forgotten, LATER + timedelta(days=1)) is forgotten
    assert follow_registration(forgotten, a_registration(), 10_000) is forgotten
    for stage in ("submitted", "closed"):
        followed = follow_dossier(forgotten, a_dossier(stage), 50, DEMO, LATER)
        assert (followed.state, followed.registration) == ("closed", forgotten.registration)


def test_an_unknown_case_remembers_that_there_is_nothing_to_take_over() -> None:
    stub = forget(Case(CASE), LATER)

    assert follow_registration(stub, a_registration(), 1) is stub
    assert stub.registration is None


@pytest.mark.parametrize("times", [1, 2])
async def test_the_desk_lists_it_without_a_name(review: Review, times: int) -> None:
    review.put(a_rejected_case())

    for _ in range(times):
        assert await deliver(review, DossierErased(cause="retention"), 60) == Handled()

    queue = await review.use_cases.read_queue(WANG, "done")
    assert [(row.name, row.admission_ticket_no) for row in queue.rows] == [("", "")]
    shown = review.use_cases.show_case(await review.use_cases.read_case(WANG, CASE))
    assert shown.case.history[-1].kind == "erased"
