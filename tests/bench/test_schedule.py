"""Arrivals are fixed before the run."""

import pytest

from tests.bench.schedule import last_evening, per_second, steady, varying


def test_a_fixed_rate_sends_at_even_distances() -> None:
    assert steady(20, 0.2) == pytest.approx([0.0, 0.05, 0.1, 0.15])


def test_a_varying_rate_sends_as_many_as_the_area_under_it() -> None:
    assert len(varying(lambda at: 10 * at, 4)) == pytest.approx(80, abs=1)


def test_the_last_evening_rises_to_its_peak_at_closing_and_ends_with_the_run() -> None:
    rate = last_evening(60.0, 120.0)

    rates = [rate(at) for at in (0, 50, 99.9, 100.1, 120)]

    assert rates == pytest.approx([15, 20.6, 59.9, 17.9, 0], abs=0.2)


def test_arrivals_are_counted_by_second() -> None:
    assert per_second([0.0, 0.5, 2.9, 7.0], 3) == [2, 0, 1]
