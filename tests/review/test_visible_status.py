"""What the card says: nothing that is not out yet."""

from dataclasses import replace

import pytest

from services.review.following import follow_dossier
from services.review.model import Case
from services.review.visible_status import VisibleStatus, visible_status
from shared.policy.model import Policy
from tests.review.builders import (
    DEMO,
    SHANDONG,
    a_district_reviewer,
    a_dossier,
    a_returned_case,
    a_site_passed_case,
    a_site_reviewer,
    a_waiting_case,
    concluded,
    judged,
    locked_for,
)
from tests.support.clocks import A_MORNING

WANG, LI = a_site_reviewer(), a_district_reviewer()


def a_passed_case() -> Case:
    return concluded(locked_for(a_site_passed_case(), LI, sequence=8), LI, "pass").case


def a_rejected_case() -> Case:
    return concluded(locked_for(a_waiting_case(), WANG), WANG, "reject", comment="不符合").case


@pytest.mark.parametrize("policy", [DEMO, SHANDONG], ids=["demo", "shandong-2020"])
@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (Case("empty"), VisibleStatus("填报", "filling", ())),
        (a_waiting_case(), VisibleStatus("填报", "filling", ())),
        (judged(locked_for(a_waiting_case(), WANG), WANG), VisibleStatus("填报", "filling", ())),
        (a_returned_case(), VisibleStatus("填报", "filling", ())),
        (a_site_passed_case(), VisibleStatus("考点通过", "site_passed", ("site",))),
        (a_returned_case("district"), VisibleStatus("填报", "filling", ("site",))),
        (a_passed_case(), VisibleStatus("审核通过", "passed", ("site", "district"))),
        (a_rejected_case(), VisibleStatus("审核拒绝", "rejected", ("site",))),
    ],
    ids=["draft", "submitted", "claimed", "returned", "site passed", "returned again", "passed", "rejected"],
)
def test_the_card_walks_through_its_four_words(case: Case, expected: VisibleStatus, policy: Policy) -> None:
    assert visible_status(case, policy) == expected


def test_until_it_is_out_a_pass_cannot_be_told_from_a_rejection() -> None:
    passed = replace(a_passed_case(), announced=("site",))
    rejected = replace(a_passed_case(), announced=("site",), state="rejected")
    before = replace(a_site_passed_case(), announced=("site",))

    assert visible_status(passed, DEMO) == visible_status(rejected, DEMO) == visible_status(before, DEMO)


def test_a_sites_result_that_is_not_out_yet_shows_nothing() -> None:
    hidden = VisibleStatus("填报", "filling", ())

    assert visible_status(replace(a_site_passed_case(), announced=()), DEMO) == hidden
    assert visible_status(replace(a_rejected_case(), announced=()), DEMO) == hidden


def test_what_was_given_up_has_the_card_s_word_for_it() -> None:
    abandoned = follow_dossier(Case("late"), a_dossier("abandoned"), 1, DEMO, A_MORNING)
    supplement = follow_dossier(a_returned_case(), a_dossier("abandoned"), 20, DEMO, A_MORNING)

    for case in (abandoned, supplement):
        assert visible_status(case, DEMO) == VisibleStatus("逾期未提交", "filling", ())
