"""Putting forward, and what time alone brings about."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.dossier import remove_image
from services.uploads.due import due
from services.uploads.errors import (
    DossierIncompleteError,
    DossierLockedError,
    NothingToSubmitError,
    SendbackUnansweredError,
    StillProcessingError,
)
from services.uploads.instants import GRACE
from services.uploads.model import Receipt
from services.uploads.submission import submit
from shared.events.uploads import DossierChanged, DossierSubmitted, ImageReceived, SendbackClosed
from shared.policy.candidate import SubmitSettings
from shared.policy.values import OnExpiry, SubmitMode, UnlockScope
from tests.uploads.builders import (
    NOW,
    a_dossier,
    a_full_dossier,
    a_policy,
    a_submitted_dossier,
    added,
    claimed,
    finished,
    returned,
    rules_of,
    with_images,
)

RULES = rules_of()
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


def test_s0_22_a_complete_dossier_is_submitted_and_locked_with_a_receipt() -> None:
    dossier = a_full_dossier(RULES)

    step = submit(dossier, RULES, NOW)

    receipt = step.dossier.receipt
    assert receipt is not None
    assert receipt == Receipt(number=receipt.number, submitted_at=NOW, images=3, revision=3)
    assert receipt.number.startswith("R")
    assert step.dossier.stage == "submitted"
    assert step.events == (
        DossierSubmitted(revision=3, submissions=1, image_count=3, submitted_at=NOW),
        DossierChanged(
            stage="submitted",
            revision=3,
            image_count=3,
            complete=True,
            submitted_at=NOW,
            submissions=1,
            hold=None,
            send_back=None,
        ),
    )


def test_the_same_submission_always_has_the_same_number() -> None:
    dossier = a_full_dossier(RULES)

    once, again = submit(dossier, RULES, NOW), submit(dossier, RULES, NOW + DAY)

    assert once.dossier.receipt is not None
    assert again.dossier.receipt is not None
    assert once.dossier.receipt.number == again.dossier.receipt.number


def test_a_submitted_dossier_is_not_submitted_again() -> None:
    with pytest.raises(DossierLockedError):
        submit(a_submitted_dossier(RULES), RULES, NOW)


def test_s0_33_an_incomplete_dossier_is_refused_and_says_what_is_missing() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1")

    with pytest.raises(DossierIncompleteError) as refusal:
        submit(dossier, RULES, NOW)

    assert refusal.value.extra["missing"] == [
        {"code": "idp", "name": "身份证明", "present": 1, "needed": 2, "any_of": ()},
        {"code": "diploma", "name": "毕业证书", "present": 0, "needed": 1, "any_of": ()},
    ]


def test_an_empty_dossier_cannot_be_submitted() -> None:
    with pytest.raises(NothingToSubmitError):
        submit(a_dossier(), RULES, NOW)


def test_a_dossier_with_pictures_in_processing_waits() -> None:
    dossier = added(a_full_dossier(RULES), RULES, "extra.1").dossier

    with pytest.raises(StillProcessingError):
        submit(dossier, RULES, NOW)


def test_an_autosaved_dossier_needs_no_submission() -> None:
    policy = a_policy().model_copy(update={"submit": SubmitSettings(mode=SubmitMode.AUTOSAVE)})
    rules = rules_of(policy)

    with pytest.raises(NothingToSubmitError):
        submit(a_full_dossier(rules), rules, NOW)


@pytest.mark.parametrize("scope", list(UnlockScope))
def test_a_send_back_must_be_answered_before_the_dossier_is_submitted_again(scope: UnlockScope) -> None:
    rules = rules_of(a_policy(scope=scope))
    dossier = returned(rules, "diploma.1")

    with pytest.raises(SendbackUnansweredError) as refusal:
        submit(dossier, rules, NOW)

    assert refusal.value.extra["items"] == [{"category": "diploma", "slot": None, "image_id": "diploma.1"}]


@pytest.mark.parametrize("scope", list(UnlockScope))
def test_s0_29_an_answered_send_back_is_closed_by_submitting_again(scope: UnlockScope) -> None:
    rules = rules_of(a_policy(scope=scope))
    dossier = finished(added(returned(rules, "diploma.1"), rules, "diploma.2").dossier)

    step = submit(dossier, rules, NOW)

    assert [type(event) for event in step.events] == [DossierSubmitted, SendbackClosed, DossierChanged]
    assert step.events[1] == SendbackClosed(sendback_id="sb-1", round=1, outcome="answered")
    assert (step.dossier.send_back, step.dossier.submissions) == (None, 2)


def test_a_returned_picture_that_nobody_needs_may_simply_be_taken_out() -> None:
    rules = rules_of()
    dossier = with_images(a_full_dossier(rules), rules, "extra.1")
    sent = returned(rules, "extra.1", dossier=submit(dossier, rules, NOW).dossier)

    step = submit(remove_image(sent, rules, "extra.1", NOW).dossier, rules, NOW)

    assert step.dossier.stage == "submitted"


def test_a_missed_deadline_ends_the_send_back_once() -> None:
    rules = rules_of(a_policy(on_expiry=OnExpiry.LOCK))
    dossier = returned(rules, "diploma.1", deadline=NOW + DAY)
    assert dossier.next_due_at == NOW + DAY + GRACE

    step = due(dossier, rules, NOW + DAY + GRACE)
    again = due(step.dossier, rules, NOW + DAY + GRACE)

    assert [type(event) for event in step.events] == [SendbackClosed, DossierChanged]
    assert step.events[0] == SendbackClosed(sendback_id="sb-1", round=1, outcome="expired")
    assert step.dossier.next_due_at is None
    assert again.events == ()


def test_an_image_nobody_finishes_is_put_to_the_workers_again_more_and_more_rarely() -> None:
    dossier = added(a_dossier(), RULES, "diploma.1").dossier

    first = due(dossier, RULES, NOW + MINUTE)
    second = due(first.dossier, RULES, NOW + 2 * MINUTE)

    event = ImageReceived(image_id="diploma.1", category="diploma", slot=None)
    assert (first.events, first.dossier.next_due_at) == ((event,), NOW + 2 * MINUTE)
    assert (second.events, second.dossier.next_due_at) == ((event,), NOW + 4 * MINUTE)


def test_a_dossier_with_nothing_due_is_not_looked_at_again() -> None:
    step = due(a_full_dossier(RULES), RULES, NOW + MINUTE)

    assert (step.events, step.dossier.next_due_at) == ((), None)


def test_the_receipt_of_before_stays_while_a_send_back_is_open() -> None:
    before = a_submitted_dossier(RULES)

    dossier = returned(RULES, "diploma.1", dossier=before)

    assert dossier.receipt == before.receipt
    assert dossier.submitted_at is None


def test_a_held_dossier_cannot_be_submitted() -> None:
    dossier = replace(claimed(a_submitted_dossier(RULES), RULES), submitted_at=None)

    with pytest.raises(DossierLockedError) as refusal:
        submit(dossier, RULES, NOW)

    assert refusal.value.extra["reason"] == "review_in_progress"
