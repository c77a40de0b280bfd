"""`lock.on`, each occasion alone and as the five guides combine them; what a send-back unlocks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.handshake import release
from services.uploads.model import Dossier, Rules
from services.uploads.openness import Open, item_openness, openness
from services.uploads.submission import answer_send_back
from shared.events.review import CaseReleased
from shared.policy.office import Window
from shared.policy.values import LockOn, OnExpiry, UnlockScope
from tests.uploads.builders import (
    NOW,
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

CLOSES = NOW + timedelta(days=10)
AFTER = CLOSES + timedelta(hours=1)


def released(rules: Rules) -> Dossier:
    """Return a dossier whose claim has ended without a decision."""
    step = release(claimed(a_submitted_dossier(rules), rules), rules, CaseReleased(hold=1, cause="expired"))
    assert step is not None
    return step.dossier


STATES: dict[str, Callable[[Rules], Dossier]] = {
    "draft": a_full_dossier,
    "submitted": a_submitted_dossier,
    "held": lambda rules: claimed(a_submitted_dossier(rules), rules),
    "released": released,
    "site_passed": lambda rules: decided(rules, final=False),
}


def is_open(dossier: Dossier, rules: Rules, *, late: bool = False) -> str:
    """Return `+` where a picture may be added and `~` where one may be changed; else nothing."""
    now = AFTER if late else NOW
    adds = isinstance(openness(dossier, rules, "extra", now), Open)
    changes = any(isinstance(item_openness(dossier, rules, item, now), Open) for item in dossier.items)
    return ("+" if adds else "") + ("~" if changes else "")


# In the order of STATES, then the draft after the window's end.
ALONE = {
    None: ("+~", "+~", "", "+~", "+~", "+~"),
    LockOn.UPLOAD: ("+", "+", "", "+", "+", "+"),
    LockOn.SUBMIT: ("+~", "", "", "", "", "+~"),
    LockOn.REVIEW_CLAIM: ("+~", "+~", "", "+~", "+~", "+~"),
    LockOn.REVIEW_DECISION: ("+~", "+~", "", "+~", "", "+~"),
    LockOn.SITE_PASS: ("+~", "+~", "", "+~", "", "+~"),
    LockOn.WINDOW_END: ("+~", "+~", "", "+~", "+~", ""),
}
CLAIM_AND_DECISION = frozenset({LockOn.REVIEW_CLAIM, LockOn.REVIEW_DECISION})
GUIDES = {
    "S0": (frozenset({LockOn.SUBMIT}), ("+~", "", "", "", "", "+~")),
    "S1": (frozenset({LockOn.REVIEW_CLAIM, LockOn.SITE_PASS}), ("+~", "+~", "", "+~", "", "+~")),
    "S2": (frozenset({LockOn.SUBMIT}), ("+~", "", "", "", "", "+~")),
    "S3": (CLAIM_AND_DECISION, ("+~", "+~", "", "+~", "", "+~")),
    "S4": (CLAIM_AND_DECISION, ("+~", "+~", "", "+~", "", "+~")),
}


def observed(locks: frozenset[LockOn]) -> tuple[str, ...]:
    """Return what is open in every state, where the window's end as such closes nothing."""
    rules = rules_of(a_policy(locks=locks), Window(close=CLOSES, on_expiry=OnExpiry.NONE))
    states = [is_open(build(rules), rules) for build in STATES.values()]
    return (*states, is_open(a_full_dossier(rules), rules, late=True))


@pytest.mark.parametrize("lock", ALONE)
def test_each_occasion_locks_by_itself_and_a_claim_under_every_policy(lock: LockOn | None) -> None:
    assert observed(frozenset() if lock is None else frozenset({lock})) == ALONE[lock]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guides_lock_as_they_say(guide: str) -> None:
    locks, expected = GUIDES[guide]

    assert observed(locks) == expected


