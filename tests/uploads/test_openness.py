"""What is open: policy by policy, instant by instant."""

from datetime import timedelta
from typing import get_args

import pytest

from services.uploads.announcing import refusal_of
from services.uploads.appearance import why_closed
from services.uploads.dossier import remove_image
from services.uploads.due import due
from services.uploads.errors import DossierLockedError
from services.uploads.instants import judged_at
from services.uploads.model import ClosedReason, Dossier, Rules
from services.uploads.openness import OPEN, Closed, Open, item_openness, openness, reach
from services.uploads.submission import submit, withdraw
from services.uploads.use_cases.opening import DossierPage
from shared.errors import ConflictError
from shared.policy.candidate import SubmitSettings
from shared.policy.office import ResultSettings, Window
from shared.policy.values import LockOn, OnExpiry, Release, ReviewLevel, SubmitMode, UnlockScope
from tests.uploads.builders import (
    NOW,
    a_dossier,
    a_full_dossier,
    a_policy,
    a_submitted_dossier,
    added,
    claimed,
    decided,
    returned,
    rules_of,
)

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
RULES = rules_of()
UNRELEASED = ResultSettings(release=dict.fromkeys(ReviewLevel, Release.AFTER_DISTRICT_FINISHED))


def reason(dossier: Dossier, rules: Rules = RULES) -> str | None:
    """Return why a dossier as a whole is closed."""
    whole = reach(dossier, rules, NOW)
    return whole.reason if isinstance(whole, Closed) else None


def items_open(dossier: Dossier, rules: Rules) -> dict[str, bool]:
    """Return which images may be changed."""
    return {
        item.image_id: isinstance(item_openness(dossier, rules, item, NOW), Open) for item in dossier.items
    }


def categories_open(dossier: Dossier, rules: Rules) -> dict[str, bool]:
    """Return which categories may be added to."""
    codes = [category.code for category in rules.policy.categories]
    return {code: isinstance(openness(dossier, rules, code, NOW), Open) for code in codes}


def test_s0_25_a_dossier_that_was_not_submitted_is_open() -> None:
    dossier = a_full_dossier(RULES)

    assert set(items_open(dossier, RULES).values()) == {True}
    assert set(categories_open(dossier, RULES).values()) == {True}


def test_s0_25_a_submitted_dossier_is_locked() -> None:
    dossier = a_submitted_dossier(RULES)

    assert set(items_open(dossier, RULES).values()) == {False}
    assert set(categories_open(dossier, RULES).values()) == {False}
    assert reason(dossier) == "submitted"


@pytest.mark.parametrize("locks", [frozenset[LockOn](), frozenset({LockOn.REVIEW_CLAIM})])
def test_a_hold_closes_under_every_policy(locks: frozenset[LockOn]) -> None:
    rules = rules_of(a_policy(locks=locks))

    assert reason(claimed(a_submitted_dossier(rules), rules), rules) == "review_in_progress"


def test_s0_31_a_send_back_opens_the_whole_upload_function() -> None:
    dossier = returned(RULES, "diploma.1")

    assert set(items_open(dossier, RULES).values()) == {True}
    assert set(categories_open(dossier, RULES).values()) == {True}


def test_a_send_back_by_image_opens_the_returned_one_and_nothing_else() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.IMAGE))
    dossier = returned(rules, "idp.2")

    assert items_open(dossier, rules) == {"idp.1": False, "idp.2": True, "diploma.1": False}
    assert categories_open(dossier, rules) == {"idp": True, "diploma": False, "extra": False}


def test_a_send_back_by_category_opens_the_category_and_no_other() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.CATEGORY))
    dossier = returned(rules, "idp.2")

    assert items_open(dossier, rules) == {"idp.1": True, "idp.2": True, "diploma.1": False}
    assert categories_open(dossier, rules) == {"idp": True, "diploma": False, "extra": False}


def test_s0_32_a_missed_deadline_closes_nothing_where_the_guide_says_nothing() -> None:
    dossier = returned(RULES, "diploma.1", deadline=NOW + DAY)

    assert openness(dossier, RULES, "diploma", NOW + DAY) == OPEN
    assert due(dossier, RULES, NOW + DAY + HOUR).dossier.send_back is not None


def test_a_missed_deadline_closes_where_the_policy_locks() -> None:
    rules = rules_of(a_policy(on_expiry=OnExpiry.LOCK))
    dossier = returned(rules, "diploma.1", deadline=NOW + DAY)

    before = openness(dossier, rules, "diploma", NOW + DAY - timedelta(seconds=1))

    assert before == OPEN
    assert openness(dossier, rules, "diploma", NOW + DAY) == Closed("sendback_expired", NOW + DAY)


def test_the_site_s_pass_keeps_the_dossier_closed() -> None:
    assert reason(decided(RULES, final=False)) == "site_passed"


@pytest.mark.parametrize("outcome", ["passed", "rejected"])
def test_a_final_decision_closes_for_good(outcome: str) -> None:
    assert reason(decided(RULES, final=True, outcome=outcome)) == "decided"


