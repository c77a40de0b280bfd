"""Pulling back: the candidate before a claim, staff a send-back that nobody has acted on; more time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.dossier import refuse_image
from services.uploads.due import advanced
from services.uploads.errors import (
    DossierLockedError,
    NothingToWithdrawError,
    TooEarlyError,
    UploadWindowClosedError,
    WithdrawalImpossibleError,
    WithdrawalNotOfferedError,
)
from services.uploads.handshake import claim
from services.uploads.instants import GRACE
from services.uploads.model import Dossier
from services.uploads.openness import OPEN, openness
from services.uploads.sendback_requests import extend_send_back, withdraw_send_back
from services.uploads.submission import submit, withdraw
from shared.events.review import SendbackDeadlineExtended, SendbackWithdrawalRequested
from shared.events.uploads import (
    DossierChanged,
    DossierClaimRefused,
    DossierWithdrawn,
    SendbackClosed,
    SendbackWithdrawalRefused,
)
from shared.policy.office import Window
from shared.policy.values import OnExpiry
from tests.uploads.builders import (
    NOW,
    a_claim,
    a_full_dossier,
    a_policy,
    a_submitted_dossier,
    added,
    an_autosave_policy,
    claimed,
    decided,
    finished,
    returned,
    rules_of,
)

RULES = rules_of(a_policy(withdraw=True))
DAY = timedelta(hours=24)
ASKED = SendbackWithdrawalRequested(hold=1, sendback_id="sb-1")


def test_a_submitted_dossier_is_pulled_back_and_open_again() -> None:
    step = withdraw(a_submitted_dossier(RULES), RULES, NOW)

    fact, state = step.events
    assert fact == DossierWithdrawn(submissions=1, withdrawn_at=NOW)
    assert isinstance(state, DossierChanged)
    assert (state.stage, state.submitted_at) == ("draft", None)
    assert openness(step.dossier, RULES, "diploma", NOW) == OPEN
    assert submit(step.dossier, RULES, NOW).dossier.submissions == 2


def test_a_claim_of_what_was_pulled_back_is_refused() -> None:
    step = claim(withdraw(a_submitted_dossier(RULES), RULES, NOW).dossier, RULES, a_claim(1), NOW, NOW)

    assert step is not None
    assert step.events == (DossierClaimRefused(hold=1, reason="withdrawn"),)


def test_what_a_reviewer_holds_or_has_decided_cannot_be_pulled_back() -> None:
    with pytest.raises(DossierLockedError) as refusal:
        withdraw(claimed(a_submitted_dossier(RULES), RULES), RULES, NOW)
    assert refusal.value.extra["reason"] == "review_in_progress"

    for dossier in (decided(RULES, final=False), decided(RULES, final=True)):
        with pytest.raises(DossierLockedError):
            withdraw(dossier, RULES, NOW)


def test_a_resubmission_cannot_be_pulled_back_or_it_would_open_more_than_was_sent_back() -> None:
    answered = finished(added(returned(RULES, "diploma.1"), RULES, "diploma.2").dossier)

    with pytest.raises(WithdrawalImpossibleError):
        withdraw(submit(answered, RULES, NOW).dossier, RULES, NOW)


def test_only_what_is_submitted_is_pulled_back_and_only_where_the_policy_lets_it() -> None:
    with pytest.raises(NothingToWithdrawError):
        withdraw(a_full_dossier(RULES), RULES, NOW)
    with pytest.raises(WithdrawalNotOfferedError):
        withdraw(a_submitted_dossier(rules_of()), rules_of(), NOW)
    autosaved = rules_of(an_autosave_policy())
    with pytest.raises(WithdrawalNotOfferedError):
        withdraw(a_submitted_dossier(RULES), autosaved, NOW)


def test_after_the_window_nothing_is_pulled_back_as_it_could_not_be_submitted_again() -> None:
    closed = rules_of(a_policy(withdraw=True), Window(close=NOW))

    with pytest.raises(UploadWindowClosedError):
        withdraw(a_submitted_dossier(RULES), closed, NOW)


@pytest.mark.parametrize("stage", ["submitted", "site_passed"])
def test_a_send_back_that_staff_withdraw_was_never_there(stage: str) -> None:
    before = a_submitted_dossier(RULES) if stage == "submitted" else decided(RULES, final=False)
    hold = before.ended_hold.number + 1
    sent = returned(RULES, "diploma.1", dossier=before, hold=hold)

    request = SendbackWithdrawalRequested(hold=hold, sendback_id=f"sb-{hold}")
    step = withdraw_send_back(sent, RULES, request, NOW)

    assert step is not None
    assert step.events[0] == SendbackClosed(sendback_id=f"sb-{hold}", round=hold, outcome="withdrawn")
    after = step.dossier
    assert (after.stage, after.submitted_at) == (before.stage, before.submitted_at)
    assert (after.site_passed, after.decided, after.send_back) == (before.site_passed, before.decided, None)
    assert withdraw_send_back(after, RULES, request, NOW) is None


def test_once_the_candidate_has_acted_a_send_back_is_withdrawn_no_more() -> None:
    sent = added(returned(RULES, "diploma.1"), RULES, "diploma.2").dossier

    step = withdraw_send_back(sent, RULES, ASKED, NOW)

    assert step is not None
    assert step.events == (SendbackWithdrawalRefused(sendback_id="sb-1", round=1),)
    assert step.dossier == replace(sent, version=sent.version + 1)


def test_a_request_that_overtakes_its_send_back_waits() -> None:
    held = claimed(a_submitted_dossier(RULES), RULES)

    with pytest.raises(TooEarlyError):
        withdraw_send_back(held, RULES, ASKED, NOW)
    with pytest.raises(TooEarlyError):
        extend_send_back(held, RULES, extended(2 * DAY), NOW)


def extended(by: timedelta) -> SendbackDeadlineExtended:
    return SendbackDeadlineExtended(hold=1, sendback_id="sb-1", deadline=NOW + by)


def expired(on_expiry: OnExpiry) -> Dossier:
    """Return a dossier whose send-back time has ended."""
    rules = rules_of(a_policy(on_expiry=on_expiry))
    step = advanced(returned(rules, "diploma.1", deadline=NOW + DAY), rules, NOW + DAY + GRACE)
    assert step is not None
    return step.dossier


def test_staff_give_an_open_send_back_more_time_and_never_less() -> None:
    sent = returned(RULES, "diploma.1", deadline=NOW + DAY)

    longer = extend_send_back(sent, RULES, extended(2 * DAY), NOW)

    assert longer is not None
    assert longer.dossier.send_back is not None
    assert longer.dossier.send_back.deadline == NOW + 2 * DAY
    assert extend_send_back(longer.dossier, RULES, extended(2 * DAY), NOW) is None
    assert extend_send_back(sent, RULES, extended(timedelta(hours=1)), NOW) is None


@pytest.mark.parametrize("on_expiry", [OnExpiry.LOCK, OnExpiry.ABANDON])
def test_more_time_opens_again_what_time_has_ended(on_expiry: OnExpiry) -> None:
    rules = rules_of(a_policy(on_expiry=on_expiry))

    step = extend_send_back(expired(on_expiry), rules, extended(3 * DAY), NOW + 2 * DAY)

    assert step is not None
    assert (step.dossier.stage, step.dossier.expired, step.dossier.expired_at) == ("returned", None, None)
    assert openness(step.dossier, rules, "diploma", NOW + 2 * DAY) == OPEN
    assert step.dossier.next_due_at == NOW + 3 * DAY + GRACE


def test_a_reviewer_may_take_up_what_expired_under_a_lock_and_then_it_is_not_extended() -> None:
    rules = rules_of(a_policy(on_expiry=OnExpiry.LOCK))
    held = claimed(expired(OnExpiry.LOCK), rules, hold=2)

    assert extend_send_back(held, rules, extended(3 * DAY), NOW) is None
    again = returned(rules, "idp.1", dossier=expired(OnExpiry.LOCK), hold=2)
    assert (again.stage, again.expired, again.rounds) == ("returned", None, 2)


def test_a_second_send_back_that_is_withdrawn_leaves_the_dossier_with_the_reviewers() -> None:
    rules = rules_of(a_policy(on_expiry=OnExpiry.LOCK))
    again = returned(rules, "idp.1", dossier=expired(OnExpiry.LOCK), hold=2)

    step = withdraw_send_back(
        again, rules, SendbackWithdrawalRequested(hold=2, sendback_id="sb-2"), NOW + 2 * DAY
    )

    assert step is not None
    assert (step.dossier.stage, step.dossier.submitted_at) == ("submitted", NOW + DAY)


def test_a_send_back_that_nobody_gave_is_not_withdrawn_although_it_knows_where_the_dossier_stood() -> None:
    rules = rules_of(a_policy(locks=frozenset()), Window(close=NOW + DAY, on_expiry=OnExpiry.LOCK))
    begun = added(a_submitted_dossier(rules), rules, "extra.1").dossier
    refused = refuse_image(begun, rules, "extra.1", "image_damaged", NOW + 2 * DAY)
    assert refused is not None
    opened = refused.dossier.send_back
    assert opened is not None
    assert opened.before is not None

    request = SendbackWithdrawalRequested(hold=0, sendback_id=opened.sendback_id)

    assert withdraw_send_back(refused.dossier, rules, request, NOW + 2 * DAY) is None
