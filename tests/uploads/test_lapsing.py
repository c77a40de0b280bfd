"""Windows and deadlines with their own instants, and what a missed one leads to."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.uploads.dossier import refuse_image, remove_image
from services.uploads.due import advanced, due
from services.uploads.errors import DossierLockedError, UploadWindowClosedError
from services.uploads.instants import GRACE
from services.uploads.model import Dossier, Rules
from services.uploads.openness import OPEN, Closed, item_openness, openness, reach
from services.uploads.submission import submit
from shared.events.uploads import (
    DossierAbandoned,
    DossierChanged,
    ImageRefused,
    OpenDuePapers,
    OpenSendback,
    SendbackClosed,
)
from shared.policy.model import Policy
from shared.policy.office import Deadline, DeadlineSettings, Window
from shared.policy.values import LockOn, OnExpiry, OpenWhen, UnlockScope
from tests.uploads.builders import (
    NOW,
    a_dossier,
    a_full_dossier,
    a_policy,
    a_submitted_dossier,
    added,
    an_autosave_policy,
    decided,
    finished,
    returned,
    rules_of,
    with_images,
)

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
CLOSES = NOW + DAY
OVER = CLOSES + GRACE


def closing(on_expiry: OnExpiry, policy: Policy | None = None) -> Rules:
    """Return rules whose window for first upload closes tomorrow."""
    return rules_of(policy or a_policy(), Window(close=CLOSES, on_expiry=on_expiry))


def stands(dossier: Dossier, rules: Rules, now: datetime) -> Dossier:
    """Return the dossier where it stands by an instant."""
    step = advanced(dossier, rules, now)
    return step.dossier if step else dossier


def closed_reason(dossier: Dossier, rules: Rules, now: datetime) -> str | None:
    whole = reach(dossier, rules, now)
    return whole.reason if isinstance(whole, Closed) else None


def opened(dossier: Dossier, rules: Rules, now: datetime) -> tuple[list[str], list[str]]:
    """Return the categories that may be added to and the pictures that may be changed."""
    codes = [category.code for category in rules.policy.categories]
    return (
        [code for code in codes if openness(dossier, rules, code, now) == OPEN],
        [i.image_id for i in dossier.items if item_openness(dossier, rules, i, now) == OPEN],
    )


@pytest.mark.parametrize(
    ("on_expiry", "reason", "stage", "overdue"),
    [
        (OnExpiry.NONE, None, "draft", ()),
        (OnExpiry.LOCK, "window_closed", "draft", ()),
        (OnExpiry.ABANDON, "window_closed", "abandoned", ()),
        (OnExpiry.FLAG, None, "draft", ("first_upload",)),
    ],
)
def test_a_missed_first_upload_leads_to_what_the_policy_says(
    on_expiry: OnExpiry, reason: str | None, stage: str, overdue: tuple[str, ...]
) -> None:
    rules = closing(on_expiry)
    dossier = with_images(a_dossier(), rules, "idp.1")

    after = stands(dossier, rules, OVER)

    assert closed_reason(after, rules, OVER) == reason
    assert (after.stage, after.overdue) == (stage, overdue)
    assert stands(dossier, rules, OVER - SECOND) == dossier


def test_giving_up_is_said_once_and_shown_as_the_state() -> None:
    rules = closing(OnExpiry.ABANDON)

    step = advanced(a_full_dossier(rules), rules, OVER)

    assert step is not None
    closed, state = step.events
    assert closed == DossierAbandoned(missed="first_upload", missed_at=CLOSES)
    assert isinstance(state, DossierChanged)
    assert state.stage == "abandoned"
    assert advanced(step.dossier, rules, OVER + DAY) is None
    with pytest.raises(UploadWindowClosedError):
        submit(step.dossier, rules, OVER)


@pytest.mark.parametrize("on_expiry", [OnExpiry.ABANDON, OnExpiry.FLAG])
def test_what_was_handed_in_in_time_is_never_overdue(on_expiry: OnExpiry) -> None:
    rules = closing(on_expiry)

    assert advanced(a_submitted_dossier(rules), rules, OVER) is None


@pytest.mark.parametrize("on_expiry", [OnExpiry.ABANDON, OnExpiry.FLAG])
def test_an_autosaved_dossier_that_suffices_is_not_overdue_although_the_review_begins_later(
    on_expiry: OnExpiry,
) -> None:
    window = Window(close=CLOSES, on_expiry=on_expiry)
    rules = rules_of(an_autosave_policy(), window, review_starts_at=OVER + DAY)
    incomplete = rules_of(an_autosave_policy(OpenWhen.REQUIRED_COMPLETE), window)
    dossier = with_images(a_dossier(rules.policy), rules, "idp.1")

    assert advanced(dossier, rules, OVER) is None
    assert stands(dossier, incomplete, OVER) != dossier


def test_an_extension_opens_what_time_has_closed_and_takes_giving_up_back() -> None:
    rules = closing(OnExpiry.ABANDON)
    abandoned = stands(a_full_dossier(rules), rules, OVER)
    extended = rules_of(a_policy(), Window(close=OVER + DAY, on_expiry=OnExpiry.ABANDON))

    again = stands(abandoned, extended, OVER)

    assert closed_reason(abandoned, extended, OVER) is None
    assert (again.stage, again.next_due_at) == ("draft", OVER + DAY + GRACE)
    assert submit(again, extended, OVER).dossier.stage == "submitted"


def test_an_extension_takes_the_note_for_staff_back() -> None:
    rules = closing(OnExpiry.FLAG)
    flagged = stands(a_full_dossier(rules), rules, OVER)
    extended = rules_of(a_policy(), Window(close=OVER + DAY, on_expiry=OnExpiry.FLAG))

    assert stands(flagged, extended, OVER).overdue == ()
    assert submit(flagged, rules, OVER).dossier.overdue == ()


def test_a_window_counted_from_the_first_entry_closes_for_each_candidate_by_itself() -> None:
    rules = rules_of(window=Window(duration=DAY, on_expiry=OnExpiry.ABANDON))
    dossier = a_full_dossier(rules)

    assert due(dossier, rules, NOW).dossier.next_due_at == CLOSES + GRACE
    assert stands(dossier, rules, OVER).stage == "abandoned"


@pytest.mark.parametrize(
    ("on_expiry", "reason", "stage", "overdue", "is_open"),
    [
        (OnExpiry.NONE, None, "returned", (), True),
        (OnExpiry.FLAG, None, "returned", ("supplement",), True),
        (OnExpiry.LOCK, "sendback_expired", "returned", (), False),
        (OnExpiry.ABANDON, "sendback_expired", "abandoned", (), False),
    ],
)
def test_a_missed_supplement_leads_to_what_the_policy_says(
    on_expiry: OnExpiry, reason: str | None, stage: str, overdue: tuple[str, ...], *, is_open: bool
) -> None:
    rules = rules_of(a_policy(on_expiry=on_expiry))
    dossier = returned(rules, "diploma.1", deadline=CLOSES)

    after = stands(dossier, rules, OVER)

    assert closed_reason(after, rules, OVER) == reason
    assert (after.stage, after.overdue, after.send_back is not None) == (stage, overdue, is_open)
    assert (after.expired is None) == is_open


def test_a_supplement_given_up_ends_the_send_back_and_closes_the_dossier() -> None:
    rules = rules_of(a_policy(on_expiry=OnExpiry.ABANDON))

    step = advanced(returned(rules, "diploma.1", deadline=CLOSES), rules, OVER)

    assert step is not None
    assert step.events[:2] == (
        SendbackClosed(sendback_id="sb-1", round=1, outcome="expired"),
        DossierAbandoned(missed="supplement", missed_at=CLOSES),
    )


def test_an_answer_takes_the_note_for_staff_back() -> None:
    rules = rules_of(a_policy(on_expiry=OnExpiry.FLAG))
    flagged = stands(returned(rules, "diploma.1", deadline=CLOSES), rules, OVER)
    answered = finished(added(flagged, rules, "diploma.2", now=OVER).dossier)

    assert submit(answered, rules, OVER).dossier.overdue == ()


def test_an_upload_that_began_before_the_deadline_finds_the_send_back_open() -> None:
    rules = rules_of(a_policy(on_expiry=OnExpiry.LOCK))
    dossier = returned(rules, "diploma.1", deadline=CLOSES)

    kept = stands(dossier, rules, OVER - SECOND)

    assert added(kept, rules, "diploma.2", now=CLOSES - SECOND).dossier.count("diploma") == 1
    with pytest.raises(DossierLockedError):
        added(kept, rules, "diploma.2", now=CLOSES)


PAPERS = ("extra",)


def conditional(rules: Rules) -> Dossier:
    """Return a dossier that was approved on condition that a paper comes later (S3-18)."""
    return decided(rules, final=True, due_papers=PAPERS)


def later(on_expiry: OnExpiry, until: datetime = CLOSES) -> Rules:
    """Return rules with an instant for papers that are due later."""
    return rules_of(due_paper=Deadline(instant=until, on_expiry=on_expiry))


def test_s3_18_a_conditional_approval_opens_exactly_the_categories_of_the_later_papers() -> None:
    rules = later(OnExpiry.LOCK)
    dossier = conditional(rules)

    codes = [
        c.code
        for c in rules.policy.categories
        if not isinstance(openness(dossier, rules, c.code, NOW), Closed)
    ]
    items = [
        item for item in dossier.items if not isinstance(item_openness(dossier, rules, item, NOW), Closed)
    ]

    assert (codes, items) == (["extra"], [])


def test_s3_18_a_later_paper_may_be_changed_until_its_instant_and_what_was_approved_never() -> None:
    rules = later(OnExpiry.LOCK)
    dossier = finished(added(conditional(rules), rules, "extra.1").dossier)

    assert remove_image(dossier, rules, "extra.1", NOW).dossier.count("extra") == 0
    with pytest.raises(DossierLockedError):
        remove_image(dossier, rules, "diploma.1", NOW)
    with pytest.raises(DossierLockedError):
        added(dossier, rules, "extra.2", now=CLOSES)


def test_a_later_paper_is_announced_when_it_comes() -> None:
    step = added(conditional(later(OnExpiry.NONE)), later(OnExpiry.NONE), "extra.1")

    state = step.events[-1]
    assert isinstance(state, DossierChanged)
    assert (state.stage, state.due_papers) == ("passed", OpenDuePapers(supplied=1, wanted=1))


@pytest.mark.parametrize(
    ("on_expiry", "reason", "stage", "overdue"),
    [
        (OnExpiry.NONE, None, "passed", ()),
        (OnExpiry.LOCK, "due_paper_expired", "passed", ()),
        (OnExpiry.ABANDON, "due_paper_expired", "abandoned", ()),
        (OnExpiry.FLAG, None, "passed", ("due_paper",)),
    ],
)
def test_a_missed_later_paper_leads_to_what_the_policy_says(
    on_expiry: OnExpiry, reason: str | None, stage: str, overdue: tuple[str, ...]
) -> None:
    rules = later(on_expiry)

    after = stands(conditional(rules), rules, OVER)

    assert closed_reason(after, rules, OVER) == reason
    assert (after.stage, after.overdue) == (stage, overdue)


def test_a_later_paper_that_came_is_not_missed_and_more_time_undoes_giving_up() -> None:
    rules, extended = later(OnExpiry.ABANDON), later(OnExpiry.ABANDON, OVER + DAY)
    dossier = conditional(rules)
    came = finished(added(dossier, rules, "extra.1").dossier)

    assert advanced(came, rules, OVER) is None
    assert stands(stands(dossier, rules, OVER), extended, OVER).stage == "passed"


def test_a_later_paper_s_time_may_count_from_the_approval() -> None:
    rules = rules_of(due_paper=Deadline(duration=DAY, on_expiry=OnExpiry.LOCK))

    assert closed_reason(conditional(rules), rules, CLOSES - SECOND) is None
    assert closed_reason(conditional(rules), rules, CLOSES) == "due_paper_expired"


def refused_late(rules: Rules, name: str = "diploma.1", now: datetime = OVER) -> Dossier:
    """Return a dossier of which a worker has refused a picture after the window."""
    whole = with_images(a_dossier(rules.policy), rules, "idp.1", "idp.2")
    step = refuse_image(added(whole, rules, name).dossier, rules, name, "image_damaged", now)
    assert step is not None
    return step.dossier


@pytest.mark.parametrize("scope", list(UnlockScope))
def test_a_picture_refused_after_the_window_opens_its_place_again_and_no_other(scope: UnlockScope) -> None:
    rules = closing(OnExpiry.LOCK, a_policy(scope=scope))

    dossier = refused_late(rules)

    assert (dossier.stage, dossier.rounds) == ("returned", 0)
    codes = [
        c.code
        for c in rules.policy.categories
        if not isinstance(openness(dossier, rules, c.code, OVER), Closed)
    ]
    items = [
        item for item in dossier.items if not isinstance(item_openness(dossier, rules, item, OVER), Closed)
    ]
    assert (codes, items) == (["diploma"], [])
    answered = finished(added(dossier, rules, "diploma.2", now=OVER).dossier)
    assert submit(answered, rules, OVER).dossier.stage == "submitted"


def test_a_refusal_after_the_window_is_announced_with_its_send_back() -> None:
    rules = closing(OnExpiry.LOCK)
    whole = added(a_full_dossier(rules), rules, "extra.1").dossier

    step = refuse_image(whole, rules, "extra.1", "image_damaged", OVER)

    assert step is not None
    refused, state = step.events
    assert refused == ImageRefused(image_id="extra.1", category="extra", code="image_damaged")
    assert isinstance(state, DossierChanged)
    assert isinstance(state.send_back, OpenSendback)
    # Nobody needs it: what is there may be submitted without it.
    assert submit(step.dossier, rules, OVER).dossier.stage == "submitted"


def test_a_place_opened_again_has_its_own_time_and_then_closes_without_giving_the_rest_up() -> None:
    rules = closing(OnExpiry.LOCK, an_autosave_policy())
    dossier = refused_late(rules)
    assert dossier.send_back is not None
    assert dossier.send_back.deadline == OVER + DAY

    after = stands(dossier, rules, OVER + DAY + GRACE)

    assert (after.stage, after.send_back, after.expired_at) == ("submitted", None, None)


def test_a_place_opened_again_is_answered_by_quiet_like_any_other() -> None:
    rules = closing(OnExpiry.LOCK, an_autosave_policy(OpenWhen.REQUIRED_COMPLETE))
    answered = finished(added(refused_late(rules), rules, "diploma.2", now=OVER).dossier)

    assert stands(answered, rules, OVER + timedelta(minutes=2)).stage == "submitted"


def test_a_refusal_before_the_window_s_end_opens_nothing_special() -> None:
    rules = closing(OnExpiry.LOCK)

    dossier = refused_late(rules, now=CLOSES - SECOND)

    assert (dossier.stage, dossier.send_back) == ("draft", None)


def test_a_refused_answer_leaves_its_send_back_open() -> None:
    rules = closing(OnExpiry.LOCK, a_policy(locks=frozenset({LockOn.SUBMIT})))
    dossier = added(returned(rules, "diploma.1"), rules, "diploma.2", now=OVER).dossier

    step = refuse_image(dossier, rules, "diploma.2", "image_damaged", OVER)

    assert step is not None
    assert step.dossier.send_back is not None
    assert (step.dossier.send_back.automatic, step.dossier.send_back.places[0].answered_by) == (False, None)


def test_supplement_time_of_the_policy_is_the_time_of_a_place_opened_again() -> None:
    policy = a_policy()
    hour = Deadline(duration=timedelta(hours=1))
    short = policy.model_copy(update={"deadline": DeadlineSettings(supplement=hour)})

    dossier = refused_late(closing(OnExpiry.LOCK, short))

    assert dossier.send_back is not None
    assert dossier.send_back.deadline == OVER + timedelta(hours=1)


def refused_after_submission(rules: Rules) -> tuple[Dossier, Dossier]:
    """Return a submitted dossier, and the same after a picture added to it was refused past the window."""
    submitted = a_submitted_dossier(rules)
    step = refuse_image(added(submitted, rules, "extra.1").dossier, rules, "extra.1", "image_damaged", OVER)
    assert step is not None
    assert (step.dossier.stage, step.dossier.submitted_at) == ("returned", None)
    return submitted, step.dossier


UNLOCKED = closing(OnExpiry.LOCK, a_policy(locks=frozenset()))


def test_a_submitted_dossier_whose_place_was_opened_again_is_submitted_again_when_that_time_ends() -> None:
    submitted, dossier = refused_after_submission(UNLOCKED)

    after = stands(dossier, UNLOCKED, OVER + DAY + GRACE)

    assert (after.stage, after.submitted_at, after.send_back) == ("submitted", submitted.submitted_at, None)
    assert (after.submissions, after.receipt) == (1, submitted.receipt)


def test_a_submitted_dossier_whose_place_nobody_filled_in_time_is_submitted_again_too() -> None:
    submitted, dossier = refused_after_submission(UNLOCKED)
    category = UNLOCKED.policy.categories[2].model_copy(update={"min_images": 1})
    policy = UNLOCKED.policy.model_copy(update={"categories": (*UNLOCKED.policy.categories[:2], category)})
    wanting = replace(UNLOCKED, policy=policy, required=UNLOCKED.required | {"extra"})

    step = advanced(dossier, wanting, OVER + DAY + GRACE)

    assert step is not None
    ended = step.events[0]
    assert isinstance(ended, SendbackClosed)
    assert ended.outcome == "expired"
    assert (step.dossier.stage, step.dossier.submitted_at) == ("submitted", submitted.submitted_at)


def test_a_dossier_that_its_site_has_passed_stands_there_again_when_a_place_opened_again_closes() -> None:
    passed = decided(UNLOCKED, final=False)
    step = refuse_image(added(passed, UNLOCKED, "extra.1").dossier, UNLOCKED, "extra.1", "unreadable", OVER)
    assert step is not None

    after = stands(step.dossier, UNLOCKED, OVER + DAY + GRACE)

    assert (step.dossier.stage, after.stage, after.site_passed) == ("returned", "site_passed", True)
    assert after.submitted_at == passed.submitted_at


def test_a_draft_whose_place_was_opened_again_is_a_draft_when_that_time_ends() -> None:
    rules = closing(OnExpiry.LOCK)

    after = stands(refused_late(rules), rules, OVER + DAY + GRACE)

    assert (after.stage, after.submitted_at, after.send_back) == ("draft", None, None)


def test_a_second_picture_refused_after_the_window_gets_its_place_and_time_in_the_same_send_back() -> None:
    rules = closing(OnExpiry.LOCK)
    whole = with_images(a_dossier(rules.policy), rules, "idp.1")
    begun = added(added(whole, rules, "idp.2").dossier, rules, "diploma.1").dossier
    first = refuse_image(begun, rules, "idp.2", "image_damaged", OVER)
    assert first is not None

    second = refuse_image(first.dossier, rules, "diploma.1", "image_damaged", OVER + HOUR)

    assert second is not None
    one, both = first.dossier.send_back, second.dossier.send_back
    assert one is not None
    assert both is not None
    assert (both.sendback_id, both.before) == (one.sendback_id, one.before)
    assert [(place.category, place.slot) for place in both.places] == [("idp", "back"), ("diploma", None)]
    assert both.deadline == OVER + HOUR + DAY
    assert opened(second.dossier, rules, OVER + HOUR) == (["idp", "diploma"], [])
    answered = with_images(second.dossier, rules, "idp.3", "diploma.2", now=OVER + HOUR)
    assert submit(answered, rules, OVER + HOUR).dossier.stage == "submitted"


def test_a_refused_answer_to_a_place_opened_again_gets_no_second_place_and_no_more_time() -> None:
    rules = closing(OnExpiry.LOCK)
    dossier = refused_late(rules)
    again = added(dossier, rules, "diploma.2", now=OVER).dossier

    step = refuse_image(again, rules, "diploma.2", "image_damaged", OVER + HOUR)

    assert step is not None
    assert step.dossier.send_back is not None
    assert dossier.send_back is not None
    assert step.dossier.send_back.places == dossier.send_back.places
    assert step.dossier.send_back.deadline == dossier.send_back.deadline
