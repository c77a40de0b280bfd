"""Runs over time."""

from tests.bench.courses import answers, progress, resident, waits
from tests.bench.drain import Progress
from tests.bench.ledger import Answered, Attempt, Entry
from tests.bench.sampling import Sample, Samples


def an_entry(due_at: float, status: int, seconds: float) -> Entry:
    attempt = Attempt("i", "r", "k", "sha", 100.0 + due_at, 100.0 + due_at)
    return Entry(attempt, Answered("i", "k", status, "overloaded", 100.0 + due_at + seconds))


ENTRIES = [an_entry(0, 202, 0.5), an_entry(5, 202, 1.0), an_entry(12, 503, 0.25), an_entry(13, 202, 0.25)]


def test_waits_are_those_of_acknowledged_uploads_by_when_they_were_due() -> None:
    assert waits(ENTRIES)["p95"] == [(0.0, 1000.0), (10.0, 250.0)]


def test_answers_are_counted_by_second_and_kind() -> None:
    found = answers(ENTRIES)

    assert found["accepted"] == [(0.0, 1.0), (5.0, 1.0), (13.0, 1.0)]
    assert found["503 overloaded"] == [(12.0, 1.0)]


def test_a_drain_s_rate_is_told_before_and_after_the_second_worker() -> None:
    course = Progress(100, at=[0.0, 2.0, 4.0], ready=[0, 40, 100], scaled_at=1)

    assert (course.rate(0, 1), course.rate(1, 2)) == (20.0, 30.0)
    assert progress(course)["ready"] == [(0.0, 0.0), (2.0, 40.0), (4.0, 100.0)]


def test_memory_growth_is_the_last_minute_s_middle_over_the_first_s() -> None:
    taken = [Sample(float(at), {}, {"uploads": 80 + at / 60, "gone": 1.0}) for at in range(0, 601, 10)]

    samples = Samples(taken)

    assert samples.growth()["uploads"] == 9.0
    assert next(iter(resident(samples))) == "uploads"
