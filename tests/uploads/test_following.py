"""Following the registration: what is new, missing or no longer needed, and when that has to wait."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.uploads.checklist import change_word
from services.uploads.due import PROCESSING_TIME, advanced, due
from services.uploads.errors import DossierLockedError
from services.uploads.following import Latest, follow
from services.uploads.handshake import claim, release
from services.uploads.instants import GRACE
from services.uploads.model import Dossier, Place, Rules
from services.uploads.openness import OPEN, Closed, openness, reach
from services.uploads.requirements import difference
from services.uploads.submission import submit
from shared.events.review import CaseReleased
from shared.events.uploads import DossierChanged, DossierClosed, RequirementsAdjusted
from shared.policy.candidate import CategorySettings, SubmitSettings, UnlockSettings
from shared.policy.category import CategoryGroup, MaterialCategory
from shared.policy.model import Policy
from shared.policy.office import Deadline, ReviewSettings, Window
from shared.policy.values import OnExpiry, OpenWhen, SubmitMode, UnlockScope
from tests.support.clocks import A_MORNING
from tests.uploads.builders import (
    NOW,
    PLACE,
    a_claim,
    added,
    claimed,
    decided,
    finished,
    returned,
    rules_of,
    with_images,
)

FOLLOWING = Policy(
    name="following",
    category=CategorySettings(resync_on_exam_category_change=True),
    categories=(
        MaterialCategory(code="idp", name="身份证明", order=10, max_images=3),
        MaterialCategory(code="diploma", name="毕业证书", order=20, max_images=3),
        MaterialCategory(code="probation", name="试用期考核证明", order=30, max_images=3),
        MaterialCategory(code="practice", name="执业期考核证明", order=40, max_images=3),
    ),
    groups=(CategoryGroup(code="yearly", name="当年证明", any_of=("probation", "practice")),),
)
FIRST = frozenset({"idp", "diploma"})
CODES = ("idp", "diploma", "probation", "practice", "yearly")


def law_of(dossier: Dossier, policy: Policy = FOLLOWING) -> Rules:
    """Return the rules of a dossier as the rulebook makes them."""
    return Rules(policy, Window(), FIRST if dossier.required is None else dossier.required)


def a_dossier(policy: Policy = FOLLOWING) -> Dossier:
    """Return a dossier that was opened for an ID and a diploma."""
    return Dossier("r1", "c1", PLACE, policy.version, NOW, required=FIRST)


def full() -> Dossier:
    """Return one with everything that the first facts require."""
    return with_images(a_dossier(), law_of(a_dossier()), "idp.1", "diploma.1")


def follow_to(dossier: Dossier, *codes: str, policy: Policy = FOLLOWING, **latest: str) -> Dossier:
    """Return the dossier after its registration has come to require these."""
    step = follow(dossier, law_of(dossier, policy), Latest(PLACE, frozenset(codes), **latest), NOW)
    assert step is not None
    return step.dossier


def test_s3_06_the_list_follows_and_says_what_is_new_missing_and_no_longer_needed() -> None:
    before = full()

    step = follow(before, law_of(before), Latest(PLACE, frozenset({"idp", "yearly"})), NOW)

    assert step is not None
    assert step.events[0] == RequirementsAdjusted(
        added=("yearly",), dropped=("diploma",), missing=("yearly",), reopened=False
    )
    assert isinstance(step.events[1], DossierChanged)
    assert not step.events[1].complete
    assert step.dossier.revision == before.revision + 1
    assert step.dossier.items == before.items


def test_the_same_facts_again_are_no_news() -> None:
    after = follow_to(full(), "idp", "yearly")

    assert follow(after, law_of(after), Latest(PLACE, frozenset({"idp", "yearly"})), NOW) is None


def test_where_the_policy_does_not_let_the_list_follow_it_stays_as_it_was_opened() -> None:
    fixed = FOLLOWING.model_copy(update={"category": CategorySettings()})
    dossier = a_dossier(fixed)

    assert follow(dossier, law_of(dossier, fixed), Latest(PLACE, frozenset({"idp"})), NOW) is None
    assert law_of(dossier, fixed).required == FIRST


def test_a_dossier_from_before_lists_were_kept_takes_the_present_one_over_without_a_word() -> None:
    old = replace(a_dossier(), required=None)

    step = follow(old, law_of(old), Latest(PLACE, FIRST), NOW)

    assert step is not None
    assert step.dossier.required == FIRST
    assert [event.type for event in step.events] == ["uploads.dossier.changed"]


def test_what_changes_under_a_claim_waits_until_the_hold_ends() -> None:
    held = claimed(submit(full(), law_of(full()), NOW).dossier, law_of(full()))
    latest = Latest(PLACE, frozenset({"idp", "yearly"}))

    assert follow(held, law_of(held), latest, NOW) is None
    freed = release(held, law_of(held), CaseReleased(hold=1, cause="released"))
    assert freed is not None
    assert freed.dossier.required == FIRST
    assert follow(freed.dossier, law_of(freed.dossier), latest, NOW) is not None


def test_a_submitted_dossier_that_now_lacks_something_is_open_again_and_can_be_submitted_anew() -> None:
    submitted = submit(full(), law_of(full()), NOW).dossier

    after = follow_to(submitted, *FIRST, "practice")

    assert (after.stage, after.submitted_at, after.receipt) == ("draft", None, None)
    complete = with_images(after, law_of(after), "practice.1")
    assert submit(complete, law_of(complete), NOW).dossier.submissions == 2


@pytest.mark.parametrize("codes", [FIRST - {"diploma"}, frozenset({"idp", "diploma", "yearly"})])
def test_a_submitted_dossier_that_lacks_nothing_new_stays_submitted(codes: frozenset[str]) -> None:
    rules = law_of(full())
    submitted = submit(with_images(full(), rules, "practice.1"), rules, NOW).dossier

    assert follow_to(submitted, *codes).stage == "submitted"


def test_in_a_send_back_what_is_needed_anew_is_open_too_as_nothing_could_be_submitted_without_it() -> None:
    images = FOLLOWING.model_copy(update={"unlock": UnlockSettings(scope=UnlockScope.IMAGE)})
    rules = law_of(full(), images)
    back = returned(rules, "diploma.1", dossier=submit(full(), rules, NOW).dossier)

    after = follow_to(back, *FIRST, "practice", policy=images)

    law = law_of(after, images)
    assert after.stage == "returned"
    assert openness(after, law, "practice", NOW) == OPEN
    assert openness(after, law, "probation", NOW) != OPEN
    answered = with_images(after, law, "practice.1")
    answered = finished(added(answered, law, "diploma.2", replaces="diploma.1").dossier)
    assert submit(answered, law, NOW).dossier.stage == "submitted"


def test_outside_of_the_window_a_submitted_dossier_is_left_to_the_reviewer() -> None:
    submitted = submit(full(), law_of(full()), NOW).dossier
    closed = replace(law_of(submitted), window=Window(close=A_MORNING))

    step = follow(submitted, closed, Latest(PLACE, FIRST | {"practice"}), NOW)

    assert step is not None
    assert step.dossier.stage == "submitted"


@pytest.mark.parametrize("outcome", ["passed", "rejected"])
def test_a_decided_dossier_follows_no_more(outcome: str) -> None:
    rules = rules_of()
    dossier = replace(decided(rules, final=True, outcome=outcome), required=rules.required)

    assert follow(dossier, rules, Latest(PLACE, frozenset()), NOW) is None


def test_the_page_marks_what_is_new_until_it_is_there_and_what_is_left_over() -> None:
    after = follow_to(full(), "idp", "practice")
    law = law_of(after)

    def marks(dossier: Dossier) -> dict[str, str | None]:
        return {each.code: change_word(dossier, law, each) for each in FOLLOWING.categories}

    assert marks(after) == {"idp": None, "diploma": "dropped", "probation": None, "practice": "added"}
    complete = with_images(after, law, "practice.1")
    assert marks(complete)["practice"] is None
    assert marks(submit(complete, law, NOW).dossier)["diploma"] is None


def test_two_changes_in_a_row_are_one_to_a_candidate_who_has_not_answered() -> None:
    twice = follow_to(follow_to(full(), "idp", "practice"), "idp", "diploma", "practice")

    assert twice.previously == FIRST
    assert change_word(twice, law_of(twice), FOLLOWING.categories[1]) is None
    assert change_word(twice, law_of(twice), FOLLOWING.categories[3]) == "added"


def test_a_registration_that_moves_takes_the_dossier_to_its_site() -> None:
    there = Place("2020", "37", "3702")

    step = follow(full(), law_of(full()), Latest(there, FIRST), NOW)

    assert step is not None
    assert step.dossier.place == there
    assert [event.type for event in step.events] == ["uploads.dossier.changed"]


def test_re_registration_closes_the_old_dossier_and_refuses_its_claims() -> None:
    closed = follow_to(submit(full(), law_of(full()), NOW).dossier, *FIRST, superseded_by="r2")

    assert (closed.stage, closed.superseded_by) == ("closed", "r2")
    refused = claim(closed, law_of(closed), a_claim(1), NOW, NOW)
    assert refused is not None
    assert refused.events[0].model_dump()["reason"] == "superseded"
    assert follow(closed, law_of(closed), Latest(PLACE, FIRST, "r2"), NOW) is None
    with pytest.raises(DossierLockedError):
        added(closed, law_of(closed), "idp.2")


def test_re_registration_says_what_the_new_dossier_is() -> None:
    step = follow(full(), law_of(full()), Latest(PLACE, FIRST, "r2"), NOW)

    assert step is not None
    assert step.events[0] == DossierClosed(superseded_by="r2")


@given(st.frozensets(st.sampled_from(CODES)), st.frozensets(st.sampled_from(CODES)))
def test_a_difference_taken_there_and_back_is_the_same_with_its_sides_swapped(
    one: frozenset[str], other: frozenset[str]
) -> None:
    there, back = difference(FOLLOWING, one, other), difference(FOLLOWING, other, one)

    assert {n.code for n in there.added} == {n.code for n in back.dropped}
    assert {n.code for n in there.dropped} == {n.code for n in back.added}
    assert not {n.code for n in there.added} & {n.code for n in there.dropped}
    assert difference(FOLLOWING, one, one).added == ()


COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("require"), st.frozensets(st.sampled_from(CODES))),
        st.tuples(st.just("claim"), st.just(frozenset[str]())),
        st.tuples(st.just("release"), st.just(frozenset[str]())),
    ),
    max_size=12,
)


@given(COMMANDS)
def test_however_facts_and_claims_alternate_no_image_is_lost_and_the_end_is_the_latest(
    commands: list[tuple[str, frozenset[str]]],
) -> None:
    dossier, latest, holds = full(), Latest(PLACE, FIRST), 0
    images = dossier.items

    def caught_up(now: Dossier) -> Dossier:
        step = follow(now, law_of(now), latest, NOW)
        assert now.hold is None or step is None
        return step.dossier if step else now

    for kind, codes in commands:
        if kind == "require":
            latest = Latest(PLACE, codes)
        elif kind == "claim" and dossier.hold is None:
            holds += 1
            dossier = claimed(dossier, law_of(dossier), holds)
        elif kind == "release" and dossier.hold is not None:
            freed = release(dossier, law_of(dossier), CaseReleased(hold=holds, cause="released"))
            assert freed is not None
            dossier = freed.dossier
        dossier = caught_up(dossier)
        assert dossier.items == images
        assert dossier.hold is not None or dossier.required == latest.required


PAPER_DUE = Deadline(instant=NOW, on_expiry=OnExpiry.ABANDON)


def test_a_replaced_dossier_owes_and_opens_nothing_although_papers_were_due_later() -> None:
    rules = rules_of(due_paper=PAPER_DUE)
    before = replace(decided(rules, final=True, due_papers=("extra",)), overdue=("due_paper",))

    step = follow(before, rules, Latest(PLACE, rules.required, "r2"), NOW)

    assert step is not None
    closed = step.dossier
    assert (closed.stage, closed.due_papers, closed.overdue, closed.next_due_at) == ("closed", None, (), None)
    assert isinstance(reach(closed, rules, NOW), Closed)
    assert advanced(closed, rules, NOW + 2 * GRACE) is None


def test_what_is_still_in_processing_of_a_replaced_dossier_is_looked_after() -> None:
    begun = added(full(), law_of(full()), "idp.2").dossier

    closed = follow_to(begun, *FIRST, superseded_by="r2")
    again = due(closed, law_of(closed), NOW + PROCESSING_TIME)

    assert closed.next_due_at == NOW
    assert [event.type for event in again.events] == ["uploads.image.received"]


def test_a_changed_list_is_looked_at_by_the_scheduler_for_it_may_be_overdue_at_once() -> None:
    autosaving = FOLLOWING.model_copy(
        update={
            "submit": SubmitSettings(mode=SubmitMode.AUTOSAVE, require_mandatory=False),
            "review": ReviewSettings(open_when=OpenWhen.REQUIRED_COMPLETE),
        }
    )
    window = Window(close=NOW - 2 * GRACE, on_expiry=OnExpiry.ABANDON)
    complete = replace(full(), next_due_at=None)
    law = replace(law_of(complete, autosaving), window=window, review_starts_at=NOW + 2 * GRACE)
    assert advanced(complete, law, NOW) is None

    step = follow(complete, law, Latest(PLACE, FIRST | {"practice"}), NOW)

    assert step is not None
    assert step.dossier.next_due_at == NOW
    missed = replace(law, required=FIRST | {"practice"})
    assert due(step.dossier, missed, NOW).dossier.stage == "abandoned"
