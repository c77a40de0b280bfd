"""The bound on pictures in processing, and what is said to those who are sent away."""

import pytest

from services.uploads.errors import OverloadedError
from services.uploads.use_cases.backlog import MOST_SECONDS, UNKNOWN_SECONDS, Backlog


def retry_after(backlog: Backlog) -> object:
    """Return what somebody who is sent away is told."""
    with pytest.raises(OverloadedError) as refusal:
        backlog.ensure_room()
    return refusal.value.extra["retry_after"]


def test_up_to_the_bound_there_is_room() -> None:
    backlog = Backlog(3)
    for _ in range(3):
        backlog.ensure_room()
        backlog.add()

    assert retry_after(backlog) == UNKNOWN_SECONDS


def test_what_other_instances_accepted_counts_once_it_is_told() -> None:
    backlog = Backlog(100)

    backlog.tell(100, 0)

    assert backlog.waiting == 100
    assert retry_after(backlog)


def test_what_was_told_holds_all_that_was_added_before() -> None:
    backlog = Backlog(100)
    for _ in range(5):
        backlog.add()

    backlog.tell(5, 0)
    backlog.add()

    assert backlog.waiting == 6


def test_the_time_until_there_is_room_follows_from_how_fast_the_queue_shrinks() -> None:
    backlog = Backlog(1000)
    backlog.tell(1200, 0)
    for second in range(1, 11):
        backlog.tell(1200 - 20 * second, second)

    # 1,000 wait, 20 are finished a second, and a tenth of 1,000 has to be free.
    assert retry_after(backlog) == 5


def test_pictures_accepted_meanwhile_do_not_hide_the_workers_speed() -> None:
    backlog = Backlog(100)
    backlog.tell(100, 0)
    for _ in range(50):
        backlog.add()

    backlog.tell(100, 10)

    assert retry_after(backlog) == 2


def test_workers_that_stand_still_keep_everybody_away_for_the_longest_time() -> None:
    backlog = Backlog(10)
    backlog.tell(12, 0)
    backlog.tell(11, 1)
    for second in range(2, 40):
        backlog.tell(11, second)

    assert retry_after(backlog) == MOST_SECONDS


def test_an_empty_queue_says_nothing_about_the_speed() -> None:
    backlog = Backlog(10)
    backlog.tell(20, 0)
    backlog.tell(0, 1)
    for second in range(2, 30):
        backlog.tell(0, second)
    backlog.tell(11, 30)

    assert retry_after(backlog) == 2
