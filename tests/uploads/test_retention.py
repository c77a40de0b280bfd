"""How long things are kept, as a pure function: never before its time, never without two notices."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.uploads.deletion import Cause, without_keys
from services.uploads.model import DeadVersion, DeathCause, Dossier, Item
from services.uploads.retention import (
    Notice,
    Purge,
    due_step,
    erasures_due,
    objects_of,
    purge_time,
    term_of,
)
from shared.policy.model import Policy
from shared.policy.retention import RetentionSettings
from shared.policy.values import CarryOver, Validity
from tests.uploads.builders import NOW, SMALL, a_dossier, a_full_dossier, decided, returned, rules_of

DAY = timedelta(days=1)
SETTINGS = RetentionSettings()
RULES = rules_of()


def a_kept_dossier(stage: str = "draft") -> Dossier:
    """Return a full dossier in a stage."""
    match stage:
        case "passed" | "rejected":
            return decided(RULES, final=True, outcome=stage)
        case "returned":
            return returned(RULES, "diploma.1")
        case _:
            return a_full_dossier(RULES)


@pytest.mark.parametrize(
    ("stage", "days"), [("draft", 90), ("returned", 365), ("rejected", 180), ("passed", 1095 + 30)]
)
def test_e6_every_stage_has_its_own_period(stage: str, days: int) -> None:
    assert term_of(a_kept_dossier(stage), SETTINGS).ends_at == NOW + days * DAY


def test_a_draft_s_period_begins_anew_with_every_change() -> None:
    dossier = a_full_dossier(RULES)
    later = replace(dossier.items[-1], received_at=NOW + 5 * DAY)

    moved = replace(dossier, items=(*dossier.items[:-1], later))

    assert term_of(moved, SETTINGS).ends_at == NOW + 95 * DAY


def test_two_notices_come_before_the_purge_at_their_distances() -> None:
    dossier = a_full_dossier(RULES)
    first, second, end = NOW + 60 * DAY, NOW + 83 * DAY, NOW + 90 * DAY

    assert due_step(dossier, SETTINGS, first - DAY) is None
    assert due_step(dossier, SETTINGS, first) == Notice(1, end)
    dossier = replace(dossier, purge_notices=(first,))
    assert due_step(dossier, SETTINGS, second - DAY) is None
    assert due_step(dossier, SETTINGS, second) == Notice(2, end)
    dossier = replace(dossier, purge_notices=(first, second))
    assert due_step(dossier, SETTINGS, end - DAY) is None
    assert due_step(dossier, SETTINGS, end) == Purge()


def test_late_notices_move_the_purge_instead_of_being_skipped() -> None:
    dossier, late = a_full_dossier(RULES), NOW + 200 * DAY

    step = due_step(dossier, SETTINGS, late)

    assert step == Notice(1, late + 30 * DAY)
    told = replace(dossier, purge_notices=(late,))
    assert due_step(told, SETTINGS, late + 22 * DAY) is None
    assert due_step(told, SETTINGS, late + 23 * DAY) == Notice(2, late + 30 * DAY)


def test_notices_of_an_earlier_period_count_no_more() -> None:
    dossier = replace(a_full_dossier(RULES), purge_notices=(NOW + 60 * DAY, NOW + 83 * DAY))
    touched = replace(dossier.items[0], received_at=NOW + 85 * DAY)

    dossier = replace(dossier, items=(touched, *dossier.items[1:]))

    assert due_step(dossier, SETTINGS, NOW + 90 * DAY) is None
    assert due_step(dossier, SETTINGS, NOW + 145 * DAY) == Notice(1, NOW + 175 * DAY)


def test_an_empty_dossier_goes_without_notices() -> None:
    assert due_step(a_dossier(), SETTINGS, NOW + 89 * DAY) is None
    assert due_step(a_dossier(), SETTINGS, NOW + 90 * DAY) == Purge()


instants = st.integers(0, 3000).map(lambda hours: NOW + timedelta(hours=hours))


@given(
    stage=st.sampled_from(["draft", "returned", "rejected", "passed"]),
    steps=st.lists(st.integers(1, 40), max_size=200),
)
def test_e6_whenever_it_is_looked_at_nothing_goes_early_or_unannounced(stage: str, steps: list[int]) -> None:
    """The scheduler may look at any instants: the order and the distances hold all the same."""
    dossier, now = a_kept_dossier(stage), NOW
    for days in steps:
        now += days * DAY
        step = due_step(dossier, SETTINGS, now)
        promised = purge_time(dossier, SETTINGS, now)
        assert promised >= term_of(dossier, SETTINGS).ends_at
        if isinstance(step, Purge):
            first, second = dossier.purge_notices
            assert now >= term_of(dossier, SETTINGS).ends_at
            assert now >= first + SETTINGS.first_notice
            assert now >= second + SETTINGS.second_notice
            return
        if isinstance(step, Notice):
            assert step.number == len(dossier.purge_notices) + 1
            assert step.purge_at == promised
            lead = SETTINGS.second_notice if dossier.purge_notices else SETTINGS.first_notice
            assert step.purge_at >= now + lead
            dossier = replace(dossier, purge_notices=(*dossier.purge_notices, now))
            assert purge_time(dossier, SETTINGS, now) == promised


@given(now=instants, later=instants)
def test_what_is_due_stays_due(now: datetime, later: datetime) -> None:
    dossier, history, policy = a_decided_one()
    early, late = sorted([now, later])

    due = {key for each in erasures_due(dossier, history, policy, early) for key in each.objects}

    assert due <= {key for each in erasures_due(dossier, history, policy, late) for key in each.objects}


def a_dead_version(item: Item, cause: DeathCause, ended_at: datetime = NOW) -> DeadVersion:
    """Return a version that is no longer live."""
    return DeadVersion(item, "r", "c", cause, ended_at)


def own(item: Item) -> Item:
    """Return an image version whose objects have names of their own."""
    made = item.derivatives
    assert made is not None
    made = replace(
        made,
        copy=replace(made.copy, key=f"{item.image_id}-copy"),
        thumbnail=replace(made.thumbnail, key=f"{item.image_id}-thumbnail"),
    )
    return replace(item, original=replace(item.original, key=item.image_id), derivatives=made)


def a_decided_one() -> tuple[Dossier, list[DeadVersion], Policy]:
    """Return a passed dossier with a history, whose diploma is erased after the decision."""
    dossier = decided(RULES, final=True)
    dossier = replace(dossier, items=tuple(own(item) for item in dossier.items))
    history = [
        a_dead_version(replace(own(replace(dossier.items[0], image_id="old")), image_id="old"), "replaced"),
        a_dead_version(own(replace(dossier.items[0], image_id="gone")), "removed", NOW + DAY),
    ]
    categories = tuple(
        category.model_copy(update={"erase_after_decision": category.code == "diploma"})
        for category in SMALL.categories
    )
    return dossier, history, SMALL.model_copy(update={"categories": categories})


def due_after(days: int, dossier: Dossier | None = None) -> dict[Cause, set[str]]:
    """Return what of the decided dossier is due some days after the decision."""
    given_one, history, policy = a_decided_one()
    due = erasures_due(dossier or given_one, history, policy, NOW + days * DAY)
    return {each.cause: set(each.objects) for each in due}


def test_what_the_candidate_removed_goes_first_and_whole() -> None:
    assert due_after(15) == {}
    assert due_after(16) == {Cause.REMOVED: {"gone", "gone-copy", "gone-thumbnail"}}


def test_e5_originals_and_replaced_pictures_go_some_days_after_the_decision() -> None:
    due = due_after(30)

    assert due[Cause.ORIGINAL] == {"idp.1", "idp.2", "diploma.1"}
    assert due[Cause.REPLACED] == {"old", "old-copy", "old-thumbnail"}
    assert Cause.ERASE_AFTER_DECISION not in due


def test_erase_after_decision_takes_the_copies_too_after_the_legal_wait() -> None:
    assert due_after(60)[Cause.ERASE_AFTER_DECISION] == {
        "diploma.1",
        "diploma.1-copy",
        "diploma.1-thumbnail",
    }


def test_nothing_hangs_on_a_decision_that_is_not_there() -> None:
    undecided = a_full_dossier(RULES)

    assert set(due_after(1000, undecided)) == {Cause.REMOVED}


def test_what_is_erased_is_not_due_again() -> None:
    dossier, history, policy = a_decided_one()
    dossier = replace(dossier, items=tuple(without_keys(item) for item in dossier.items))
    history = [replace(dead, item=without_keys(dead.item)) for dead in history]

    assert erasures_due(dossier, history, policy, NOW + 1000 * DAY) == ()


def test_without_keys_nothing_of_an_image_opens_and_all_else_stays() -> None:
    item = a_full_dossier(RULES).items[0]

    erased = without_keys(item)

    assert {stored.is_erased for stored in objects_of(erased)} == {True}
    assert [stored.key for stored in objects_of(erased)] == [stored.key for stored in objects_of(item)]
    assert (erased.image_id, erased.sha256) == (item.image_id, item.sha256)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"second_notice": "30d"}, "second_notice 30d before the deletion must come after first_notice 30d"),
        ({"drafts": "10d"}, "drafts 10d leaves no time for first_notice 30d before it"),
        ({"rejected": "30d"}, "rejected 30d leaves no time for first_notice 30d before it"),
        ({"originals": "0d"}, "greater than"),
        ({"views": "180d"}, "views 180d is less than the 184d that logs are kept"),
        ({"attempts": "1d"}, "Extra inputs"),
    ],
)
def test_periods_that_cannot_be_are_refused_with_what_was_given(
    wrong: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        RetentionSettings.model_validate(wrong)


def test_a_version_that_was_buried_but_lives_on_is_not_deleted() -> None:
    dossier, history, policy = a_decided_one()
    buried = [a_dead_version(item, "removed") for item in dossier.items]

    due = erasures_due(dossier, [*history, *buried], policy, NOW + 16 * DAY)

    assert {each.cause: set(each.objects) for each in due} == due_after(16)


def test_originals_that_may_come_along_to_the_next_session_stay_until_the_purge() -> None:
    dossier, history, policy = a_decided_one()
    categories = tuple(
        category.model_copy(update={"validity": Validity.DURABLE}) if category.code == "diploma" else category
        for category in RULES.policy.categories
    )
    carrying = policy.model_copy(update={"categories": categories, "carry_over": CarryOver.APPROVED_DURABLE})

    due = erasures_due(dossier, history, carrying, NOW + 31 * DAY)

    assert {key for each in due if each.cause is Cause.ORIGINAL for key in each.objects} == {"idp.1", "idp.2"}