@pytest.mark.parametrize("guide", GUIDES)
def test_every_lock_of_a_set_locks_no_less_than_alone(guide: str) -> None:
    locks, expected = GUIDES[guide]

    for lock in locks:
        for alone, together in zip(ALONE[lock], expected, strict=True):
            assert set(together) <= set(alone)


def test_s3_11_and_s3_27_a_claim_locks_and_its_end_without_a_decision_unlocks() -> None:
    rules = rules_of(an_autosave_policy())
    dossier = a_submitted_dossier(rules_of(a_policy()))

    assert is_open(claimed(dossier, rules), rules) == ""
    assert is_open(released(rules_of(a_policy(locks=CLAIM_AND_DECISION))), rules) == "+~"


def test_s4_08_what_is_reviewed_is_locked_and_so_is_what_is_being_reviewed() -> None:
    rules = rules_of(a_policy(locks=CLAIM_AND_DECISION))

    assert is_open(STATES["held"](rules), rules) == is_open(STATES["site_passed"](rules), rules) == ""


def test_s1_16_the_site_s_pass_locks_the_materials() -> None:
    rules = rules_of(a_policy(locks=frozenset({LockOn.REVIEW_CLAIM, LockOn.SITE_PASS})))

    assert is_open(decided(rules, final=False), rules) == ""


def opened_by(
    scope: UnlockScope, *, after_window: bool = True, late: bool = False
) -> tuple[set[str], set[str]]:
    """Return the pictures that may be changed and the categories that may be added to."""
    policy = a_policy(scope=scope)
    unlock = policy.unlock.model_copy(update={"after_window": after_window})
    rules = rules_of(policy.model_copy(update={"unlock": unlock}), Window(close=CLOSES))
    dossier = returned(rules, "idp.2")
    now = AFTER if late else NOW
    items = {i.image_id for i in dossier.items if isinstance(item_openness(dossier, rules, i, now), Open)}
    codes = {
        c.code for c in rules.policy.categories if isinstance(openness(dossier, rules, c.code, now), Open)
    }
    return items, codes


@pytest.mark.parametrize("late", [False, True])
def test_a_send_back_unlocks_what_its_scope_says_also_after_the_window(*, late: bool) -> None:
    everything = {"idp.1", "idp.2", "diploma.1"}

    # S0-31, S4-09, S3: the whole upload function, the concerned material, the picture without a tick.
    assert opened_by(UnlockScope.DOSSIER, late=late) == (everything, {"idp", "diploma", "extra"})
    assert opened_by(UnlockScope.CATEGORY, late=late) == ({"idp.1", "idp.2"}, {"idp"})
    assert opened_by(UnlockScope.IMAGE, late=late) == ({"idp.2"}, {"idp"})


@pytest.mark.parametrize("scope", list(UnlockScope))
def test_where_nothing_opens_after_the_window_a_send_back_ends_with_it(scope: UnlockScope) -> None:
    assert opened_by(scope, after_window=False)[0]
    assert opened_by(scope, after_window=False, late=True) == (set(), set())


def test_s3_20_a_ticked_picture_stays_locked_and_a_new_one_is_open_until_the_next_claim() -> None:
    rules = rules_of(an_autosave_policy())
    sent = returned(rules, "diploma.1", dossier=a_submitted_dossier(rules_of(a_policy())))
    answered = answer_send_back(finished(added(sent, rules, "diploma.2").dossier), rules, NOW).dossier

    items = {i.image_id: isinstance(item_openness(answered, rules, i, NOW), Open) for i in answered.items}

    assert items == {"idp.1": False, "idp.2": False, "diploma.2": True}


def test_a_picture_that_the_reviewer_did_not_judge_stays_closed_while_another_is_sent_back() -> None:
    rules = rules_of(an_autosave_policy())
    dossier = returned(rules, "diploma.1", dossier=a_submitted_dossier(rules_of(a_policy())))
    unjudged = {key: verdict for key, verdict in dossier.verdicts.items() if key != "idp.1"}

    state = item_openness(replace(dossier, verdicts=unjudged), rules, dossier.items[0], NOW)

    assert not isinstance(state, Open)
