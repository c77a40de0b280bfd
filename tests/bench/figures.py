"""The figures that are promised: what each says, how much it may be, and which run gives it."""

from collections.abc import Mapping
from dataclasses import dataclass

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One promised figure; without a limit it is told and not judged.

    One that goes by the clock is judged only where the machine was ours alone.
    """

    name: str
    says: str
    unit: str = ""
    most: float | None = None
    least: float | None = None
    aim: str = ""
    by_the_clock: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a measured value keeps the promise."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    @property
    def target(self) -> str:
        """Return the promise in words."""
        words = f"≤ {self.most:g}" if self.most is not None else ""
        words = f"≥ {self.least:g}" if self.least is not None else words
        return f"{words} {self.unit}".strip() + (f" (aim {self.aim})" if self.aim else "") if words else "–"


SPEED = (
    Figure(
        "imaging.cpu_ratio",
        "one worker's imaging over a bare Pillow decode and encode",
        most=1.7,
        aim="1.4",
    ),
    Figure(
        "uploads.cpu_ratio",
        "API and workers, HTTP to stored encrypted copies, over the same",
        most=2.4,
        aim="2.0",
    ),
    Figure(
        "system.throughput_ratio",
        "accepted and watermarked pictures a second over two bare Pillow processes",
        least=0.25,
        by_the_clock=True,
    ),
    Figure(
        "system.throughput_ratio_without_db_engine",
        "the same in the time that both cores have left beside the embedded database engine",
        least=0.35,
        aim="0.5",
        by_the_clock=True,
    ),
    Figure(
        "reads.p99_ratio",
        "reading the dossier page under that load over idle, p99",
        most=3.0,
        aim="at most 3",
        by_the_clock=True,
    ),
)
PEAK = (
    Figure("a1.lost", "A1, 20 uploads/s: acknowledged and lost", most=0),
    Figure("a1.faults", "A1: answers 5xx other than 503", most=0),
    Figure("a1.shed", "A1: shed with 429 or 503", most=0),
    Figure("a1.accepted_p95_ms", "A1: until “accepted”, p95", "ms", most=500, by_the_clock=True),
    Figure("a1.accepted_p99_ms", "A1: until “accepted”, p99", "ms", most=1500, by_the_clock=True),
    Figure("a1.ready_p95_s", "A1: from “accepted” to ready, p95", "s", most=5, by_the_clock=True),
    Figure("a2.lost", "A2, 100 uploads/s: acknowledged and lost", most=0),
    Figure("a2.faults", "A2: answers 5xx other than 503", most=0),
    Figure("a2.shed_without_retry_after", "A2: shed without Retry-After", most=0),
    Figure(
        "a2.accepted_p99_ms", "A2: until “accepted”, p99 of the admitted", "ms", most=3000, by_the_clock=True
    ),
    Figure("a2.most_in_processing", "A2: most pictures in processing at once"),
    Figure(
        "a2.after_p95_ms",
        "A2: until “accepted”, p95, 30 s after the overload",
        "ms",
        most=500,
        by_the_clock=True,
    ),
    Figure("a2.restarts", "A2: processes that ended", most=0),
    Figure("drain.lost", "a burst, one worker, then two: acknowledged and lost", most=0),
    Figure("drain.per_second_one_worker", "the burst with one worker", "pictures/s"),
    Figure("drain.per_second_two_workers", "the burst with two workers", "pictures/s"),
    Figure(
        "ledger.faults", "all runs: lost, unfinished, unexpected, duplicated, orphaned, left over", most=0
    ),
)
PROMISED = (*SPEED, *PEAK)


def broken(measured: Figures) -> list[Figure]:
    """Return the promises that the measured figures do not keep."""
    return [
        figure for figure in PROMISED if figure.name in measured and not figure.holds(measured[figure.name])
    ]
