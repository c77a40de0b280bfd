"""Brute force: a pure count of tries; each is counted before it is judged, so that none slips through."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_TRIES = 10
# From an address with many failures an account allows fewer; the address itself is never locked, because
# a hospital or a carrier is one address.
FREE_TRIES_WHEN_HOT = 3
WINDOW = timedelta(minutes=15)
LONGEST_DELAY = timedelta(minutes=15)
ADDRESS_FAILURES = 30
ADDRESS_WINDOW = timedelta(minutes=5)
MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Tries:
    """How often something was tried in a window, and from when on it may be tried again."""

    count: int
    window_ends: datetime
    blocked_until: datetime


@dataclass(frozen=True, slots=True)
class Blocked:
    """Not yet again."""

    wait: timedelta


def admit(tries: Tries | None, now: datetime, free: int = FREE_TRIES) -> Tries | Blocked:
    """Count a try, or say how long to wait: after the free ones 1 s, 2 s, 4 s ... up to 15 minutes."""
    if tries is None or not _is_present(tries, now):
        return Tries(1, now + WINDOW, now)
    if now < tries.blocked_until:
        return Blocked(tries.blocked_until - now)
    count = tries.count + 1
    blocked_until = now + _delay(count, free)
    return Tries(count, max(tries.window_ends, blocked_until + WINDOW), blocked_until)


def count_failure(tries: Tries | None, now: datetime) -> Tries:
    """Count a failure of an address."""
    if tries is None or not _is_present(tries, now):
        return Tries(1, now + ADDRESS_WINDOW, now)
    return Tries(tries.count + 1, tries.window_ends, now)


def is_hot(tries: Tries | None, now: datetime) -> bool:
    """Return whether an address has failed too often lately."""
    return tries is not None and _is_present(tries, now) and tries.count >= ADDRESS_FAILURES


def _is_present(tries: Tries, now: datetime) -> bool:
    """Return whether the window runs; one far ahead is left from before the clock was set back."""
    return now < tries.window_ends <= now + WINDOW + LONGEST_DELAY


def _delay(count: int, free: int) -> timedelta:
    if count < free:
        return timedelta()
    return min(timedelta(seconds=2 ** min(count - free, MOST_DOUBLINGS)), LONGEST_DELAY)
