"""Counts of tries: when one may try again."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.auth.tries import (
    ADDRESS_FAILURES,
    ADDRESS_WINDOW,
    FREE_TRIES,
    LONGEST_DELAY,
    WINDOW,
    Blocked,
    Tries,
    admit,
    count_failure,
    is_hot,
)
from tests.support.clocks import A_MORNING


def after(times: int, now: datetime = A_MORNING) -> Tries:
    tries: Tries | None = None
    for _ in range(times):
        counted = admit(tries, now)
        assert isinstance(counted, Tries)
        tries, now = counted, max(now, counted.blocked_until)
    assert tries is not None
    return tries


def test_ten_tries_are_free_and_the_eleventh_waits_a_second() -> None:
    tries = after(FREE_TRIES)

    assert admit(tries, A_MORNING) == Blocked(timedelta(seconds=1))


def test_the_delay_doubles_up_to_fifteen_minutes() -> None:
    delays = []
    for times in range(FREE_TRIES, FREE_TRIES + 12):
        tries = after(times)
        previous = after(times - 1).blocked_until
        delays.append((tries.blocked_until - max(previous, A_MORNING)).total_seconds())

    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_the_wait_over_one_may_try_again() -> None:
    tries = after(FREE_TRIES + 3)

    assert isinstance(admit(tries, tries.blocked_until), Tries)


def test_after_a_quiet_quarter_of_an_hour_the_count_starts_anew() -> None:
    tries = after(FREE_TRIES + 3)
    quiet = tries.blocked_until + WINDOW

    assert admit(tries, quiet) == Tries(1, quiet + WINDOW, quiet)


def test_a_count_from_before_the_clock_was_set_back_blocks_nobody() -> None:
    tries = after(FREE_TRIES + 5, A_MORNING + timedelta(days=2000))

    assert admit(tries, A_MORNING) == Tries(1, A_MORNING + WINDOW, A_MORNING)


def test_an_address_is_hot_from_thirty_failures_in_five_minutes_on() -> None:
    tries: Tries | None = None
    for _ in range(ADDRESS_FAILURES):
        assert not is_hot(tries, A_MORNING)
        tries = count_failure(tries, A_MORNING)

    assert is_hot(tries, A_MORNING)
    assert not is_hot(tries, A_MORNING + ADDRESS_WINDOW)


@given(st.lists(st.integers(min_value=0, max_value=2000), max_size=60))
def test_nobody_ever_waits_longer_than_fifteen_minutes(pauses: list[int]) -> None:
    tries: Tries | None = None
    now = A_MORNING
    for pause in pauses:
        now += timedelta(seconds=pause)
        counted = admit(tries, now)
        if isinstance(counted, Blocked):
            assert timedelta() < counted.wait <= LONGEST_DELAY
        else:
            tries = counted