@pytest.mark.parametrize(
    ("final", "outcome"), [(False, "passed"), (True, "passed"), (True, "rejected")], ids=str
)
def test_nothing_closed_gives_an_unreleased_result_away(final: bool, outcome: str) -> None:
    rules = rules_of(a_policy(result=UNRELEASED, withdraw=True))
    before = a_submitted_dossier(rules)
    after = decided(rules, final=final, outcome=outcome, dossier=before)

    assert after.stage != before.stage
    assert what_is_told(after, rules) == what_is_told(before, rules)
    assert "上报完成，内容已锁定，不能修改" in what_is_told(after, rules)


def what_is_told(dossier: Dossier, rules: Rules) -> set[str | None]:
    """Return the words of the closed categories on the page, and of what commands are refused with."""
    page = DossierPage(dossier, rules, {}, NOW)
    told = {why_closed(page, category) for category in rules.policy.categories}
    for command in (
        lambda: added(dossier, rules, "diploma.2"),
        lambda: added(dossier, rules, "diploma.2", replaces="diploma.1"),
        lambda: remove_image(dossier, rules, "diploma.1", NOW),
        lambda: submit(dossier, rules, NOW),
    ):
        with pytest.raises(ConflictError) as refused:
            command()
        told.add(f"{refused.value.detail} {sorted(refused.value.extra.items())}")
    return told


def test_a_withdrawal_is_refused_without_giving_an_unreleased_result_away() -> None:
    rules = rules_of(a_policy(result=UNRELEASED, withdraw=True))

    with pytest.raises(DossierLockedError) as refused:
        withdraw(decided(rules, final=True), rules, NOW)
    assert refused.value.extra["reason"] == "submitted"


def test_the_window_opens_and_closes_by_itself() -> None:
    rules = rules_of(window=Window(open=NOW, close=NOW + HOUR))
    dossier = a_dossier()

    assert openness(dossier, rules, "diploma", NOW - HOUR) == Closed("not_open_yet", NOW)
    assert openness(dossier, rules, "diploma", NOW) == OPEN
    assert openness(dossier, rules, "diploma", NOW + HOUR) == Closed("window_closed", NOW + HOUR)


def test_a_send_back_opens_after_the_window_too() -> None:
    rules = rules_of(window=Window(close=NOW + HOUR))
    dossier = returned(rules, "diploma.1")

    assert openness(dossier, rules, "diploma", NOW + DAY) == OPEN


def test_a_window_counted_from_the_first_entry() -> None:
    rules = rules_of(window=Window(duration=DAY))

    assert openness(a_dossier(), rules, "diploma", NOW + DAY) == Closed("window_closed", NOW + DAY)


def test_lock_on_upload_closes_the_image_and_leaves_the_category_open() -> None:
    rules = rules_of(a_policy(locks=frozenset({LockOn.UPLOAD})))
    dossier = a_full_dossier(rules)

    assert set(items_open(dossier, rules).values()) == {False}
    assert categories_open(dossier, rules)["diploma"]


def test_an_upload_is_judged_by_its_beginning_for_a_minute() -> None:
    assert judged_at(NOW, NOW + timedelta(seconds=59)) == NOW
    assert judged_at(NOW, NOW + timedelta(seconds=61)) == NOW + timedelta(seconds=61)


def test_every_reason_has_words_for_the_candidate() -> None:
    errors = [
        refusal_of(Closed(reason, NOW), RULES)
        for reason in (
            "submitted",
            "review_in_progress",
            "site_passed",
            "decided",
            "window_closed",
            "not_open_yet",
            "sendback_expired",
        )
    ]

    assert [error.code for error in errors] == [
        "dossier_locked",
        "dossier_locked",
        "dossier_locked",
        "dossier_locked",
        "upload_window_closed",
        "upload_not_open_yet",
        "dossier_locked",
    ]
    assert errors[4].detail == "上传已于3月12日 14:00结束"


@pytest.mark.parametrize("mode", SubmitMode)
def test_every_reason_has_words_under_either_mode_and_only_a_submission_is_called_one(
    mode: SubmitMode,
) -> None:
    rules = rules_of(RULES.policy.model_copy(update={"submit": SubmitSettings(mode=mode)}))

    words = {reason: refusal_of(Closed(reason, NOW), rules).detail for reason in get_args(ClosedReason)}

    assert all(words.values())
    assert [reason for reason, text in words.items() if text and "上报" in text] == (
        ["submitted"] if mode is SubmitMode.EXPLICIT else []
    )


@pytest.mark.parametrize("mode", SubmitMode)
def test_a_neighbour_of_what_was_returned_says_that_it_was_not(mode: SubmitMode) -> None:
    policy = a_policy(scope=UnlockScope.IMAGE)
    rules = rules_of(policy.model_copy(update={"submit": SubmitSettings(mode=mode)}))
    dossier = returned(rules_of(policy), "diploma.1")

    with pytest.raises(DossierLockedError) as refused:
        remove_image(dossier, rules, "idp.1", NOW)

    assert refused.value.detail == "这一项没有被退回，保持锁定，不能修改"


def test_a_picture_that_is_locked_on_upload_says_so() -> None:
    rules = rules_of(a_policy(locks=frozenset({LockOn.UPLOAD})))

    with pytest.raises(DossierLockedError) as refused:
        remove_image(a_full_dossier(rules), rules, "diploma.1", NOW)

    assert refused.value.detail == "图片上传后即锁定，不能修改"
