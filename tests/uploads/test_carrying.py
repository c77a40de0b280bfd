"""What comes along from another dossier: which images, once each, as copies of their own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.uploads.carrying import Earlier, give_up, plan, receive
from services.uploads.due import due, next_look
from services.uploads.errors import DossierLockedError, StillProcessingError
from services.uploads.handshake import claim
from services.uploads.model import CopyOrder, Dossier, Place, Rules, Verdict
from services.uploads.openness import OPEN, item_openness, openness
from services.uploads.submission import submit
from shared.policy.category import MaterialCategory, Slot
from shared.policy.model import Policy
from shared.policy.office import Window
from shared.policy.values import CarryOver, Validity
from tests.uploads.builders import (
    NOW,
    a_claim,
    added,
    an_object,
    finished,
    returned,
    with_images,
)

CARRYING = Policy(
    name="carrying",
    carry_over=CarryOver.APPROVED_DURABLE,
    categories=(
        MaterialCategory(
            code="idp",
            name="身份证明",
            order=10,
            required_when="true",
            min_images=2,
            max_images=2,
            slots=(Slot(code="front", name="正面"), Slot(code="back", name="反面")),
            validity=Validity.DURABLE,
        ),
        MaterialCategory(
            code="diploma",
            name="毕业证书",
            order=20,
            required_when="true",
            max_images=2,
            validity=Validity.DURABLE,
        ),
        MaterialCategory(code="probation", name="试用期证明", order=30, required_when="true", max_images=2),
    ),
)
RULES = Rules(CARRYING, Window(), frozenset({"idp", "diploma", "probation"}))
EVERYTHING = ("idp.1", "idp.2", "diploma.1", "probation.1")
MINUTE = timedelta(minutes=1)


def a_dossier(registration_id: str, session: str = "2020", district: str = "37") -> Dossier:
    """Return a dossier of the candidate."""
    place = Place(session, district, "3701")
    return Dossier(registration_id, "c1", place, CARRYING.version, NOW, required=RULES.required)


def last_year(session: str = "2019") -> Dossier:
    """Return last year's passed dossier."""
    full = with_images(a_dossier(f"old-{session}", session), RULES, *EVERYTHING)
    return replace(full, stage="passed")


FRESH = a_dossier("new")


def planned(*others: Dossier, replaced: Dossier | None = None, policy: Policy = CARRYING) -> list[CopyOrder]:
    """Return what comes into the fresh dossier."""
    return list(plan(FRESH, policy, Earlier(replaced, others)))


def sources(orders: list[CopyOrder]) -> list[str]:
    """Return the names of the images that come."""
    return [order.origin.image_id for order in orders]


def received(dossier: Dossier, rules: Rules, order: CopyOrder) -> Dossier:
    """Return the dossier after a copy was made."""
    step = receive(dossier, rules, order, an_object(f"copy of {order.origin.image_id}"), NOW)
    assert step is not None
    return step.dossier


def carried_over(policy: Policy = CARRYING) -> tuple[Dossier, Rules]:
    """Return a dossier into which last year's papers have come."""
    rules = replace(RULES, policy=policy)
    dossier = replace(FRESH, copying=tuple(planned(last_year(), policy=policy)))
    for order in dossier.copying:
        dossier = received(dossier, rules, order)
    return finished(dossier), rules


def test_approved_durable_papers_of_last_session_come_along_and_yearly_ones_are_asked_anew() -> None:
    orders = planned(last_year())

    assert sources(orders) == ["idp.1", "idp.2", "diploma.1"]
    assert [order.slot for order in orders] == ["front", "back", None]
    assert {(o.origin.session, o.origin.is_approved) for o in orders} == {("2019", True)}


def test_the_same_images_always_get_the_same_new_ids() -> None:
    assert planned(last_year()) == planned(last_year())
    assert len({order.image_id for order in planned(last_year())}) == 3


@pytest.mark.parametrize(
    "other",
    [
        replace(last_year(), stage="rejected"),
        replace(last_year(), place=Place("2019", "15", "1501")),
        replace(last_year(), place=Place("2020", "37", "3701")),
        replace(last_year(), candidate_id="c2"),
        replace(last_year(), superseded_by="x"),
    ],
    ids=["not approved", "another district", "the same session", "another candidate", "replaced"],
)
def test_nothing_comes_from(other: Dossier) -> None:
    assert planned(other) == []


