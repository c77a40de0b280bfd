"""What changes whether and until when a candidate may act is told on the page, once."""

from datetime import timedelta

import pytest

from shared.events.review import SendbackDeadlineExtended
from shared.events.uploads import DossierAbandoned, DossierWithdrawn, Overdue, SendbackClosed
from shared.messaging.consumer import Handled
from tests.notify.builders import Notify, an_envelope
from tests.support.clocks import A_MORNING

LATER = A_MORNING + timedelta(hours=2)


async def lines(notify: Notify) -> list[tuple[str, str]]:
    """Return code and text of what the candidate reads."""
    found = await notify.use_cases.read_messages("c1", "r1")
    return [(line.message.code, line.message.text) for line in found]


async def test_a_withdrawal_is_proved_with_its_own_time_and_once(notify: Notify) -> None:
    await notify.know_the_candidate()
    event = DossierWithdrawn(submissions=1, withdrawn_at=LATER)
    envelope = an_envelope(event)

    for _ in range(2):
        assert await notify.hear(event, envelope) == Handled()

    [line] = await notify.use_cases.read_messages("c1", "r1")
    assert (line.message.code, line.message.at) == ("WITHDRAWN", LATER)
    assert line.message.text == "您已撤回提交，材料已解锁。修改后请再次提交审核。"
    assert notify.sms.items == {}


@pytest.mark.parametrize(
    ("missed", "word"), [("first_upload", "上传"), ("supplement", "补充"), ("due_paper", "补交")]
)
async def test_who_counts_as_given_up_reads_what_was_missed_and_when(
    notify: Notify, missed: Overdue, word: str
) -> None:
    await notify.know_the_candidate()

    await notify.hear(DossierAbandoned(missed=missed, missed_at=A_MORNING))

    [(code, text)] = await lines(notify)
    assert code == "ABANDONED"
    first, second = text.splitlines()
    assert first == "规定的时间已过，按放弃处理。如有疑问，请联系考点办公室。"
    assert second.startswith(f"{word}截止时间：20")
    assert notify.sms.items == {}


async def test_a_send_back_that_was_taken_back_is_told_and_an_answered_one_is_not(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(SendbackClosed(sendback_id="b1", round=1, outcome="withdrawn"))
    await notify.hear(SendbackClosed(sendback_id="b2", round=2, outcome="answered"))

    assert await lines(notify) == [
        ("SENDBACK_WITHDRAWN", "上次的补充要求已撤回，您不用再补充，请等待审核结果。")
    ]


async def test_more_time_is_told_with_the_new_deadline(notify: Notify) -> None:
    await notify.know_the_candidate()

    await notify.hear(SendbackDeadlineExtended(hold=1, sendback_id="b1", deadline=LATER))

    [(code, text)] = await lines(notify)
    assert code == "SENDBACK_EXTENDED"
    assert text.splitlines()[1].startswith("新的截止时间：20")
