"""Processes of a home, found by the mark in their environment and ended for good."""

import os
import signal
import time
from pathlib import Path

MARK = "KAOSHEN_PART_OF"


def marked(home: Path) -> list[int]:
    """Return the pids of the living processes that a supervisor of this home has started."""
    wanted = f"{MARK}={home}".encode()
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and wanted in _environment(entry).split(b"\0")
    ]


def end_marked(home: Path, patience: float = 5.0) -> int:
    """End what an earlier supervisor has left behind; return how many processes that were."""
    found = marked(home)
    for pid in found:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while found and marked(home):
        if time.monotonic() > deadline:
            for pid in marked(home):
                _signal(pid, signal.SIGKILL)
        time.sleep(0.1)
    return len(found)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; one that only waits to be collected has."""
    return _state_of(pid) in {"", "Z"}


def is_frozen(pid: int) -> bool:
    """Tell whether a process has come to a stop after SIGSTOP."""
    return _state_of(pid) == "T"


def _state_of(pid: int) -> str:
    """Return the kernel's letter for a process's state; nothing when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _environment(entry: Path) -> bytes:
    try:
        return (entry / "environ").read_bytes()
    except OSError:  # gone meanwhile, or another user's
        return b""


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
