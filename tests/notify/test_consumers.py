"""From events to messages and SMS, as the consumer handles them."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.consumers import LIVE_EVENTS, QUEUES, subscriptions
from services.notify.use_cases.inbox import Line
from services.notify.use_cases.notices import adjusted_notice
from shared.events import Scope
from shared.events.notify import MessagePosted
from shared.events.uploads import ConfirmationWanted, RequirementsAdjusted, SendbackClosed
from shared.messaging.consumer import Handled, Park, Retry
from shared.policy.loader import load_policy
from shared.policy.values import Channel, NoticeKind
from tests.notify.builders import (
    PHONE,
    POLICIES,
    REASON,
    SCOPE,
    Notify,
    a_registration,
    a_result,
    a_send_back,
    a_submission,
    an_envelope,
)
from tests.support.clocks import A_MORNING
from tests.support.envelopes import a_revocation

S0_30 = (
    "【山东卫健委医管中心】您的医师资格考试报名材料照片，有新的审核通知，请在 24 小时之内登陆报名网站，"
    "访问报名材料上传页面，查看消息并按要求处理。"
)
EVENING = datetime(2020, 3, 14, 14, 2, 8, tzinfo=UTC)


async def read(notify: Notify) -> list[Line]:
    return await notify.use_cases.read_messages("c1", "r1")


async def texts(notify: Notify) -> list[str]:
    return [line.message.text for line in await read(notify)]


async def sms(notify: Notify) -> list[str]:
    await notify.duties.send_sms()
    return [one.text for one in notify.gateway.sent]


def ended(outcome: str = "answered", sendback_id: str = "b1") -> SendbackClosed:
    return SendbackClosed.model_validate({"sendback_id": sendback_id, "round": 1, "outcome": outcome})


async def test_s0_22_a_submission_is_told_on_the_page_with_the_receipts_time(notify: Notify) -> None:
    await notify.know_the_candidate()

    outcome = await notify.hear(a_submission(at=A_MORNING - timedelta(seconds=2)))

    [line] = await read(notify)
    assert outcome == Handled()
    assert (line.message.text, line.message.at) == (
        "上报完成，内容已锁定。",
        A_MORNING - timedelta(seconds=2),
    )
    assert (line.message.code, line.message.author, line.action_needed) == (
        "SUBMITTED_LOCKED",
        "system",
        False,
    )
    assert await sms(notify) == []


async def test_s3_06_a_changed_list_is_told_with_the_names_of_its_papers(notify: Notify) -> None:
    await notify.know_the_candidate()

    outcome = await notify.hear(
        RequirementsAdjusted(
            added=("practice_proof", "assistant_certificates"),
            dropped=("probation_proof",),
            missing=("practice_proof",),
            reopened=True,
        )
    )

    [line] = await read(notify)
    assert outcome == Handled()
    assert (line.message.code, line.message.author, line.action_needed) == (
        "REQUIREMENTS_ADJUSTED",
        "system",
        False,
    )
    assert line.message.text.splitlines() == [
        "您的报考信息有变更，所需材料已随之调整，请按页面上的清单核对。",
        "新增：执业助理医师执业期考核合格证明、《医师资格证书》和《医师执业证书》。",
        "还没有上传：执业助理医师执业期考核合格证明。",
        "不再需要：试用期考核合格证明。",
        "材料已重新开放，请补齐后再次提交审核。",
    ]
    assert await sms(notify) == []


async def test_pictures_that_wait_for_a_word_are_told_of_on_the_page_alone(notify: Notify) -> None:
    await notify.know_the_candidate()

    outcome = await notify.hear(ConfirmationWanted(images=2, categories=("diploma",)))

    [line] = await read(notify)
    assert outcome == Handled()
    assert line.message.code == "CONFIRMATION_WANTED"
    assert line.message.text.splitlines() == [
        "有图片还没有计入材料：请打开页面看清楚，点“确认使用”，或换一张。",
        "等您确认的有 2 张：毕业证书。",
    ]
    assert await sms(notify) == []


def test_pictures_that_wait_for_a_word_are_told_of_by_sms_where_the_policy_says_so() -> None:
    policy = load_policy(POLICIES / "examples" / "confirmation-sms.yaml")

    assert policy.notify.channels_of(NoticeKind.CONFIRMATION_WANTED) == {Channel.SMS, Channel.INAPP}
    assert policy.notify.sms_text(NoticeKind.CONFIRMATION_WANTED)


def test_a_group_is_told_with_every_paper_that_would_do() -> None:
    policy = load_policy(POLICIES / "examples" / "list-national-upload.yaml")
    event = RequirementsAdjusted(added=("yearly_proof",), dropped=(), missing=(), reopened=False)

    notice = adjusted_notice(event, an_envelope(event), policy)

    assert notice.words == ("新增：试用期考核合格证明或执业期考核证明（任一即可）。",)


async def test_s0_29_the_reviewers_words_stand_on_top_and_ask_to_act(notify: Notify) -> None:
    await notify.know_the_candidate()
    await notify.hear(a_submission())

    await notify.hear(
        a_send_back(release_at=EVENING), an_envelope(a_send_back(release_at=EVENING), at=EVENING)
    )

    lines = await read(notify)
    assert [line.message.text for line in lines] == [REASON, "上报完成，内容已锁定。"]
    assert [line.action_needed for line in lines] == [True, False]
    assert (lines[0].message.author, lines[0].message.code) == ("staff", "RETURNED")


async def test_s0_29_several_reasons_are_one_message_in_the_order_of_the_pictures(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_send_back(REASON, "请正向拍摄。", REASON, ""))

    assert await texts(notify) == [f"{REASON}\n请正向拍摄。\n编号无法辨别"]


async def test_s0_30_the_sms_of_a_return_has_exactly_the_guides_text(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_send_back())

    assert await sms(notify) == [S0_30]
    assert [one.phone for one in notify.gateway.sent] == [PHONE]


async def test_s0_30_the_reviewers_words_never_leave_by_sms(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_send_back())

    assert REASON not in "".join(await sms(notify))


async def test_s0_28_a_final_pass_is_told_on_the_page_and_by_sms(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_result())

    assert await texts(notify) == ["您的报名材料已审核通过。"]
    assert await sms(notify) == ["【山东卫健委医管中心】您的医师资格考试报名材料照片，审核通过。"]


async def test_a_pass_of_the_site_is_told_on_the_page_only(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_result(level="site", final=False))

    assert await texts(notify) == ["您的报名材料已通过考点审核，请等待考区审核。"]
    assert await sms(notify) == []


async def test_a_rejection_shows_the_reviewers_comment(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_result("rejected", comment="试用期不满一年。"))

    [line] = await read(notify)
    assert line.message.text == "您的报名材料审核未通过。\n试用期不满一年。"
    assert (line.message.author, line.message.code) == ("staff", "REJECTED")
    assert await sms(notify) == [S0_30]


async def test_an_event_that_comes_twice_tells_once(notify: Notify) -> None:
    await notify.know_the_candidate()
    envelope = an_envelope(a_send_back())

    for _ in range(3):
        await notify.hear(a_send_back(), envelope)

    assert len(await texts(notify)) == 1
    assert len(notify.messages.told) == 1
    assert len(await sms(notify)) == 1


async def test_two_returns_are_two_messages_and_two_sms(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_send_back())
    await notify.hear(a_send_back(sendback_id="b2"))

    assert len(await texts(notify)) == 2
    assert len(await sms(notify)) == 2


async def test_an_unknown_registration_keeps_its_message_and_the_sms_waits(notify: Notify) -> None:
    envelope = an_envelope(a_send_back())

    early = await notify.hear(a_send_back(), envelope)
    await notify.know_the_candidate()
    late = await notify.hear(a_send_back(), envelope)

    assert early == Retry("retry.1s", 1)
    assert late == Handled()
    assert await texts(notify) == [REASON]
    assert await sms(notify) == [S0_30]


async def test_an_unknown_policy_is_waited_for(notify: Notify) -> None:
    scope = SCOPE.model_copy(update={"policy": "0" * 64})

    assert await notify.hear(a_submission(), an_envelope(a_submission(), scope=scope)) == Retry("retry.1s", 1)


async def test_an_event_without_version_goes_by_the_place(notify: Notify) -> None:
    await notify.know_the_candidate()
    scope = SCOPE.model_copy(update={"policy": None})

    await notify.hear(a_submission(), an_envelope(a_submission(), scope=scope))

    assert await texts(notify) == ["上报完成，内容已锁定。"]


@pytest.mark.parametrize(
    ("scope", "reason"),
    [(Scope(), "failed:NoRegistrationError"), (Scope(registration="r1"), "failed:ValueError")],
)
async def test_an_event_about_nobody_knows_whom_is_parked(notify: Notify, scope: Scope, reason: str) -> None:
    outcome = await notify.hear(a_submission(), an_envelope(a_submission(), scope=scope))

    assert outcome == Park(reason)


async def test_nothing_is_read_or_sent_before_its_release(notify: Notify) -> None:
    await notify.know_the_candidate()
    release_at = A_MORNING + timedelta(hours=9)

    await notify.hear(a_send_back(release_at=release_at))
    before = (await texts(notify), await sms(notify))
    notify.clock.instant = release_at
    after = await read(notify)

    assert before == ([], [])
    assert [line.message.at for line in after] == [release_at]
    assert await sms(notify) == [S0_30]


async def test_what_is_out_at_once_does_not_wait_for_a_clock_that_is_behind(notify: Notify) -> None:
    await notify.know_the_candidate()
    notify.clock.instant = A_MORNING - timedelta(seconds=3)

    await notify.hear(a_send_back())

    assert await texts(notify) == [REASON]


@pytest.mark.parametrize("outcome", ["answered", "withdrawn"])
async def test_an_ended_send_back_asks_no_more(notify: Notify, outcome: str) -> None:
    await notify.know_the_candidate()
    await notify.hear(a_send_back())

    await notify.hear(ended(outcome))

    assert not any(line.action_needed for line in await read(notify))


async def test_the_end_may_come_before_the_message(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(ended())
    await notify.hear(a_send_back())
    await notify.hear(a_send_back(sendback_id="b2"))

    lines = {line.message.sendback_id: line.action_needed for line in await read(notify)}
    assert lines == {"b1": False, "b2": True}


async def test_s0_32_a_send_back_that_ran_out_is_told(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(ended("expired"))

    assert await texts(notify) == ["补充材料的时间已过，请联系考点办公室。"]


async def test_c15_an_older_state_of_the_registration_changes_nothing(notify: Notify) -> None:
    newer, older = a_registration(phone="13911112222"), a_registration(phone="13900000000")

    await notify.hear(newer, an_envelope(newer, sequence=7))
    outcome = await notify.hear(older, an_envelope(older, sequence=6))

    found = await notify.registrations.find("r1")
    assert outcome == Handled()
    assert found is not None
    assert found.phone == "13911112222"


async def test_a_revoked_session_is_noted(notify: Notify) -> None:
    await notify.hear(a_revocation("s9"))

    assert notify.revoked_sessions.revoked == {"s9": A_MORNING}


async def test_a_posted_message_tells_the_streams(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(a_submission())

    [message] = notify.messages.items.values()
    assert notify.messages.told == [MessagePosted(message_id=message.id, code="SUBMITTED_LOCKED")]
    assert MessagePosted in LIVE_EVENTS


def test_every_queue_has_its_subscription(notify: Notify) -> None:
    assert tuple(one.queue for one in subscriptions(notify.use_cases)) == QUEUES


def test_notify_is_in_the_audience_of_what_it_consumes() -> None:
    assert all("notify" in event.audience for queue in QUEUES for event in queue.events)
