"""The use cases over fakes: races, retries and what is never told to the wrong person."""

import asyncio
from datetime import timedelta

import pytest

from services.review.errors import (
    CaseAlreadyClaimedError,
    CaseNotFoundError,
    HoldLostError,
    NotLockedYetError,
    QueueEmptyError,
    SamePersonError,
)
from services.review.model import LEASE, LOCK_WAIT, Case
from shared.errors import TransientError
from tests.review.builders import (
    CANDIDATE,
    CASE,
    DEMO,
    a_district_reviewer,
    a_dossier,
    a_lock,
    a_registration,
    a_site_passed_case,
    a_site_reviewer,
    a_waiting_case,
    an_item,
    judged,
    locked_for,
)
from tests.review.conftest import Review
from tests.support.clocks import A_MORNING

WANG, LI = a_site_reviewer(), a_district_reviewer()


def waiting_cases(count: int) -> list[Case]:
    """Return cases that came one second after another."""
    return [
        a_waiting_case(f"case-{number:03}", since=A_MORNING + timedelta(seconds=number))
        for number in range(count)
    ]


async def test_fifty_reviewers_at_one_queue_get_fifty_different_cases(review: Review) -> None:
    review.put(*waiting_cases(60))
    reviewers = [a_site_reviewer(f"staff-{number}") for number in range(50)]
    claim_next = review.use_cases.claim_next

    claimed = await asyncio.gather(*(claim_next(reviewer) for reviewer in reviewers))

    assert len({case.id for case in claimed}) == 50
    assert review.said == ["review.case.claimed"] * 50


async def test_fifty_reviewers_for_one_case_leave_one_holder(review: Review) -> None:
    review.put(a_waiting_case())
    reviewers = [a_site_reviewer(f"staff-{number}") for number in range(50)]
    claim_case = review.use_cases.claim_case

    results = await asyncio.gather(
        *(claim_case(reviewer, CASE) for reviewer in reviewers), return_exceptions=True
    )

    assert sum(isinstance(result, Case) for result in results) == 1
    assert sum(isinstance(result, CaseAlreadyClaimedError) for result in results) == 49
    assert review.said == ["review.case.claimed"]


async def test_the_next_case_is_the_one_that_waits_longest(review: Review) -> None:
    review.put(*reversed(waiting_cases(3)))

    case = await review.use_cases.claim_next(WANG)

    assert case.id == "case-000"


async def test_the_queue_of_another_site_or_level_is_empty(review: Review) -> None:
    review.put(a_waiting_case())

    for other in (a_site_reviewer(site="qingdao"), LI, a_district_reviewer(district="shaanxi")):
        with pytest.raises(QueueEmptyError):
            await review.use_cases.claim_next(other)
        with pytest.raises(CaseNotFoundError):
            await review.use_cases.read_case(a_site_reviewer(site="qingdao"), CASE)


async def test_the_next_case_is_never_one_that_the_person_passed_below(review: Review) -> None:
    review.put(a_site_passed_case(WANG))

    with pytest.raises(QueueEmptyError):
        await review.use_cases.claim_next(a_district_reviewer("wang"))
    with pytest.raises(SamePersonError):
        await review.use_cases.claim_case(a_district_reviewer("wang"), CASE)


async def test_two_who_conclude_at_once_leave_one_decision(review: Review) -> None:
    review.put(judged(locked_for(a_waiting_case(), WANG), WANG))
    conclude = review.use_cases.conclude_case

    results = await asyncio.gather(
        conclude(WANG, CASE, "pass", ""), conclude(WANG, CASE, "reject", "不符合"), return_exceptions=True
    )

    assert sum(isinstance(result, HoldLostError) for result in results) == 1
    assert review.said.count("review.case.decided") == 1


async def test_the_scheduler_ends_unanswered_and_overdue_claims_once(review: Review) -> None:
    review.put(a_waiting_case("case-1"), locked_for(a_waiting_case("case-2"), WANG))
    await review.use_cases.claim_case(WANG, "case-1")

    review.clock.advance(LOCK_WAIT)
    assert await review.use_cases.expire_claims() == 1
    review.clock.advance(LEASE)
    assert await review.use_cases.expire_claims() == 1
    assert await review.use_cases.expire_claims() == 0

    assert review.said == ["review.case.claimed", "review.case.released", "review.case.released"]


async def test_a_claim_that_cannot_be_ended_now_does_not_keep_the_others_from_ending(review: Review) -> None:
    review.put(*(locked_for(a_waiting_case(case_id), WANG) for case_id in ("case-1", "case-2")))
    review.cases.jammed.add("case-1")

    review.clock.advance(LEASE)
    await review.use_cases.expire_claims()

    held = {case.id: case.hold is not None for case in review.cases.cases.values()}
    assert held == {"case-1": True, "case-2": False}


async def test_a_lock_that_comes_after_the_release_does_not_begin_a_review(review: Review) -> None:
    review.put(a_waiting_case())
    await review.use_cases.claim_case(WANG, CASE)
    await review.use_cases.release_claim(WANG, CASE)

    await review.use_cases.begin_review(CASE, a_lock(1), 4, DEMO.version)

    case = await review.use_cases.read_case(WANG, CASE)
    assert (case.hold, case.manifest) == (None, None)


async def test_a_policy_that_is_not_known_yet_is_waited_for(review: Review) -> None:
    with pytest.raises(TransientError):
        await review.use_cases.follow_dossier(CASE, a_dossier(), 3, "f" * 64)
    with pytest.raises(TransientError):
        await review.use_cases.follow_dossier(CASE, a_dossier(), 3, None)


async def test_a_grant_names_the_locked_pictures_and_those_they_replace(review: Review) -> None:
    items = (an_item("image-1"), an_item("image-2", replaces="image-0"))
    review.put(locked_for(a_waiting_case(), WANG, items=items))

    granted = await review.use_cases.grant_views(WANG, CASE)

    assert granted.grant == f"review:wang:{CASE}:1:image-1,image-2,image-0"


async def test_only_the_holder_of_a_locked_case_gets_a_grant(review: Review) -> None:
    review.put(a_waiting_case())
    await review.use_cases.claim_case(WANG, CASE)

    with pytest.raises(NotLockedYetError):
        await review.use_cases.grant_views(WANG, CASE)
    with pytest.raises(HoldLostError):
        await review.use_cases.grant_views(a_site_reviewer("zhao"), CASE)


async def test_a_status_is_told_to_its_owner_only(review: Review) -> None:
    review.put(a_waiting_case())

    found = await review.use_cases.read_status(CANDIDATE, CASE)

    assert (found.word, found.status) == ("填报", "filling")
    with pytest.raises(CaseNotFoundError):
        await review.use_cases.read_status("candidate-2", CASE)
    with pytest.raises(CaseNotFoundError):
        await review.use_cases.read_status(CANDIDATE, "absent")


async def test_a_registration_that_moves_takes_the_case_to_another_desk(review: Review) -> None:
    review.put(a_waiting_case())

    await review.use_cases.follow_registration(CASE, a_registration(site="qingdao"), 2)

    assert (await review.use_cases.read_queue(WANG, "waiting")).rows == ()
    queue = await review.use_cases.read_queue(a_site_reviewer(site="qingdao"), "waiting")
    assert [row.case_id for row in queue.rows] == [CASE]
