"""The SMS' state machine, alone and under every order of crashes and answers."""

import asyncio
import contextlib
from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notify.sms import (
    SETTLE_AFTER,
    Sms,
    State,
    absent,
    accepted,
    claimed,
    delay_after,
    is_fresh,
    not_taken,
    refused,
    still_undecided,
    without_phone,
)
from shared.errors import TransientError
from shared.events.notify import MessageDelivered, MessageFailed
from tests.notify.builders import Notify, an_sms
from tests.notify.fakes import CrashError
from tests.support.clocks import A_MORNING

NOW = A_MORNING
LATER = NOW + SETTLE_AFTER


def under_way(attempt: int = 1) -> Sms:
    return replace(an_sms(), state="sending", attempt=attempt, sending_since=NOW, retry_at=LATER, version=2)


def in_state(state: State) -> Sms:
    return replace(under_way(), state=state)


def test_a_queued_sms_is_claimed_with_a_number_and_a_time() -> None:
    step = claimed(an_sms(), NOW)

    assert step is not None
    assert step.sms == under_way()
    assert step.events == ()


@pytest.mark.parametrize("state", ["sending", "accepted", "delivered", "failed", "unknown"])
def test_only_a_queued_sms_is_claimed(state: State) -> None:
    assert claimed(in_state(state), LATER) is None


def test_a_delayed_sms_is_not_claimed_before_its_time() -> None:
    assert claimed(an_sms(retry_at=LATER), NOW) is None


def test_an_accepted_sms_is_told_once() -> None:
    step = accepted(under_way(), "p1")

    assert step is not None
    assert (step.sms.state, step.sms.provider_id) == ("accepted", "p1")
    assert step.events == (MessageDelivered(message_id="s1", channel="sms"),)
    assert accepted(step.sms, "p1") is None


@pytest.mark.parametrize("state", ["queued", "unknown"])
def test_the_providers_word_that_it_has_it_counts_however_late(state: State) -> None:
    step = accepted(in_state(state), "p1")

    assert step is not None
    assert step.sms.state == "accepted"


def test_a_refused_sms_fails_with_the_providers_code() -> None:
    step = refused(under_way(), 1, "content_refused")

    assert step is not None
    assert (step.sms.state, step.sms.failure) == ("failed", "content_refused")
    assert step.events == (MessageFailed(message_id="s1", channel="sms", code="content_refused"),)


def test_an_sms_without_phone_fails() -> None:
    step = without_phone(an_sms())

    assert step is not None
    assert step.events == (MessageFailed(message_id="s1", channel="sms", code="no_phone"),)


def test_the_delay_after_a_call_that_was_not_taken_grows_to_five_minutes() -> None:
    assert [delay_after(attempt).total_seconds() for attempt in (1, 2, 3, 8, 9, 50)] == [
        2,
        4,
        8,
        256,
        300,
        300,
    ]


def test_an_answer_to_an_older_attempt_changes_nothing() -> None:
    now = under_way(attempt=2)

    assert refused(now, 1, "x") is None
    assert not_taken(now, 1, LATER) is None
    assert absent(now, 1, LATER) is None
    assert still_undecided(now, 1, LATER) is None


def test_that_the_provider_has_nothing_counts_only_after_the_calls_end() -> None:
    assert absent(under_way(), 1, LATER - timedelta(milliseconds=1)) is None
    assert absent(under_way(), 1, LATER) is not None


def test_a_frozen_process_does_not_call_the_provider_with_an_old_claim() -> None:
    assert is_fresh(under_way(), NOW + timedelta(seconds=4))
    assert not is_fresh(under_way(), NOW + timedelta(seconds=5))


def test_b1_after_ten_minutes_undecided_people_take_over() -> None:
    early = still_undecided(under_way(), 1, NOW + timedelta(minutes=9))
    late = still_undecided(under_way(), 1, NOW + timedelta(minutes=10))

    assert early is not None
    assert (early.sms.state, early.events) == ("sending", ())
    assert late is not None
    assert late.sms.state == "unknown"
    assert late.events == (MessageFailed(message_id="s1", channel="sms", code="undecided"),)


ACTS = st.sampled_from(
    ["accept", "lost", "late", "swallow", "refuse", "busy", "die", "accept_die", "unrecorded"]
)
TURNS = st.tuples(ACTS, st.booleans(), st.integers(0, 40), st.integers(-86_400, 86_400))


@given(st.lists(TURNS, max_size=12))
@example([("accept_die", True, 15, 0), ("accept", True, 1, 0)])
@example([("late", True, 15, 86_400), ("accept", True, 15, 0)])
@example([("unrecorded", True, 15, 0)])
@settings(deadline=None, max_examples=300)
def test_b1_no_order_of_crashes_and_answers_sends_two_sms(turns: list[tuple[str, bool, int, int]]) -> None:
    notify = asyncio.run(played(turns))

    sms = notify.sms.items["s1"]
    assert len(notify.gateway.sent) <= 1
    assert sms.state in {"accepted", "failed", "unknown"}
    assert (sms.state == "failed") <= (not notify.gateway.sent)
    assert (sms.state == "accepted") <= (len(notify.gateway.sent) == 1)
    assert len(notify.sms.told) == 1


async def played(turns: list[tuple[str, bool, int, int]]) -> Notify:
    """Play the turns, then let the provider work for long enough; the shared clock jumps as it likes."""
    notify = Notify()
    await notify.know_the_candidate()
    await notify.sms.add(an_sms())
    for act, reachable, seconds, jump in turns:
        notify.gateway.is_reachable = reachable
        await one_turn(notify, act)
        notify.machine.advance(timedelta(seconds=seconds))
        notify.clock.advance(timedelta(seconds=jump))
        assert len(notify.gateway.sent) <= 1
    notify.gateway.is_reachable, notify.clock.instant = True, A_MORNING + timedelta(days=30)
    for _ in range(4):
        notify.machine.advance(timedelta(minutes=6))
        await one_turn(notify, "accept")
    return notify


async def one_turn(notify: Notify, act: str) -> None:
    """Run both duties once; a crash or an outage ends the turn."""
    with contextlib.suppress(CrashError, TransientError):
        await notify.duties.settle_sms()
    notify.gateway.script = deque(["accept" if act == "unrecorded" else act])
    # The claim is stored, the answer is not.
    notify.sms.saves_left = 1 if act == "unrecorded" else None
    with contextlib.suppress(CrashError, TransientError):
        await notify.duties.send_sms()
    notify.sms.saves_left = None
    notify.gateway.arrive()