def test_only_the_last_session_counts_even_if_an_earlier_one_was_passed() -> None:
    failed = replace(last_year("2019"), stage="rejected")

    assert planned(last_year("2018"), failed) == []
    assert {o.origin.session for o in planned(last_year("2018"), last_year("2019"))} == {"2019"}


def test_without_the_setting_nothing_is_carried_over() -> None:
    policy = CARRYING.model_copy(update={"carry_over": CarryOver.NONE})

    assert planned(last_year(), policy=policy) == []


def test_re_registration_brings_every_reusable_image_but_none_that_a_reviewer_returned() -> None:
    old = with_images(a_dossier("replaced"), RULES, *EVERYTHING)
    old = replace(old, stage="closed", verdicts={"diploma.1": Verdict("returned", "site")})

    orders = planned(replaced=old)

    assert sources(orders) == ["idp.1", "idp.2", "probation.1"]
    assert not any(order.origin.is_approved for order in orders)


def test_what_the_replaced_registration_lacks_comes_from_last_session() -> None:
    old = with_images(a_dossier("replaced"), RULES, "diploma.1", "probation.1")

    orders = planned(last_year(), replaced=old)

    assert [(o.origin.registration_id, o.origin.image_id) for o in orders] == [
        ("replaced", "diploma.1"),
        ("replaced", "probation.1"),
        ("old-2019", "idp.1"),
        ("old-2019", "idp.2"),
    ]


def test_an_approval_survives_re_registration_and_so_does_a_copy_that_is_still_to_be_made() -> None:
    dossier, _ = carried_over()
    half = replace(FRESH, registration_id="half", copying=tuple(planned(last_year())))

    assert {(o.origin.session, o.origin.is_approved) for o in planned(replaced=dossier)} == {("2019", True)}
    assert sources(planned(replaced=half)) == ["idp.1", "idp.2", "diploma.1"]
    assert {o.image_id for o in planned(replaced=half)}.isdisjoint(o.image_id for o in half.copying)


def test_what_was_erased_by_rule_does_not_come_back() -> None:
    old = last_year()
    erased = replace(old.items[0], original=replace(old.items[0].original, wrapped_key=""))

    orders = planned(replace(old, items=(erased, *old.items[1:])))

    assert sources(orders) == ["idp.2", "diploma.1"]


def test_images_of_categories_or_places_that_are_gone_stay_behind() -> None:
    other = Policy(
        name="other",
        carry_over=CarryOver.APPROVED_DURABLE,
        categories=(
            MaterialCategory(
                code="idp",
                name="身份证明",
                validity=Validity.DURABLE,
                slots=(Slot(code="front", name="正面"),),
            ),
        ),
    )

    assert sources(planned(last_year(), policy=other)) == ["idp.1"]


def test_carried_papers_count_are_locked_and_their_category_takes_no_more() -> None:
    dossier, rules = carried_over()

    assert [need.code for need in rules.missing(dossier)] == ["probation"]
    for item in dossier.items:
        assert item_openness(dossier, rules, item, NOW) != OPEN
    assert openness(dossier, rules, "diploma", NOW) != OPEN
    assert openness(dossier, rules, "probation", NOW) == OPEN
    with pytest.raises(DossierLockedError) as refusal:
        added(dossier, rules, "diploma.2")
    assert refusal.value.detail == "沿用往年已通过的图片，已锁定，无需再传"
    assert refusal.value.extra["reason"] == "carried_over"


def test_where_the_policy_lets_him_the_candidate_replaces_a_carried_paper() -> None:
    dossier, rules = carried_over(CARRYING.model_copy(update={"carry_over_replaceable": True}))
    diploma = next(item for item in dossier.items if item.category == "diploma")

    after = added(dossier, rules, "diploma.2", replaces=diploma.image_id).dossier

    assert after.item("diploma.2") is not None
    assert after.item(diploma.image_id) is None


