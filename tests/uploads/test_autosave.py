"""Autosaving: put forward without a submission, taken back before a claim, answered by quiet time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.uploads.autosave import autosaved, quiet_at
from services.uploads.confirmation import confirm, hold_back
from services.uploads.dossier import refuse_image, remove_image
from services.uploads.due import advanced, due
from services.uploads.errors import (
    ConfirmationMissingError,
    DossierIncompleteError,
    DossierLockedError,
    NothingToSubmitError,
    SendbackUnansweredError,
    StillProcessingError,
)
from services.uploads.handshake import claim
from services.uploads.instants import GRACE
from services.uploads.model import Awaits, Dossier, Rules
from services.uploads.submission import answer_send_back, submit
from shared.events.uploads import DossierChanged, DossierClaimRefused, DossierLocked, SendbackClosed
from shared.policy.office import Window
from shared.policy.values import LockOn, OnExpiry, OpenWhen
from tests.uploads.builders import (
    MADE,
    NOW,
    a_claim,
    a_dossier,
    a_full_dossier,
    added,
    an_autosave_policy,
    claimed,
    finished,
    returned,
    rules_of,
    with_images,
)

ANY = rules_of(an_autosave_policy())
COMPLETE = rules_of(an_autosave_policy(OpenWhen.REQUIRED_COMPLETE))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


def stands(dossier: Dossier, rules: Rules, now: datetime = NOW) -> Dossier:
    """Return the dossier where it stands by an instant."""
    step = advanced(dossier, rules, now)
    return step.dossier if step else dossier


def forward(rules: Rules = ANY, *names: str) -> Dossier:
    """Return a dossier that has gone forward by itself."""
    dossier = with_images(a_dossier(rules.policy), rules, *names) if names else a_full_dossier(rules)
    return stands(dossier, rules)


def sent_back(rules: Rules = ANY, *names: str, deadline: datetime | None = None) -> Dossier:
    """Return an autosaved dossier of which a reviewer has sent pictures back."""
    return returned(rules, *(names or ("diploma.1",)), deadline=deadline, dossier=forward(rules))


def test_s3_12_one_finished_picture_puts_the_dossier_forward_without_a_submission() -> None:
    processing = added(a_dossier(ANY.policy), ANY, "diploma.1").dossier
    ready = finished(processing)

    step = advanced(ready, ANY, NOW + MINUTE)

    assert advanced(processing, ANY, NOW) is None
    assert step is not None
    assert (step.dossier.stage, step.dossier.submitted_at) == ("submitted", NOW + MINUTE)
    assert [type(event) for event in step.events] == [DossierChanged]
    assert advanced(step.dossier, ANY, NOW + MINUTE) is None


def test_a_dossier_waits_until_its_last_picture_is_finished() -> None:
    dossier = added(with_images(a_dossier(ANY.policy), ANY, "diploma.1"), ANY, "diploma.2").dossier

    assert stands(dossier, ANY).stage == "draft"
    assert stands(finished(dossier), ANY).stage == "submitted"


def test_a_picture_that_waits_for_the_candidate_s_word_does_not_count() -> None:
    processing = added(a_dossier(ANY.policy), ANY, "diploma.1").dossier
    waiting = hold_back(processing, ANY, "diploma.1", MADE, Awaits.SHRUNK)
    assert waiting is not None

    confirmed = confirm(waiting.dossier, ANY, "diploma.1", NOW)

    assert stands(waiting.dossier, ANY).stage == "draft"
    assert confirmed is not None
    assert confirmed.dossier.stage == "submitted"


def test_where_all_required_papers_are_wanted_the_last_of_them_puts_it_forward() -> None:
    dossier = with_images(a_dossier(COMPLETE.policy), COMPLETE, "idp.1", "idp.2")

    assert stands(dossier, COMPLETE).stage == "draft"
    assert stands(with_images(dossier, COMPLETE, "diploma.1"), COMPLETE).stage == "submitted"


def test_where_the_window_has_to_close_nothing_goes_forward_before_and_late_arrivals_come_with_it() -> None:
    rules = rules_of(an_autosave_policy(OpenWhen.WINDOW_CLOSED), Window(close=NOW + DAY))
    dossier = a_full_dossier(rules)

    assert due(dossier, rules, NOW).dossier.next_due_at == NOW + DAY + GRACE
    assert stands(dossier, rules, NOW + DAY).stage == "draft"
    assert stands(dossier, rules, NOW + DAY + GRACE).stage == "submitted"


def test_a_window_that_is_extended_takes_back_what_its_end_has_put_forward() -> None:
    policy = an_autosave_policy(OpenWhen.WINDOW_CLOSED)
    closed = rules_of(policy, Window(close=NOW - HOUR))
    extended = rules_of(policy, Window(close=NOW + HOUR))
    dossier = stands(a_full_dossier(rules_of(policy)), closed)

    assert dossier.stage == "submitted"
    assert stands(dossier, extended).stage == "draft"


def test_s1_14_nothing_goes_forward_before_the_review_begins() -> None:
    rules = rules_of(an_autosave_policy(), review_starts_at=NOW + DAY)
    dossier = a_full_dossier(rules)

    assert stands(dossier, rules).stage == "draft"
    assert due(dossier, rules, NOW).dossier.next_due_at == NOW + DAY
    assert stands(dossier, rules, NOW + DAY).stage == "submitted"


def test_s3_27_until_a_claim_everything_may_be_changed_at_any_time() -> None:
    dossier = forward()

    changed = added(dossier, ANY, "diploma.2", replaces="diploma.1").dossier

    assert changed.stage == "submitted"
    assert {item.image_id for item in changed.items} == {"idp.1", "idp.2", "diploma.2"}


def test_a_dossier_without_its_last_picture_is_taken_back_in_the_same_step() -> None:
    step = remove_image(forward(ANY, "diploma.1"), ANY, "diploma.1", NOW)

    assert (step.dossier.stage, step.dossier.submitted_at) == ("draft", None)
    state = step.events[-1]
    assert isinstance(state, DossierChanged)
    assert state.stage == "draft"


def test_a_required_paper_that_is_removed_takes_the_dossier_back_and_a_replaced_one_does_not() -> None:
    dossier = forward(COMPLETE)

    assert remove_image(dossier, COMPLETE, "diploma.1", NOW).dossier.stage == "draft"
    replaced = added(dossier, COMPLETE, "diploma.2", replaces="diploma.1").dossier
    refused = refuse_image(replaced, COMPLETE, "diploma.2", "image_damaged", NOW)
    assert replaced.stage == "submitted"
    assert refused is not None
    assert refused.dossier.stage == "draft"


def test_a_claim_that_comes_too_late_is_refused_and_takes_the_dossier_back() -> None:
    step = claim(replace(forward(), items=()), ANY, a_claim(1), NOW, NOW)
    assert step is not None
    assert step.events[0] == DossierClaimRefused(hold=1, reason="not-ready")
    assert step.dossier.stage == "draft"

    incomplete = remove_image(forward(COMPLETE), COMPLETE, "idp.1", NOW).dossier
    late = claim(incomplete, COMPLETE, a_claim(1), NOW, NOW)
    assert late is not None
    assert late.events == (DossierClaimRefused(hold=1, reason="withdrawn"),)


def test_a_hold_freezes_an_autosaved_dossier_like_any_other() -> None:
    held = claimed(forward(), ANY)

    assert autosaved(replace(held, items=()), ANY, NOW).stage == "submitted"
    with pytest.raises(DossierLockedError):
        added(held, ANY, "extra.1")


def test_an_autosaved_dossier_knows_no_submission() -> None:
    with pytest.raises(NothingToSubmitError):
        submit(forward(), ANY, NOW)
    with pytest.raises(NothingToSubmitError):
        submit(sent_back(), ANY, NOW)


def test_a_send_back_counts_as_answered_after_two_quiet_minutes() -> None:
    replaced = added(sent_back(), ANY, "diploma.2", now=NOW + MINUTE).dossier
    dossier = finished(replaced)

    step = advanced(dossier, ANY, NOW + 3 * MINUTE)

    assert quiet_at(dossier, ANY) == NOW + 3 * MINUTE
    assert due(dossier, ANY, NOW + 2 * MINUTE).dossier.next_due_at == NOW + 3 * MINUTE
    assert advanced(dossier, ANY, NOW + 3 * MINUTE - timedelta(seconds=1)) is None
    assert step is not None
    assert (step.dossier.stage, step.dossier.send_back) == ("submitted", None)
    assert step.events[0] == SendbackClosed(sendback_id="sb-1", round=1, outcome="answered")


def test_every_further_change_begins_the_quiet_time_anew() -> None:
    rules = rules_of(an_autosave_policy())
    both = sent_back(rules, "diploma.1", "idp.1")
    dossier = added(both, rules, "diploma.2", now=NOW + MINUTE).dossier
    assert quiet_at(dossier, rules) is None

    dossier = added(dossier, rules, "idp.3", now=NOW + 2 * MINUTE).dossier
    again = added(dossier, rules, "idp.4", replaces="idp.3", now=NOW + 3 * MINUTE).dossier

    assert quiet_at(finished(dossier), rules) == NOW + 4 * MINUTE
    assert quiet_at(finished(again), rules) == NOW + 5 * MINUTE


def test_an_answer_that_is_still_being_processed_is_waited_for() -> None:
    dossier = added(sent_back(), ANY, "diploma.2").dossier

    assert advanced(dossier, ANY, NOW + HOUR) is None
    assert stands(finished(dossier), ANY, NOW + HOUR).stage == "submitted"


def test_an_unanswered_send_back_is_never_closed_by_quiet() -> None:
    dossier = sent_back(ANY, "diploma.1", "idp.1")
    half = finished(added(dossier, ANY, "diploma.2").dossier)

    assert advanced(dossier, ANY, NOW + DAY) is None
    assert advanced(half, ANY, NOW + DAY) is None


def test_the_button_answers_at_once() -> None:
    dossier = finished(added(sent_back(), ANY, "diploma.2").dossier)

    step = answer_send_back(dossier, ANY, NOW)

    assert (step.dossier.stage, step.dossier.submitted_at) == ("submitted", NOW)
    assert [type(event) for event in step.events] == [SendbackClosed, DossierChanged]


def test_the_button_says_what_is_still_missing() -> None:
    replaced = added(sent_back(), ANY, "diploma.2").dossier
    waiting = hold_back(replaced, ANY, "diploma.2", MADE, Awaits.SAME_SHOT)
    assert waiting is not None

    with pytest.raises(SendbackUnansweredError):
        answer_send_back(sent_back(), ANY, NOW)
    with pytest.raises(StillProcessingError):
        answer_send_back(replaced, ANY, NOW)
    with pytest.raises(ConfirmationMissingError):
        answer_send_back(waiting.dossier, ANY, NOW)
    with pytest.raises(NothingToSubmitError):
        answer_send_back(forward(), ANY, NOW)
    with pytest.raises(DossierLockedError):
        answer_send_back(claimed(forward(), ANY), ANY, NOW)


def test_an_answer_that_leaves_a_required_paper_out_is_none_where_all_are_wanted() -> None:
    rules = rules_of(an_autosave_policy(OpenWhen.REQUIRED_COMPLETE))
    sent = returned(rules, "diploma.1", dossier=stands(a_full_dossier(rules), rules))
    answered = finished(added(sent, rules, "diploma.2").dossier)
    lacking = replace(answered, items=answered.items[1:])

    assert quiet_at(lacking, rules) is None
    with pytest.raises(DossierIncompleteError):
        answer_send_back(lacking, rules, NOW)


def test_what_came_before_the_deadline_is_answered_at_the_deadline_and_not_missed() -> None:
    rules = rules_of(an_autosave_policy(on_expiry=OnExpiry.LOCK))
    sent = sent_back(rules, deadline=NOW + DAY)
    last_second = NOW + DAY - timedelta(seconds=1)
    dossier = finished(added(sent, rules, "diploma.2", now=last_second).dossier)

    step = advanced(dossier, rules, NOW + DAY + GRACE)

    assert advanced(dossier, rules, NOW + DAY) is None
    assert step is not None
    assert step.events[0] == SendbackClosed(sendback_id="sb-1", round=1, outcome="answered")


def test_an_answered_dossier_that_is_emptied_again_goes_back_and_forward_with_its_round() -> None:
    dossier = finished(added(sent_back(), ANY, "diploma.2").dossier)
    answered = answer_send_back(dossier, ANY, NOW).dossier
    rules = rules_of(an_autosave_policy(OpenWhen.REQUIRED_COMPLETE))

    removed = remove_image(answered, rules, "diploma.2", NOW).dossier
    again = stands(with_images(removed, rules, "diploma.3"), rules)

    assert (removed.stage, removed.rounds) == ("draft", 1)
    assert (again.stage, again.submissions) == ("submitted", answered.submissions + 1)


def test_under_a_lock_on_submission_what_goes_forward_is_locked() -> None:
    rules = rules_of(an_autosave_policy(locks=frozenset({LockOn.SUBMIT})))

    with pytest.raises(DossierLockedError):
        added(forward(rules), rules, "extra.1")


def test_s3_a_claim_of_what_went_forward_gets_its_manifest() -> None:
    step = claim(forward(), ANY, a_claim(1), NOW, NOW)

    assert step is not None
    assert isinstance(step.events[0], DossierLocked)
    assert [item.image_id for item in step.events[0].items] == ["idp.1", "idp.2", "diploma.1"]
