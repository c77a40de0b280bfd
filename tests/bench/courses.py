"""Runs as lines over time, for the charts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tests.bench.drain import Progress
from tests.bench.ledger import Entry
from tests.bench.percentiles import percentile
from tests.bench.sampling import Samples

Series = dict[str, list[tuple[float, float]]]
STEP_SECONDS = 10.0
MOST_POINTS = 120
LARGEST = 6


def waits(entries: Sequence[Entry], step: float = STEP_SECONDS) -> Series:
    """Return how long acknowledged uploads took, by the time they were due: median, p95, p99."""
    chunks: dict[float, list[float]] = defaultdict(list)
    for entry in entries:
        if entry.is_acknowledged:
            chunks[_since(entries, entry, step)].append(entry.seconds * 1000)
    return {
        name: [(at, percentile(chunk, share)) for at, chunk in sorted(chunks.items())]
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def answers(entries: Sequence[Entry], step: float = 1.0) -> Series:
    """Return how many uploads a second were accepted, shed or failed, by the time they were due."""
    counts: dict[str, Counter[float]] = defaultdict(Counter)
    for entry in entries:
        counts[_kind(entry)][_since(entries, entry, step)] += 1
    return {
        kind: [(at, count / step) for at, count in sorted(found.items())] for kind, found in counts.items()
    }


def progress(course: Progress) -> Series:
    """Return how a burst drained."""
    return {"ready": _thinned(list(zip(course.at, map(float, course.ready), strict=True)))}


def resident(samples: Samples) -> Series:
    """Return the memory of the largest parts."""
    if not samples.taken:
        return {}
    last = samples.taken[-1].megabytes
    largest = sorted(last, key=lambda name: -last[name])[:LARGEST]
    began = samples.taken[0].at
    return {
        name: _thinned([(s.at - began, s.megabytes[name]) for s in samples.taken if name in s.megabytes])
        for name in largest
    }


def _kind(entry: Entry) -> str:
    if entry.is_acknowledged:
        return "accepted"
    return f"{entry.status} {entry.answer.code}" if entry.answer and entry.status else "unanswered"


def _since(entries: Sequence[Entry], entry: Entry, step: float) -> float:
    return (entry.attempt.due_at - entries[0].attempt.due_at) // step * step


def _thinned(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    found = list(points)
    return found[:: max(1, len(found) // MOST_POINTS)]
