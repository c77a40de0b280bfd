"""Named places where a test may kill the process: `CRASH_AT=name` or `CRASH_AT=name:nth`."""

import os
import signal
from collections import Counter
from pathlib import Path

_passed: Counter[str] = Counter()


def crashpoint(name: str) -> None:
    """Kill the process here when the environment asks for it; do nothing otherwise.

    `CRASH_ONCE` names a folder in which a crash leaves its mark, so that a restarted process goes on.
    """
    wanted, _, nth = os.environ.get("CRASH_AT", "").partition(":")
    if wanted != name:
        return
    _passed[name] += 1
    if _passed[name] != int(nth or "1"):
        return
    once = os.environ.get("CRASH_ONCE")
    if once is not None:
        mark = Path(once) / name
        if mark.exists():
            return
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    os.kill(os.getpid(), signal.SIGKILL)
