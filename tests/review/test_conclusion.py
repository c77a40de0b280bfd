"""Conclusions: what each level's decision makes of a case, and what it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.review.case import Step, judge
from services.review.conclusion import Concluding, conclude
from services.review.deadlines import Times
from services.review.errors import (
    CommentNeededError,
    HoldLostError,
    ImagesNotPassedError,
    NothingReturnedError,
    NotLockedYetError,
)
from services.review.model import LEASE, Judgement
from shared.events.review import (
    CaseDecided,
    CaseSentBack,
    DecisionPrivate,
    ImageVerdict,
    ResultAnnounced,
    SentBackItem,
    SentBackItemText,
    SentBackPrivate,
)
from shared.policy.values import Release, ReviewLevel
from tests.review.builders import (
    DEMO,
    DIPLOMA_TEXT,
    a_district_reviewer,
    a_site_passed_case,
    a_site_reviewer,
    a_waiting_case,
    concluded,
    judged,
    locked_for,
)
from tests.support.clocks import A_MORNING

WANG, LI = a_site_reviewer(), a_district_reviewer()
BOTH_PASSED = (
    ImageVerdict(image_id="image-id", verdict="passed"),
    ImageVerdict(image_id="image-diploma", verdict="passed"),
)


def test_a_pass_of_the_site_hands_on_to_the_district_and_is_announced() -> None:
    step = concluded(judged(locked_for(a_waiting_case(), WANG), WANG), WANG, "pass")

    assert (step.case.state, step.case.hold, step.case.level) == ("awaiting_district", None, "district")
    assert step.events == (
        CaseDecided(hold=1, level="site", outcome="passed", final=False, verdicts=BOTH_PASSED),
        ResultAnnounced(
            level="site",
            outcome="passed",
            final=False,
            release_at=A_MORNING,
            private=DecisionPrivate(comment=""),
        ),
    )


def test_a_pass_of_the_district_is_the_end() -> None:
    step = concluded(locked_for(a_site_passed_case(), LI, sequence=8), LI, "pass")

    assert (step.case.state, step.case.lane("district"), step.case.lane("site")) == ("passed", "done", "done")
    assert step.events[0] == CaseDecided(
        hold=2, level="district", outcome="passed", final=True, verdicts=BOTH_PASSED
    )


def test_a_result_that_is_released_later_is_not_announced() -> None:
    result = DEMO.result.model_copy(update={"release": {ReviewLevel.SITE: Release.AFTER_DISTRICT_FINISHED}})
    policy = DEMO.model_copy(update={"result": result})
    case = judged(locked_for(a_waiting_case(), WANG), WANG)

    step = conclude(case, WANG, Concluding("pass", "", policy, Times(A_MORNING, None)), A_MORNING)

    assert [type(event) for event in step.events] == [CaseDecided]
    assert step.case.announced == ()


def test_a_send_back_names_pictures_reasons_and_the_deadline_of_24_hours() -> None:
    step = concluded(
        judged(locked_for(a_waiting_case(), WANG), WANG, returned=["image-diploma"]), WANG, "send_back"
    )

    assert step.case.state == "returned"
    assert step.case.send_back is not None
    assert step.events == (
        CaseSentBack(
            hold=1,
            level="site",
            round=1,
            sendback_id=step.case.send_back.id,
            items=(
                SentBackItem(
                    image_id="image-diploma",
                    category="diploma",
                    slot=None,
                    reason_code="number_unreadable",
                ),
            ),
            verdicts=(
                ImageVerdict(image_id="image-id", verdict="passed"),
                ImageVerdict(image_id="image-diploma", verdict="returned"),
            ),
            deadline=A_MORNING + timedelta(hours=24),
            release_at=A_MORNING,
            private=SentBackPrivate(items=(SentBackItemText(label="编号无法辨别", text=DIPLOMA_TEXT),)),
        ),
    )


def test_a_rejection_is_final_and_needs_a_comment() -> None:
    case = locked_for(a_waiting_case(), WANG)

    with pytest.raises(CommentNeededError):
        concluded(case, WANG, "reject")
    step = concluded(case, WANG, "reject", comment="所学专业不符合报考条件")
    assert step.case.state == "rejected"
    assert step.events == (
        CaseDecided(hold=1, level="site", outcome="rejected", final=True, verdicts=()),
        ResultAnnounced(
            level="site",
            outcome="rejected",
            final=True,
            release_at=A_MORNING,
            private=DecisionPrivate(comment="所学专业不符合报考条件"),
        ),
    )


def test_the_site_passes_only_when_every_picture_is_passed() -> None:
    case = locked_for(a_waiting_case(), WANG)
    half = judge(case, WANG, "image-id", Judgement("passed"), policy=DEMO, now=A_MORNING).case

    with pytest.raises(ImagesNotPassedError):
        concluded(half, WANG, "pass")


def test_the_district_does_not_pass_what_it_returned() -> None:
    case = locked_for(a_site_passed_case(), LI, sequence=8)
    returned = judge(case, LI, "image-id", Judgement("returned", "expired"), policy=DEMO, now=A_MORNING).case

    with pytest.raises(ImagesNotPassedError):
        concluded(returned, LI, "pass")


def test_a_send_back_needs_a_returned_picture() -> None:
    with pytest.raises(NothingReturnedError):
        concluded(judged(locked_for(a_waiting_case(), WANG), WANG), WANG, "send_back")


def test_nothing_is_decided_without_a_live_locked_hold() -> None:
    case = judged(locked_for(a_waiting_case(), WANG), WANG)
    assert case.hold is not None

    with pytest.raises(HoldLostError):
        concluded(case, WANG, "pass", A_MORNING + LEASE)
    with pytest.raises(HoldLostError):
        concluded(case, a_site_reviewer("zhao"), "pass")
    with pytest.raises(NotLockedYetError):
        concluded(replace(case, hold=replace(case.hold, state="waiting")), WANG, "pass")


def test_a_repeated_conclusion_says_nothing_new() -> None:
    case = judged(locked_for(a_waiting_case(), WANG), WANG)
    decided = concluded(case, WANG, "pass").case

    assert concluded(decided, WANG, "pass") == Step(decided)
    with pytest.raises(HoldLostError):
        concluded(decided, WANG, "reject", comment="不符合")
