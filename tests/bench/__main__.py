"""`python -m tests.bench run|report`: measures, writes `.run/bench.json`, renders `docs/performance.md`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from deploy.embedded.console import Console
from deploy.embedded.layout import ROOT
from tests.bench.figures import PROMISED, broken
from tests.bench.machine import machine
from tests.bench.report import Measured, render
from tests.bench.runs import FULL, SHORT, Outcome, measured_by

FOLDER = ROOT / ".run"
NUMBERS, COURSES = "bench.json", "bench-courses.json"
MISSED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure everything and render the report")
    run.add_argument("--short", action="store_true", help="some three minutes instead of some twenty")
    run.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the report is written")
    report = commands.add_parser("report", help="render the report from the last run")
    report.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the report is written")
    given = parser.parse_args(arguments)
    console = Console()
    if given.command == "run":
        outcome = uvloop.run(measured_by(SHORT if given.short else FULL, FOLDER / "bench", console))
        _keep(outcome, "make bench SHORT=1" if given.short else "make bench")
    measured = _last()
    render(measured, given.docs)
    return _tell(measured, console)


def _keep(outcome: Outcome, command: str) -> None:
    rounded = {name: round(value, 4) for name, value in outcome.figures.items()}
    (FOLDER / NUMBERS).write_text(json.dumps(rounded, indent=1) + "\n")
    courses = {"command": command, "machine": machine(), "series": outcome.series}
    (FOLDER / COURSES).write_text(json.dumps(courses) + "\n")


def _last() -> Measured:
    courses = json.loads((FOLDER / COURSES).read_text())
    figures = json.loads((FOLDER / NUMBERS).read_text())
    return Measured(figures, courses["series"], courses["machine"], courses["command"])


def _tell(measured: Measured, console: Console) -> int:
    missed = broken(measured.figures)
    for figure in PROMISED:
        value = measured.figures.get(figure.name)
        if value is not None:
            sign = "MISSED" if figure in missed else ""
            console.line(f"{figure.name:45} {value:10.3f} {figure.unit:12} {figure.target:22} {sign}")
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
