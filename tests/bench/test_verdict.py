"""The checker finds what it is there for."""

from dataclasses import replace

import pytest

from tests.bench.ledger import Answered, Attempt, Entry
from tests.bench.verdict import Found, Kept, judged

IMAGE = Kept("i1", "r1", "sha1", is_ready=True, is_live=True, objects=("o1", "d1"))
FOUND = Found([IMAGE], {"o1", "d1"})


def an_entry(image_id: str = "i1", status: int | None = 202, sha256: str = "sha1") -> Entry:
    attempt = Attempt(image_id, "r1", f"key-{image_id}", sha256, 0.0, 0.0)
    answer = None if status is None else Answered(image_id, attempt.key, status, "", 1.0)
    return Entry(attempt, answer)


def test_a_kept_promise_is_clean() -> None:
    verdict = judged([an_entry()], FOUND)

    assert verdict.is_clean
    assert verdict.counts()["acknowledged"] == 1


def test_a_replaced_version_keeps_its_promise() -> None:
    assert judged([an_entry()], replace(FOUND, images=[replace(IMAGE, is_live=False)])).is_clean


@pytest.mark.parametrize(
    "found",
    [
        Found([], set()),
        replace(FOUND, objects={"d1"}),
        replace(FOUND, objects={"o1"}),
        replace(FOUND, images=[replace(IMAGE, sha256="other")]),
    ],
    ids=["no record", "no original", "no copy", "other bytes"],
)
def test_an_acknowledged_picture_is_lost(found: Found) -> None:
    assert judged([an_entry()], found).lost == ("i1",)


def test_a_picture_that_no_worker_finished_is_unfinished() -> None:
    found = replace(FOUND, images=[replace(IMAGE, is_ready=False)])

    assert judged([an_entry()], found).unfinished == ("i1",)


@pytest.mark.parametrize("entries", [[], [an_entry(status=409)], [an_entry(status=429)]])
def test_a_picture_that_nobody_sent_or_that_was_refused_is_unexpected(entries: list[Entry]) -> None:
    assert judged(entries, FOUND).unexpected == ("i1",)


@pytest.mark.parametrize("status", [None, 503, 500])
def test_a_picture_without_a_clear_answer_may_stand(status: int | None) -> None:
    verdict = judged([an_entry(status=status)], FOUND)

    assert (verdict.is_clean, verdict.recovered) == (True, ("i1",))


def test_the_same_picture_twice_is_duplicated() -> None:
    twice = replace(FOUND, images=[IMAGE, replace(IMAGE, image_id="i2")])

    assert judged([an_entry(), an_entry("i2")], twice).duplicated == ("i1", "i2")


def test_an_object_that_no_record_names_is_orphaned() -> None:
    assert judged([an_entry()], replace(FOUND, objects={"o1", "d1", "o9"})).orphaned == ("o9",)


def test_messages_and_events_left_over_are_told() -> None:
    found = replace(FOUND, queues={"uploads.parked": 2, "retry.1s": 0}, waiting_events=1)

    verdict = judged([an_entry()], found)

    assert verdict.left_in_queues == ("uploads.parked: 2", "events in documents: 1")
    assert verdict.faults == 2
    assert "left_in_queues 2: uploads.parked: 2, events in documents: 1" in verdict.lines()
