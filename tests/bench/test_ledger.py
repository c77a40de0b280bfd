"""What was attempted and what was answered."""

from pathlib import Path

from tests.bench.ledger import Answered, Attempt, Entry, Ledger, read_ledger


def an_attempt(image_id: str = "i1", key: str = "k1", due_at: float = 10.0) -> Attempt:
    return Attempt(image_id, "r1", key, "sha", due_at, due_at + 0.1)


def test_every_attempt_is_read_back_with_its_answer(tmp_path: Path) -> None:
    answer = Answered("i1", "k1", 202, "", 10.5)
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        ledger.attempt(an_attempt())
        ledger.attempt(an_attempt("i2", "k2"))
        ledger.answer(answer)

    first, second = read_ledger(tmp_path / "ledger.jsonl")

    assert first == Entry(an_attempt(), answer)
    assert (first.is_acknowledged, first.seconds) == (True, 0.5)
    assert (second.is_acknowledged, second.status, second.seconds) == (False, 0, float("inf"))


def test_a_repeated_attempt_counts_once_with_its_last_answer(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        for at, status in ((10.0, 503), (12.0, 202)):
            ledger.attempt(an_attempt(due_at=at))
            ledger.answer(Answered("i1", "k1", status, "", at + 1))

    (entry,) = read_ledger(tmp_path / "ledger.jsonl")

    assert (entry.status, entry.attempt.due_at, entry.seconds) == (202, 10.0, 3.0)


def test_what_was_written_stands_although_the_run_was_killed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.attempt(an_attempt())

    assert [entry.attempt for entry in read_ledger(tmp_path / "ledger.jsonl")] == [an_attempt()]
    ledger.__exit__(None, None, None)
