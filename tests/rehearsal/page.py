"""The rehearsal's report: one HTML page with charts in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from tests.bench.charts import lines
from tests.bench.courses import Series, answers, resident, waits
from tests.bench.percentiles import percentile
from tests.bench.sampling import Sample
from tests.bench.schedule import per_second
from tests.rehearsal.evening import Replayed

STEP_SECONDS = 5.0
LARGEST = 6
_STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans',sans-serif;color:#17202A;background:#F5F4F0;"
    "max-width:820px;margin:32px auto;padding:0 16px}table{border-collapse:collapse;background:#fff}"
    "td,th{border:1px solid #D9DDE1;padding:4px 12px;text-align:left}svg{width:100%;margin:12px 0}"
    ".held{color:#1A6B45}.failed{color:#B3261A}"
)


def report(replayed: Replayed) -> str:
    """Return the page."""
    charts = [
        lines("Arrivals", _arrivals(replayed), "s", "uploads/s"),
        lines("Answers", answers(replayed.entries, STEP_SECONDS), "s", "uploads/s"),
        lines("Until “accepted”", waits(replayed.entries, STEP_SECONDS), "s", "ms"),
        lines("Pictures in processing", _backlog(replayed), "s", "pictures"),
        lines("CPU by part", _cores(replayed.samples.taken), "s", "cores"),
        lines("Memory by part", resident(replayed.samples), "s", "MB"),
    ]
    verdict = "held" if replayed.held else "failed"
    words = "Every promise was kept." if replayed.held else "A promise was broken."
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Rehearsal</title>',
            f"<style>{_STYLE}</style>",
            "<h1>The last evening, rehearsed</h1>",
            f'<p class="{verdict}"><strong>{words}</strong></p>',
            f"<p>{escape(_scale(replayed))}</p>",
            _table(_facts(replayed)),
            "<h2>Refused, by code</h2>",
            _table(_refusals(replayed)),
            "<h2>The ledger against database, object store and queues</h2>",
            _table({name: str(count) for name, count in replayed.verdict.counts().items()}),
            "<h2>Course</h2>",
            *charts,
            "</html>",
            "",
        ]
    )


def _scale(replayed: Replayed) -> str:
    evening = replayed.evening
    closes = replayed.closed_at - replayed.began_at
    return (
        f"{evening.candidates} candidates, {evening.peak:g} uploads a second at the peak,"
        f" {evening.seconds:.0f} seconds; the window closes after {closes:.0f} s; workers: {evening.workers}."
    )


def _facts(replayed: Replayed) -> dict[str, str]:
    taken = [entry.seconds * 1000 for entry in replayed.entries if entry.is_acknowledged] or [0.0]
    return {
        "attempts": str(len(replayed.entries)),
        "accepted": str(sum(entry.is_acknowledged for entry in replayed.entries)),
        "accepted although begun after closing": str(len(replayed.too_late)),
        "until “accepted”, p50": f"{percentile(taken, 0.5):.0f} ms",
        "until “accepted”, p95": f"{percentile(taken, 0.95):.0f} ms",
        "until “accepted”, p99": f"{percentile(taken, 0.99):.0f} ms",
        "most pictures in processing": str(replayed.samples.most_waiting),
    }


def _refusals(replayed: Replayed) -> dict[str, str]:
    counts = Counter(
        f"{entry.status} {entry.answer.code}" if entry.answer and entry.status else "unanswered"
        for entry in replayed.entries
        if not entry.is_acknowledged
    )
    return {code: str(count) for code, count in counts.most_common()}


def _table(rows: Mapping[str, str]) -> str:
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows.items()
    )
    return f"<table>{cells}</table>"


def _arrivals(replayed: Replayed) -> Series:
    due = [entry.attempt.due_at - replayed.began_at for entry in replayed.entries]
    counts = per_second(due, round(replayed.evening.seconds))
    return {"due": [(float(second), float(count)) for second, count in enumerate(counts)]}


def _backlog(replayed: Replayed) -> Series:
    taken = replayed.samples.taken
    return {"waiting": [(sample.at - replayed.began_at, float(sample.waiting)) for sample in taken]}


def _cores(taken: Sequence[Sample]) -> Series:
    """Return how many cores the busiest parts used."""
    if not taken:
        return {}
    whole = {name: taken[-1].seconds[name] - taken[0].seconds.get(name, 0.0) for name in taken[-1].seconds}
    busiest = sorted(whole, key=lambda name: -whole[name])[:LARGEST]
    return {
        name: [
            (after.at - taken[0].at, (after.seconds[name] - before.seconds[name]) / (after.at - before.at))
            for before, after in pairwise(taken)
            if name in before.seconds and name in after.seconds
        ]
        for name in busiest
    }
