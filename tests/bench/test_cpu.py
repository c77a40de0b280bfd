"""The operating system's account."""

import os

from tests.bench.cpu import (
    TICKS,
    Process,
    busy_seconds,
    family,
    parse_busy,
    parse_stat,
    processes,
    spent,
)

LINE = "42 (a (very) odd name) S 7 42 42 0 -1 0 0 0 0 0 " + "100 50 20 30 20 0 1 0 5 1000 256 0"


def test_a_line_gives_parent_memory_and_cpu_with_ended_children_whatever_the_name() -> None:
    process = parse_stat(42, LINE)

    assert (process.pid, process.parent) == (42, 7)
    assert process.seconds == 200 / TICKS
    assert process.megabytes == 256 * os.sysconf("SC_PAGE_SIZE") / 1024**2


def test_a_family_is_everything_that_was_started_below() -> None:
    everyone = {
        1: Process(1, 0, 0.0, 0.0),
        2: Process(2, 1, 0.0, 0.0),
        3: Process(3, 2, 0.0, 0.0),
        4: Process(4, 9, 0.0, 0.0),
    }

    assert family(1, everyone) == [1, 2, 3]
    assert family(8, everyone) == []


def test_the_machine_s_work_is_everything_but_waiting() -> None:
    line = "cpu  100 20 30 5000 700 4 6 40 9 9"

    assert parse_busy(line) == 200 / TICKS
    assert busy_seconds() > 0


def test_this_process_is_among_all() -> None:
    assert processes()[os.getpid()].megabytes > 1


def test_a_part_that_came_in_between_has_spent_all_it_has() -> None:
    assert spent({"a": 1.0}, {"a": 3.0, "b": 2.0}) == {"a": 2.0, "b": 2.0}
