"""Until when a send-back can be answered."""

from datetime import timedelta

import pytest

from services.review.deadlines import Times, times_of_send_back
from services.review.errors import SupplementOverError
from shared.policy.loader import Calendar
from shared.policy.office import Deadline, DeadlineSettings, ReviewCalendar
from tests.review.builders import BOOK
from tests.support.clocks import A_MORNING

DAY = timedelta(hours=24)


def a_calendar(supplement: Deadline) -> Calendar:
    return Calendar(DeadlineSettings(supplement=supplement), None, ReviewCalendar())


def test_s0_32_the_candidate_has_24_hours() -> None:
    calendar = BOOK.calendar("2020", "shandong", "jinan")

    assert times_of_send_back(calendar, A_MORNING) == Times(A_MORNING, A_MORNING + DAY)


def test_a_fixed_instant_holds_for_everybody() -> None:
    calendar = a_calendar(Deadline(instant=A_MORNING + DAY))

    assert times_of_send_back(calendar, A_MORNING) == Times(A_MORNING, A_MORNING + DAY)
    with pytest.raises(SupplementOverError):
        times_of_send_back(calendar, A_MORNING + DAY)


def test_without_a_setting_there_is_no_limit() -> None:
    assert times_of_send_back(a_calendar(Deadline()), A_MORNING) == Times(A_MORNING, None)