def test_a_reviewer_may_send_a_carried_paper_back() -> None:
    dossier, rules = carried_over()
    full = submit(with_images(dossier, rules, "probation.1"), rules, NOW).dossier
    diploma = next(item for item in full.items if item.category == "diploma")

    back = returned(rules, diploma.image_id, dossier=full)

    assert item_openness(back, rules, diploma, NOW) == OPEN


def test_copies_of_a_re_registration_are_the_candidate_s_own_and_open() -> None:
    old = with_images(a_dossier("replaced"), RULES, "diploma.1")
    dossier = replace(FRESH, copying=tuple(planned(replaced=old)))
    dossier = finished(received(dossier, RULES, dossier.copying[0]))

    assert item_openness(dossier, RULES, dossier.items[0], NOW) == OPEN


def test_a_place_that_the_candidate_has_filled_meanwhile_is_his() -> None:
    orders = planned(last_year())
    filled = with_images(replace(FRESH, copying=tuple(orders)), RULES, "idp.9")

    assert receive(filled, RULES, orders[0], an_object("other"), NOW) is None
    assert receive(filled, RULES, orders[1], an_object("other"), NOW) is not None
    after = give_up(filled, RULES, orders[0], NOW, is_lost=False).dossier
    assert after.copying == tuple(orders[1:])


def test_a_claim_and_a_submission_wait_for_copies() -> None:
    full = with_images(FRESH, RULES, *EVERYTHING)
    copying = tuple(planned(last_year()))

    with pytest.raises(StillProcessingError):
        submit(replace(full, copying=copying), RULES, NOW)
    waiting = replace(submit(full, RULES, NOW).dossier, copying=copying)
    step = claim(waiting, RULES, a_claim(1), NOW, NOW + 2 * MINUTE)
    assert step is not None
    assert step.events[0].model_dump()["reason"] == "not-ready"


def test_copies_that_nobody_makes_are_asked_for_again_more_and_more_rarely() -> None:
    waiting = replace(FRESH, copying=tuple(planned(last_year())))

    assert next_look(waiting, RULES, NOW) == NOW + MINUTE
    step = due(waiting, RULES, NOW + 3 * MINUTE)
    assert [event.type for event in step.events] == ["uploads.copies.wanted"]
    assert step.dossier.next_due_at == NOW + 6 * MINUTE
    assert next_look(FRESH, RULES, NOW) is None


@given(st.permutations(range(3)), st.sets(st.sampled_from(["idp.8", "idp.9", "diploma.8", "diploma.9"])))
def test_in_whatever_order_copies_and_uploads_come_no_category_overflows_and_nothing_comes_twice(
    order: list[int], uploads: set[str]
) -> None:
    orders = planned(last_year())
    dossier = replace(FRESH, copying=tuple(orders))
    for name in sorted(uploads):
        category = name.partition(".")[0]
        if dossier.count(category) < 2:
            dossier = added(dossier, RULES, name).dossier
    for number in (*order, *order):
        one = orders[number]
        if one not in dossier.copying:
            continue
        step = receive(dossier, RULES, one, an_object(f"copy of {one.origin.image_id}"), NOW)
        dossier = step.dossier if step else give_up(dossier, RULES, one, NOW, is_lost=False).dossier

    assert dossier.copying == ()
    assert all(dossier.count(category.code) <= category.max_images for category in CARRYING.categories)
    slots = [(item.category, item.slot) for item in dossier.items if item.slot]
    assert len(slots) == len(set(slots))
    assert len({item.image_id for item in dossier.items}) == len(dossier.items)
    assert uploads >= {item.image_id for item in dossier.items if item.origin is None}


def test_re_registration_brings_what_is_still_in_processing_but_a_new_session_only_what_was_approved() -> (
    None
):
    begun = added(with_images(a_dossier("replaced"), RULES, "idp.1"), RULES, "diploma.1").dossier
    unseen = added(with_images(a_dossier("old", "2019"), RULES, "idp.1"), RULES, "diploma.1").dossier

    assert sources(planned(replaced=replace(begun, stage="closed"))) == ["idp.1", "diploma.1"]
    assert sources(planned(replace(unseen, stage="passed"))) == ["idp.1"]
