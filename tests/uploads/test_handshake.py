"""The handshake with review, fenced by the hold's number."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.errors import ForeignHoldError, TooEarlyError
from services.uploads.handshake import claim, decide, release, send_back
from services.uploads.model import Dossier, EndedHold, Hold, Verdict
from services.uploads.openness import Closed, reach
from shared.events.review import CaseReleased
from shared.events.uploads import DossierChanged, DossierClaimRefused, DossierLocked
from shared.policy.values import LockOn
from tests.uploads.builders import (
    NOW,
    a_claim,
    a_decision,
    a_dossier,
    a_policy,
    a_sent_back,
    a_submitted_dossier,
    added,
    claimed,
    decided,
    places_of,
    returned,
    rules_of,
)

RULES = rules_of()
MINUTE = timedelta(minutes=1)


def released(hold: int) -> CaseReleased:
    return CaseReleased(hold=hold, cause="released")


def sent_back_again(dossier: Dossier, hold: int) -> object:
    event = a_sent_back(dossier.items, ["diploma.1"], hold=hold)
    return send_back(dossier, RULES, event, places_of(event), NOW)


def test_a_claim_freezes_the_dossier_and_hands_over_the_manifest() -> None:
    step = claim(a_submitted_dossier(RULES), RULES, a_claim(3), NOW, NOW)

    assert step is not None
    assert step.dossier.hold == Hold(3, "site", NOW)
    locked, state = step.events
    assert isinstance(locked, DossierLocked)
    assert (locked.hold, locked.revision) == (3, 3)
    assert [item.image_id for item in locked.items] == ["idp.1", "idp.2", "diploma.1"]
    assert isinstance(state, DossierChanged)
    assert state.hold == 3


def test_the_manifest_s_digest_names_the_pictures_and_nothing_else() -> None:
    dossier = a_submitted_dossier(RULES)
    first, second = claimed(dossier, RULES, 1), claimed(replace(dossier, version=90), RULES, 2)

    one = claim(replace(first, hold=None), RULES, a_claim(1), NOW, NOW)
    other = claim(replace(second, hold=None), RULES, a_claim(2), NOW, NOW)

    assert one is not None
    assert other is not None
    assert isinstance(one.events[0], DossierLocked)
    assert isinstance(other.events[0], DossierLocked)
    assert one.events[0].digest == other.events[0].digest


def test_a_claim_that_has_its_answer_gets_no_second_one() -> None:
    dossier = claimed(a_submitted_dossier(RULES), RULES, 3)

    assert claim(dossier, RULES, a_claim(3), NOW, NOW) is None
    assert claim(dossier, RULES, a_claim(2), NOW, NOW) is None


def test_an_old_claim_after_the_end_of_its_hold_is_let_pass() -> None:
    dossier = replace(a_submitted_dossier(RULES), ended_hold=EndedHold(3, "released"))

    assert claim(dossier, RULES, a_claim(3), NOW, NOW) is None


def test_a_newer_claim_waits_for_the_end_of_the_older_hold() -> None:
    with pytest.raises(TooEarlyError):
        claim(claimed(a_submitted_dossier(RULES), RULES, 3), RULES, a_claim(4), NOW, NOW)


def test_a_claim_waits_a_minute_for_pictures_in_processing_and_is_then_refused() -> None:
    rules = rules_of(a_policy(locks=frozenset()))
    dossier = added(a_submitted_dossier(rules), rules, "extra.1").dossier

    with pytest.raises(TooEarlyError):
        claim(dossier, rules, a_claim(1), NOW, NOW + MINUTE - timedelta(seconds=1))
    step = claim(dossier, rules, a_claim(1), NOW, NOW + MINUTE)

    assert step is not None
    assert step.events == (DossierClaimRefused(hold=1, reason="not-ready"),)
    assert (step.dossier.hold, step.dossier.ended_hold) == (None, EndedHold(1, "refused"))


def test_a_decided_dossier_refuses_a_claim() -> None:
    step = claim(decided(RULES, final=True), RULES, a_claim(2), NOW, NOW)

    assert step is not None
    assert step.events == (DossierClaimRefused(hold=2, reason="closed"),)


def test_a_dossier_that_is_with_the_candidate_refuses_a_claim() -> None:
    for dossier in (returned(RULES, "diploma.1"), replace(a_dossier(), stage="submitted")):
        step = claim(dossier, RULES, a_claim(9), NOW, NOW)

        assert step is not None
        assert step.events[0] == DossierClaimRefused(hold=9, reason="not-ready")
        assert step.dossier.stage in {"returned", "draft"}


def test_a_refused_claim_is_not_answered_twice() -> None:
    step = claim(returned(RULES, "diploma.1"), RULES, a_claim(2), NOW, NOW)

    assert step is not None
    assert claim(step.dossier, RULES, a_claim(2), NOW, NOW) is None
    assert release(step.dossier, RULES, CaseReleased(hold=2, cause="refused")) is None


def test_a_release_ends_the_hold_once() -> None:
    held = claimed(a_submitted_dossier(RULES), RULES, 3)

    step = release(held, RULES, released(3))

    assert step is not None
    assert (step.dossier.hold, step.dossier.ended_hold) == (None, EndedHold(3, "released"))
    assert release(step.dossier, RULES, released(3)) is None


def test_a_late_release_of_a_hold_that_was_overtaken_ends_nothing() -> None:
    held = claimed(a_submitted_dossier(RULES), RULES, 2)

    assert claim(held, RULES, a_claim(1), NOW, NOW) is None
    assert release(held, RULES, released(1)) is None
    with pytest.raises(TooEarlyError):
        release(held, RULES, released(3))


def test_s3_27_a_released_claim_leaves_no_lock_of_its_own() -> None:
    rules = rules_of(a_policy(locks=frozenset({LockOn.REVIEW_CLAIM, LockOn.REVIEW_DECISION})))
    held = claimed(a_submitted_dossier(rules), rules, 1)

    step = release(held, rules, released(1))

    assert step is not None
    assert not isinstance(reach(step.dossier, rules, NOW), Closed)


def test_the_end_of_a_hold_that_has_not_begun_here_waits() -> None:
    dossier = a_submitted_dossier(RULES)

    with pytest.raises(TooEarlyError):
        release(dossier, RULES, released(1))
    with pytest.raises(TooEarlyError):
        decide(dossier, RULES, a_decision(1), NOW)
    with pytest.raises(TooEarlyError):
        sent_back_again(dossier, 1)


def test_a_send_back_ends_the_hold_and_opens_its_places() -> None:
    dossier = returned(RULES, "diploma.1", deadline=NOW + MINUTE)

    assert (dossier.stage, dossier.hold, dossier.ended_hold) == ("returned", None, EndedHold(1, "sent_back"))
    assert dossier.send_back is not None
    assert [place.image_id for place in dossier.send_back.places] == ["diploma.1"]
    assert dossier.verdicts == {
        "idp.1": Verdict("passed", "site"),
        "idp.2": Verdict("passed", "site"),
        "diploma.1": Verdict("returned", "site"),
    }


def test_a_send_back_is_applied_once() -> None:
    assert sent_back_again(returned(RULES, "diploma.1"), 1) is None


def test_a_decision_under_a_hold_that_ended_otherwise_is_a_bug_and_never_ignored() -> None:
    sent = returned(RULES, "diploma.1")
    with pytest.raises(ForeignHoldError):
        decide(sent, RULES, a_decision(1), NOW)

    passed = decided(RULES, final=False)
    with pytest.raises(ForeignHoldError):
        sent_back_again(passed, 1)


def test_a_decision_under_an_older_hold_than_the_live_one_is_a_bug() -> None:
    held = replace(claimed(a_submitted_dossier(RULES), RULES, 3), ended_hold=EndedHold(1, "released"))

    with pytest.raises(ForeignHoldError):
        decide(held, RULES, a_decision(2), NOW)


def test_a_decision_of_the_site_and_of_the_last_level() -> None:
    site, last = decided(RULES, final=False), decided(RULES, final=True, outcome="rejected")

    assert (site.stage, site.site_passed) == ("site_passed", True)
    assert last.stage == "rejected"
    assert decide(last, RULES, a_decision(1, outcome="rejected"), NOW) is None


def test_a_district_s_send_back_lifts_the_site_s_pass() -> None:
    dossier = returned(RULES, "diploma.1", hold=2, dossier=decided(RULES, final=False))

    assert (dossier.stage, dossier.site_passed, dossier.decided) == ("returned", False, False)
