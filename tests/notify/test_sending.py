"""Sending and settling over fakes."""

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from services.notify.sms import SETTLE_AFTER
from shared.events.notify import MessageDelivered, MessageFailed
from shared.mongo import StoreUnavailableError
from tests.notify.builders import PHONE, Notify, a_registration, an_envelope, an_sms
from tests.notify.fakes import CrashError, Sent
from tests.support.clocks import A_MORNING


@pytest.fixture
async def notify() -> Notify:
    """Return notify with one SMS to send."""
    notify = Notify()
    await notify.know_the_candidate()
    await notify.sms.add(an_sms())
    return notify


async def test_a_queued_sms_is_sent_and_recorded(notify: Notify) -> None:
    await notify.duties.send_sms()

    assert notify.gateway.sent == [Sent("s1", PHONE, "【山东卫健委医管中心】有新的审核通知")]
    assert (notify.sms.items["s1"].state, notify.sms.items["s1"].provider_id) == ("accepted", "provider-1")
    assert notify.sms.told == [MessageDelivered(message_id="s1", channel="sms")]


async def test_two_schedulers_send_one_sms(notify: Notify) -> None:
    await asyncio.gather(*(notify.duties.send_sms() for _ in range(5)))

    assert notify.gateway.calls == 1


async def test_an_sms_waits_for_its_release_by_the_shared_clock(notify: Notify) -> None:
    await notify.sms.add(an_sms("s2", release_at=A_MORNING + timedelta(hours=8)))

    await notify.duties.send_sms()
    before = [sms.our_id for sms in notify.gateway.sent]
    notify.clock.advance(timedelta(hours=8))
    await notify.duties.send_sms()

    assert (before, [sms.our_id for sms in notify.gateway.sent]) == (["s1"], ["s1", "s2"])


async def test_the_phone_of_the_moment_is_told(notify: Notify) -> None:
    await notify.hear(a_registration(), an_envelope(a_registration(phone="13911112222"), sequence=2))

    await notify.duties.send_sms()

    assert [sms.phone for sms in notify.gateway.sent] == ["13911112222"]


async def test_without_a_phone_the_sms_fails_and_nobody_is_called() -> None:
    notify = Notify()
    await notify.know_the_candidate(phone=" ")
    await notify.sms.add(an_sms())

    await notify.duties.send_sms()

    assert notify.gateway.calls == 0
    assert notify.sms.told == [MessageFailed(message_id="s1", channel="sms", code="no_phone")]


async def test_a_refused_sms_is_not_sent_again(notify: Notify) -> None:
    notify.gateway.script = deque(["refuse"])

    for _ in range(3):
        await notify.duties.send_sms()
        notify.machine.advance(timedelta(minutes=10))

    assert notify.gateway.calls == 1
    assert notify.sms.told == [MessageFailed(message_id="s1", channel="sms", code="content_refused")]


async def test_a_provider_that_takes_nothing_is_asked_again_with_growing_delay(notify: Notify) -> None:
    notify.gateway.script = deque(["busy"] * 3)
    calls = []

    for _ in range(20):
        await notify.duties.send_sms()
        calls.append(notify.gateway.calls)
        notify.machine.advance(timedelta(seconds=1))

    assert calls[:7] == [1, 1, 2, 2, 2, 2, 3]
    assert (calls[13], calls[14], len(notify.gateway.sent)) == (3, 4, 1)


@pytest.mark.parametrize("act", ["accept_die", "lost", "late"])
async def test_b1_what_the_provider_has_is_never_sent_again(notify: Notify, act: str) -> None:
    notify.gateway.script = deque([act])

    await one_send(notify)
    for _ in range(5):
        notify.machine.advance(SETTLE_AFTER)
        await notify.duties.settle_sms()
        await notify.duties.send_sms()

    assert (notify.gateway.calls, len(notify.gateway.sent)) == (1, 1)
    assert notify.sms.items["s1"].state == "accepted"


@pytest.mark.parametrize("act", ["die", "swallow"])
async def test_b1_what_the_provider_certainly_has_not_is_sent_after_all(notify: Notify, act: str) -> None:
    notify.gateway.script = deque([act])

    await one_send(notify)
    notify.machine.advance(SETTLE_AFTER)
    await notify.duties.settle_sms()
    await notify.duties.send_sms()

    assert (notify.gateway.calls, len(notify.gateway.sent)) == (2, 1)


async def test_b1_while_the_provider_says_nothing_nothing_is_sent_and_then_people_take_over(
    notify: Notify,
) -> None:
    notify.gateway.script, notify.gateway.is_reachable = deque(["lost"]), False

    await one_send(notify)
    for _ in range(60):
        notify.machine.advance(SETTLE_AFTER)
        await notify.duties.settle_sms()
        await notify.duties.send_sms()

    assert notify.gateway.calls == 1
    assert notify.sms.items["s1"].state == "unknown"
    assert notify.sms.told == [MessageFailed(message_id="s1", channel="sms", code="undecided")]


async def test_moving_the_shared_clock_does_not_make_a_call_look_lost(notify: Notify) -> None:
    notify.gateway.script = deque(["late"])

    await one_send(notify)
    notify.clock.advance(timedelta(days=2))
    await notify.duties.settle_sms()

    assert notify.sms.items["s1"].state == "sending"


async def test_one_sms_that_cannot_be_stored_does_not_keep_the_others(notify: Notify) -> None:
    await notify.sms.add(an_sms("s2"))
    notify.sms.saves_left = 2

    with pytest.raises(StoreUnavailableError):
        await notify.duties.send_sms()
    notify.sms.saves_left = None
    notify.machine.advance(SETTLE_AFTER)
    await notify.duties.settle_sms()
    await notify.duties.send_sms()

    assert sorted(sms.our_id for sms in notify.gateway.sent) == ["s1", "s2"]
    assert {sms.state for sms in notify.sms.items.values()} == {"accepted"}


async def one_send(notify: Notify) -> None:
    """Run the send loop once; the process may die in it."""
    try:
        await notify.duties.send_sms()
    except CrashError:
        return
