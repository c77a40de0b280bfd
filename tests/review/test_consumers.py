"""The ways in from the broker: what is settled how."""

import pytest

from services.review.consumers import QUEUES, subscriptions
from shared.events import Event, Scope
from shared.events.uploads import DossierClaimRefused, SendbackClosed
from shared.messaging.consumer import Handled, Outcome, Park, Retry
from tests.review.builders import (
    CANDIDATE,
    CASE,
    DEMO,
    a_dossier,
    a_lock,
    a_registration,
    a_returned_case,
    a_site_reviewer,
    a_waiting_case,
)
from tests.review.conftest import Review
from tests.support.envelopes import a_revocation, delivered, enveloped

WANG = a_site_reviewer()


async def deliver(
    review: Review, event: Event, sequence: int = 1, policy: str | None = DEMO.version
) -> Outcome:
    """Send an event through the queue that takes it."""
    scope = Scope(registration=CASE, candidate=CANDIDATE, policy=policy)
    envelope = enveloped(event, sequence=sequence, scope=scope)
    return await delivered(subscriptions(review.use_cases), event, envelope)


def test_every_queue_has_its_subscription(review: Review) -> None:
    assert [one.queue for one in subscriptions(review.use_cases)] == list(QUEUES)
    assert all(queue.service == "review" for queue in QUEUES)


async def test_registration_and_dossier_in_any_order_put_the_case_into_the_queue(review: Review) -> None:
    assert await deliver(review, a_dossier(), 3) == Handled()
    assert await deliver(review, a_registration(), 1) == Handled()
    assert await deliver(review, a_dossier(), 3) == Handled()
    assert await deliver(review, a_dossier("draft"), 2) == Handled()

    queue = await review.use_cases.read_queue(WANG, "waiting")
    assert [row.case_id for row in queue.rows] == [CASE]


async def test_a_policy_that_is_not_loaded_yet_is_tried_again(review: Review) -> None:
    assert await deliver(review, a_dossier(), 3, policy="f" * 64) == Retry("retry.1s", 1)


async def test_the_handshake_goes_through_the_queue(review: Review) -> None:
    review.put(a_waiting_case())
    await review.use_cases.claim_case(WANG, CASE)

    assert await deliver(review, a_lock(1), 4) == Handled()
    assert await deliver(review, DossierClaimRefused(hold=1, reason="not-ready"), 5) == Handled()

    case = await review.use_cases.read_case(WANG, CASE)
    assert case.hold is not None
    assert case.hold.state == "locked"


async def test_a_lock_for_a_hold_that_was_never_given_is_parked(review: Review) -> None:
    review.put(a_waiting_case())

    assert await deliver(review, a_lock(7), 4) == Park("failed:StrangeHoldError")


async def test_the_end_of_a_send_back_is_noted(review: Review) -> None:
    case = a_returned_case()
    review.put(case)
    assert case.send_back is not None

    closed = SendbackClosed(sendback_id=case.send_back.id, round=1, outcome="expired")
    assert await deliver(review, closed, 9) == Handled()

    found = await review.use_cases.read_case(WANG, CASE)
    assert found.history[-1].kind == "sendback_expired"


@pytest.mark.parametrize("times", [1, 2])
async def test_revocations_are_remembered(review: Review, times: int) -> None:
    for _ in range(times):
        assert await deliver(review, a_revocation("s9")) == Handled()

    assert list(review.revoked_sessions.revoked) == ["s9"]
