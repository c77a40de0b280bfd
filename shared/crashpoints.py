"""Named places where a test may kill the process: `CRASH_AT=name` or `CRASH_AT=name:nth,other`."""

import os
import signal
from collections import Counter
from pathlib import Path

_passed: Counter[str] = Counter()


def crashpoint(name: str) -> None:
    """Kill the process here when the environment asks for it; do nothing otherwise.

    `CRASH_ONCE` names a folder in which a crash leaves its mark, so that a restarted process goes on.
    """
    wanted = os.environ.get("CRASH_AT")
    if not wanted:
        return
    chosen = dict(part.partition(":")[::2] for part in wanted.split(","))
    if name not in chosen:
        return
    _passed[name] += 1
    if _passed[name] == int(chosen[name] or "1") and _first_time(name):
        os.kill(os.getpid(), signal.SIGKILL)


def _first_time(name: str) -> bool:
    folder = os.environ.get("CRASH_ONCE")
    if folder is None:
        return True
    try:
        Path(folder, name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
