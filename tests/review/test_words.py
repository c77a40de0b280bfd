"""What reviewers read."""

from dataclasses import replace

import pytest

from services.review.case import judge
from services.review.deadlines import Times
from services.review.model import Entry, Judgement
from services.review.words import entry_text, masked_id_number, masked_name, masked_phone, unlocks_text
from shared.policy.candidate import UnlockSettings
from shared.policy.values import UnlockScope
from tests.review.builders import DEMO, a_site_reviewer, a_waiting_case, an_item, judged, locked_for
from tests.support.clocks import A_MORNING

WANG = a_site_reviewer()
UNREADABLE = Judgement("returned", "other", "看不清")


def test_personal_data_is_masked() -> None:
    assert masked_name("张三丰") == "张**"
    assert masked_name("") == ""
    assert masked_id_number("370102199001011234") == "370***********1234"
    assert masked_id_number("1234567") == "*******"
    assert masked_phone("13812345678") == "138****5678"
    assert masked_phone("12345") == "*****"


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (UnlockScope.DOSSIER, "退回后全部材料解锁，考生须在 3月12日 14:00 前补充"),
        (UnlockScope.CATEGORY, "退回后只解锁 毕业证书，考生须在 3月12日 14:00 前补充"),
        (UnlockScope.IMAGE, "退回后只解锁被退回的 1 张图片，考生须在 3月12日 14:00 前补充"),
    ],
)
def test_a_send_backs_consequence_is_said_beforehand(scope: UnlockScope, words: str) -> None:
    case = judged(locked_for(a_waiting_case(), WANG), WANG, returned=["image-diploma"])
    policy = DEMO.model_copy(update={"unlock": UnlockSettings(scope=scope)})

    assert unlocks_text(case, policy, Times(A_MORNING, A_MORNING)) == words


def test_what_a_send_back_opens_is_told_in_the_catalogues_order() -> None:
    items = (an_item("image-diploma"), an_item("image-id", "id_proof", "front"))
    locked = locked_for(a_waiting_case(), WANG, items=items)
    case = judge(locked, WANG, "image-diploma", UNREADABLE, policy=DEMO, now=A_MORNING).case
    case = judge(case, WANG, "image-id", UNREADABLE, policy=DEMO, now=A_MORNING).case
    policy = DEMO.model_copy(update={"unlock": UnlockSettings(scope=UnlockScope.CATEGORY)})

    words = unlocks_text(case, policy, Times(A_MORNING, None))

    assert words == "退回后只解锁 身份证明、毕业证书，补充不限时间"


def test_without_limit_or_after_the_last_day_the_words_say_so() -> None:
    case = locked_for(a_waiting_case(), WANG)

    assert unlocks_text(case, DEMO, Times(A_MORNING, None)) == "退回后只解锁被退回的图片，补充不限时间"
    assert unlocks_text(case, DEMO, None) == "补充材料的截止时间已过，不能再退回"
    assert unlocks_text(replace(case, hold=None), DEMO, None) is None


def test_history_is_told_in_the_policys_words() -> None:
    lines = [
        Entry(A_MORNING, "passed", "site"),
        Entry(A_MORNING, "passed", "district"),
        Entry(A_MORNING, "rejected", "district", text="专业不符"),
        Entry(A_MORNING, "claim_refused", "site", text="not-ready"),
        Entry(A_MORNING, "sendback_expired", "site"),
    ]

    assert [entry_text(line, DEMO) for line in lines] == [
        "考点通过",
        "审核通过",
        "审核拒绝：专业不符",
        "没有锁定成功：还有图片没有处理好",
        "考生没有在截止时间前补充",
    ]
