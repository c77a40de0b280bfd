"""The intake's judgement on broken pictures without end, row C16: nothing crashes, hangs or fills the memory.

`python -m tests.fuzz.intake --seconds 1800 --seed 1`: what breaks is written to a file and named, and the
exit code is 1. The same seed makes the same files.
"""

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from services.uploads.picture_check import check_structure
from services.uploads.structure import judge
from shared.errors import DomainError
from shared.policy.pictures import picture_rules
from tests.fuzz.mutations import mutated
from tests.uploads.builders import DEMO
from tests.uploads.hostile.table import TABLE

ACCEPTED = "accepted"
SLOW_SECONDS = 1.0
MOST_MEGABYTES = 300
REPORT_EVERY = 20_000
RULES = picture_rules(DEMO, "diploma")


def verdict(content: bytes) -> str:
    """Return what the intake says: a code, or that it is accepted; anything else comes out as it is."""
    try:
        check_structure(judge(content, RULES.formats, RULES.max_pixels), len(content), RULES)
    except DomainError as refusal:
        return refusal.code
    return ACCEPTED


def broken_pictures(seed: int) -> Iterator[bytes]:
    """Yield files without end, made of the table of hostile and odd pictures."""
    chance = Random(seed)
    seeds = [content for specimen in TABLE if len(content := specimen.build()) <= RULES.max_bytes]
    while True:
        yield mutated(chance.choice(seeds), chance.choice(seeds), chance, RULES.max_bytes)


def megabytes() -> int:
    """Return the memory that is in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


@dataclass
class Run:
    """What has been seen so far."""

    verdicts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    most_megabytes: int = 0
    broken: str = ""
    _megabytes_before: int = field(default_factory=megabytes)

    def look(self, content: bytes) -> None:
        """Judge a file, and remember the first thing that must not be."""
        began = time.process_time()
        try:
            said = verdict(content)
        except Exception as error:  # noqa: BLE001 - finding any is what this is for
            self.broken = f"crash: {type(error).__name__}: {error}"
            return
        took = time.process_time() - began
        grown = megabytes() - self._megabytes_before
        self.most_megabytes = max(self.most_megabytes, grown)
        self.verdicts[said] += 1
        self.slowest = max(self.slowest, took)
        if took > SLOW_SECONDS:
            self.broken = f"hang: {took:.1f} s"
        elif grown > MOST_MEGABYTES:
            self.broken = f"memory: {grown} MB more than at the beginning"

    @property
    def words(self) -> str:
        """Return the state in one line."""
        said = ", ".join(f"{code} {count}" for code, count in self.verdicts.most_common())
        total = sum(self.verdicts.values())
        took = f"slowest {self.slowest * 1000:.0f} ms, {self.most_megabytes} MB more at most"
        return f"{total} files, {took}: {said}"


def main(argv: list[str] | None = None) -> int:
    """Run for a time; return the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(".run/fuzz-broken.bin"))
    given = parser.parse_args(argv)
    run, end = Run(), time.monotonic() + given.seconds
    for number, content in enumerate(broken_pictures(given.seed), start=1):
        run.look(content)
        if run.broken:
            given.keep.parent.mkdir(parents=True, exist_ok=True)
            given.keep.write_bytes(content)
            sys.stdout.write(f"file {number} of seed {given.seed}, kept as {given.keep}: {run.broken}\n")
            return 1
        if number % REPORT_EVERY == 0:
            sys.stdout.write(f"{run.words}\n")
        if time.monotonic() > end:
            break
    sys.stdout.write(f"nothing broke. {run.words}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
