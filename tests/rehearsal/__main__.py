"""`python -m tests.rehearsal`: replays the last evening; exit code 1 when a promise was broken."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence

import uvloop

from deploy.embedded.console import Console
from deploy.embedded.layout import ROOT
from deploy.embedded.plan import MOST_WORKERS
from tests.rehearsal.evening import Evening, replay
from tests.rehearsal.page import report

MOST_CANDIDATES, MOST_PEAK, MOST_SECONDS = 20_000, 200.0, 7200.0
FOLDER = ROOT / ".run" / "rehearsal"
BROKEN = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay one evening; it stops by itself."""
    evening = _evening(arguments)
    console = Console()
    shutil.rmtree(FOLDER, ignore_errors=True)
    replayed = uvloop.run(replay(evening, FOLDER, console))
    page = FOLDER / "report.html"
    page.write_text(report(replayed))
    for line in replayed.verdict.lines():
        console.line(f"  ledger: {line}")
    console.line(f"  accepted although begun after closing: {len(replayed.too_late)}")
    console.line(f"  report: {page.relative_to(ROOT)}")
    console.step("every promise was kept" if replayed.held else "A PROMISE WAS BROKEN")
    return 0 if replayed.held else BROKEN


def _evening(arguments: Sequence[str] | None) -> Evening:
    """Every option can be given as a variable of the environment too (`make rehearse SCALE=500`)."""
    parser = argparse.ArgumentParser(prog="python -m tests.rehearsal", description=__doc__)
    given = os.environ.get
    parser.add_argument("--scale", type=int, default=given("SCALE") or 100, help="how many candidates")
    parser.add_argument(
        "--rate", type=float, default=given("RATE") or 15.0, help="uploads a second at the peak"
    )
    parser.add_argument("--seconds", type=float, default=given("SECONDS") or 120.0, help="how long it lasts")
    parser.add_argument("--workers", type=int, default=given("WORKERS") or 1, help="watermark workers")
    options = parser.parse_args(arguments)
    limits = (
        ("--scale", options.scale, MOST_CANDIDATES),
        ("--rate", options.rate, MOST_PEAK),
        ("--seconds", options.seconds, MOST_SECONDS),
        ("--workers", options.workers, MOST_WORKERS),
    )
    for name, value, most in limits:
        if not 1 <= value <= most:
            parser.error(f"{name} {value:g}: a number from 1 to {most:g} is needed")
    evening = Evening(options.scale, options.rate, options.seconds, options.workers)
    if evening.least_candidates > evening.candidates:
        parser.error(
            f"--scale {options.scale}: {len(evening.instants)} uploads need at least"
            f" {evening.least_candidates} candidates"
        )
    return evening


if __name__ == "__main__":
    sys.exit(main())
