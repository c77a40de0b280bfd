"""Needs, and groups of which one paper suffices: what counts, what is missing, what a refusal says."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.uploads.checklist import ProgressAnswer, groups_of, need_word
from services.uploads.errors import DossierIncompleteError
from services.uploads.model import Dossier, Rules
from services.uploads.openness import is_settled
from services.uploads.requirements import Lack, lack_of, needs_of, required_codes
from services.uploads.submission import submit
from shared.policy.category import CategoryGroup, MaterialCategory
from shared.policy.model import Policy
from shared.policy.office import Window
from tests.uploads.builders import NOW, a_dossier, added, returned, rules_of, with_images

GROUPED = Policy(
    name="grouped",
    categories=(
        MaterialCategory(code="card", name="身份证明", order=10, required_when="true"),
        MaterialCategory(code="extra", name="其他材料", order=50, min_images=0, max_images=9),
        MaterialCategory(code="probation", name="试用期考核证明", order=30, max_images=2),
        MaterialCategory(code="practice", name="执业期考核证明", order=20, min_images=2, max_images=2),
    ),
    groups=(
        CategoryGroup(code="yearly", name="当年考核证明", hint="任一即可", any_of=("probation", "practice")),
    ),
)
RULES = Rules(GROUPED, Window(), frozenset({"card", "yearly"}))
CODES = ("card", "extra", "probation", "practice")


def dossier_with(*names: str) -> Dossier:
    """Return a dossier with these images."""
    return with_images(a_dossier(GROUPED), RULES, *names)


def words_of(dossier: Dossier, rules: Rules = RULES) -> dict[str, str]:
    """Return what the page says of each category."""
    return {c.code: need_word(dossier, rules, c) for c in GROUPED.ordered_categories}


def test_a_group_counts_once_and_stands_where_its_first_paper_does() -> None:
    assert [need.code for need in RULES.needs] == ["card", "yearly"]
    progress = ProgressAnswer.of(dossier_with("card.1"), RULES)
    assert (progress.required_done, progress.required_total) == (1, 2)


def test_one_complete_paper_of_a_group_suffices() -> None:
    assert RULES.missing(dossier_with("card.1", "probation.1")) == ()
    assert RULES.missing(dossier_with("card.1", "practice.1", "practice.2")) == ()


def test_halves_of_two_papers_make_no_whole() -> None:
    wide = GROUPED.categories[2].model_copy(update={"min_images": 2})
    policy = GROUPED.model_copy(update={"categories": (*GROUPED.categories[:2], wide, GROUPED.categories[3])})
    rules = Rules(policy, Window(), RULES.required)

    missing = rules.missing(with_images(a_dossier(policy), rules, "card.1", "probation.1", "practice.1"))

    assert [need.code for need in missing] == ["yearly"]


def test_a_group_of_which_one_paper_is_required_by_itself_asks_nothing_more() -> None:
    needs = needs_of(GROUPED, frozenset({"card", "yearly", "practice"}))

    assert [need.code for need in needs] == ["card", "practice"]


def test_a_gap_in_a_group_names_every_paper_that_would_do_and_what_the_nearest_lacks() -> None:
    dossier = dossier_with("practice.1")

    assert [lack_of(need, dossier.count_handed_in) for need in RULES.missing(dossier)] == [
        Lack("card", "身份证明", 0, 1),
        Lack(
            "yearly",
            "当年考核证明",
            1,
            2,
            (Lack("practice", "执业期考核证明", 1, 2), Lack("probation", "试用期考核证明", 0, 1)),
        ),
    ]


def test_a_refused_submit_names_each_missing_paper_and_all_alternatives() -> None:
    dossier = dossier_with("extra.1")

    with pytest.raises(DossierIncompleteError) as refusal:
        submit(dossier, RULES, NOW)

    assert refusal.value.detail == "还缺少：身份证明、执业期考核证明或试用期考核证明（任一即可）"
    assert refusal.value.extra["missing"] == [
        asdict(lack_of(need, dossier.count_handed_in)) for need in RULES.missing(dossier)
    ]


def test_the_page_says_of_each_paper_whether_the_candidate_needs_it() -> None:
    assert words_of(dossier_with()) == {
        "card": "required",
        "practice": "one_of",
        "probation": "one_of",
        "extra": "not_needed",
    }
    met = dossier_with("probation.1")
    assert words_of(met)["probation"] == "one_of"
    assert words_of(met)["practice"] == "covered"
    assert [(group.code, group.categories, group.satisfied) for group in groups_of(met, RULES)] == [
        ("yearly", ["practice", "probation"], True)
    ]


def test_a_group_that_is_not_required_is_no_group_of_the_page() -> None:
    rules = Rules(GROUPED, Window(), frozenset({"card"}))

    assert groups_of(a_dossier(GROUPED), rules) == []
    assert words_of(a_dossier(GROUPED), rules)["practice"] == "not_needed"


def test_the_first_paper_of_a_group_is_announced_and_further_ones_are_not() -> None:
    dossier = dossier_with("card.1")

    first = added(dossier, RULES, "probation.1")
    second = added(first.dossier, RULES, "practice.1")

    assert [event.type for event in first.events] == ["uploads.image.received", "uploads.dossier.changed"]
    assert [event.type for event in second.events] == ["uploads.image.received"]


def test_a_returned_paper_may_be_given_up_for_another_one_of_its_group() -> None:
    before = submit(dossier_with("card.1", "probation.1"), RULES, NOW).dossier
    back = returned(RULES, "probation.1", dossier=before)
    assert back.send_back is not None
    place = back.send_back.places[0]
    without = with_images(back, RULES, "practice.1", "practice.2")
    without = replace(without, items=tuple(item for item in without.items if item.category != "probation"))

    assert not is_settled(back, RULES, place)
    assert is_settled(without, RULES, place)


@given(st.dictionaries(st.sampled_from(CODES), st.integers(0, 3)), st.frozensets(st.sampled_from(CODES)))
def test_what_is_missing_is_exactly_what_no_paper_meets(
    counts: dict[str, int], required: frozenset[str]
) -> None:
    needs = needs_of(GROUPED, required | {"yearly"})

    for need in needs:
        lack = lack_of(need, lambda code: counts.get(code, 0))
        assert need.is_met(lambda code: counts.get(code, 0)) == (lack.present >= lack.needed)
    assert {code for need in needs for code in ([need.code] if not need.is_group else [])} == required & set(
        CODES
    )


def test_the_facts_decide_and_an_own_attribute_counts() -> None:
    policy = Policy.model_validate(
        {
            "name": "own",
            "registration": {"attributes": [{"name": "rural", "label": "定向", "type": "yes_no"}]},
            "categories": [{"code": "contract", "name": "定向协议", "required_when": "rural"}],
        }
    )

    assert required_codes(policy, {"rural": True}) == {"contract"}
    assert required_codes(policy, {}) == frozenset()
    assert rules_of(policy).needs == ()
