"""`kaoshen clock show|set|advance`: one time for all services (development only)."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from shared.clock import SHANGHAI, SharedOffsetClock

DEFAULT_FILE = Path(".run/clock.json")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+)([smhd])")


def duration(text: str) -> timedelta:
    """Return a duration such as `90m`, `24h` or `1d12h`.

    Raises:
        ValueError: it is not one.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("a duration looks like 90m, 24h or 1d12h")
    return timedelta(**{UNITS[unit]: int(number) for number, unit in parts})


def instant(text: str) -> datetime:
    """Return an instant; without a zone it is Shanghai's time.

    Raises:
        ValueError: it is not one.
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; print the new time."""
    parser = argparse.ArgumentParser(prog="kaoshen clock", description=__doc__)
    parser.add_argument("--file", type=Path, default=Path(os.environ.get("KAOSHEN_CLOCK", DEFAULT_FILE)))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="print the services' time")
    commands.add_parser("set", help="make it an instant").add_argument("instant", type=instant)
    commands.add_parser("advance", help="move on by a duration").add_argument("by", type=duration)
    given = parser.parse_args(arguments)
    clock = SharedOffsetClock(given.file)
    if given.command == "set":
        clock.set(given.instant)
    elif given.command == "advance":
        clock.advance(given.by)
    sys.stdout.write(f"{clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} Asia/Shanghai\n")
    return 0
