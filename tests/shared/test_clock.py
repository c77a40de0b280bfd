"""One time for all services, shown as Shanghai's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.clock import SharedOffsetClock, SystemClock, shanghai_sentence, shanghai_text
from tests.support.clocks import A_MORNING, StandingClock


def test_without_a_file_the_shared_clock_is_the_machines(tmp_path: Path) -> None:
    clock = SharedOffsetClock(tmp_path / "clock.json", StandingClock())

    assert clock.now() == A_MORNING


def test_setting_the_time_moves_every_process_that_shares_the_file(tmp_path: Path) -> None:
    one = SharedOffsetClock(tmp_path / "clock.json", StandingClock())
    other = SharedOffsetClock(tmp_path / "clock.json", StandingClock())

    one.set(datetime(2020, 4, 1, tzinfo=UTC))

    assert other.now() == datetime(2020, 4, 1, tzinfo=UTC)


def test_advancing_adds_to_what_was_set_before(tmp_path: Path) -> None:
    clock = SharedOffsetClock(tmp_path / "clock.json", StandingClock())

    clock.advance(timedelta(hours=20))
    clock.advance(timedelta(hours=4))

    assert clock.now() == A_MORNING + timedelta(hours=24)


def test_the_system_clock_speaks_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_s0_23_a_message_shows_shanghai_time_without_leading_zeros_in_the_date() -> None:
    assert shanghai_text(datetime(2020, 3, 12, 14, 2, 8, tzinfo=UTC)) == "2020/3/12 22:02:08"


def test_a_sentence_shows_month_day_and_minutes() -> None:
    assert shanghai_sentence(datetime(2020, 3, 15, 14, 2, tzinfo=UTC)) == "3月15日 22:02"


def test_an_instant_has_no_finer_parts_than_the_database_keeps(tmp_path: Path) -> None:
    fine = StandingClock(A_MORNING + timedelta(microseconds=123_456))

    shared = SharedOffsetClock(tmp_path / "clock.json", fine).now()

    assert (SystemClock().now().microsecond % 1000, shared.microsecond) == (0, 123_000)
