"""The ledger: every attempt before it is sent and every answer when it came, as lines of a file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Attempt:
    """An upload about to be sent; the image's id follows from the registration and the key."""

    image_id: str
    registration_id: str
    key: str
    sha256: str
    due_at: float
    sent_at: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; a status of 0 means that no answer did."""

    image_id: str
    key: str
    status: int
    code: str
    at: float
    retry_after: float | None = None

    @property
    def is_accepted(self) -> bool:
        """Tell whether the candidate was promised that the picture is kept."""
        return self.status == ACCEPTED


@dataclass(frozen=True, slots=True)
class Entry:
    """An attempt with its answer, if one came."""

    attempt: Attempt
    answer: Answered | None = None

    @property
    def status(self) -> int:
        """Return the answer's status, or 0."""
        return self.answer.status if self.answer else 0

    @property
    def is_acknowledged(self) -> bool:
        """Tell whether the candidate was promised that the picture is kept."""
        return self.answer is not None and self.answer.is_accepted

    @property
    def seconds(self) -> float:
        """Return how long the candidate waited, from when the upload was due: a late start counts too."""
        return self.answer.at - self.attempt.due_at if self.answer else float("inf")


class Ledger:
    """Appends lines; what is written stays, whatever becomes of the run."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", buffering=1)

    def __enter__(self) -> Self:
        """Hold the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def attempt(self, attempt: Attempt) -> None:
        """Write an attempt down, before it is sent."""
        self._write("attempt", asdict(attempt))

    def answer(self, answer: Answered) -> None:
        """Write an answer down."""
        self._write("answer", asdict(answer))

    def _write(self, kind: str, fields: dict[str, Any]) -> None:
        self._file.write(json.dumps({"kind": kind, **fields}) + "\n")


def read_ledger(path: Path) -> list[Entry]:
    """Return every attempt with its answer, in the order they were sent."""
    return list(entries(json.loads(line) for line in path.read_text().splitlines()))


def entries(lines: Iterable[dict[str, Any]]) -> Iterator[Entry]:
    """Pair attempts with their answers; an attempt that was repeated with its key counts once."""
    attempts: dict[str, Attempt] = {}
    answers: dict[str, Answered] = {}
    for line in lines:
        fields = {name: value for name, value in line.items() if name != "kind"}
        if line["kind"] == "attempt":
            attempts.setdefault(line["key"], Attempt(**fields))
        else:
            answers[line["key"]] = Answered(**fields)
    return (Entry(attempt, answers.get(key)) for key, attempt in attempts.items())
