"""CPU seconds and memory of processes by the operating system's account (`/proc`)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MEGA = 1024 * 1024
# Fields of /proc/<pid>/stat, counted after the command's closing bracket (proc(5)).
_PARENT, _OWN_USER, _OWN_SYSTEM, _GONE_USER, _GONE_SYSTEM, _RESIDENT = 1, 11, 12, 13, 14, 21


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its parent, its CPU seconds with those of children it has seen end, its memory."""

    pid: int
    parent: int
    seconds: float
    megabytes: float


def processes() -> dict[int, Process]:
    """Return every process there is now."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (process := _read(int(folder.name))) is not None:
            found[process.pid] = process
    return found


def family(pid: int, everyone: Mapping[int, Process]) -> list[int]:
    """Return a process and all that it has started, directly or not."""
    members = [pid] if pid in everyone else []
    for member in members:
        members.extend(process.pid for process in everyone.values() if process.parent == member)
    return members


def seconds_of(roots: Mapping[str, int | None]) -> dict[str, float]:
    """Return the CPU seconds of each named process with its whole family."""
    everyone = processes()
    return {
        name: sum(everyone[pid].seconds for pid in family(root, everyone))
        for name, root in roots.items()
        if root is not None
    }


def megabytes_of(roots: Mapping[str, int | None]) -> dict[str, float]:
    """Return the resident memory of each named process with its whole family, in MB."""
    everyone = processes()
    return {
        name: sum(everyone[pid].megabytes for pid in family(root, everyone))
        for name, root in roots.items()
        if root is not None
    }


def busy_seconds() -> float:
    """Return the CPU seconds that all programs of the machine have used since it started."""
    with Path("/proc/stat").open() as lines:
        return parse_busy(next(lines))


def parse_busy(line: str) -> float:
    """Return the seconds of work in the first line of `/proc/stat`; guests are counted with their hosts."""
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = map(int, line.split()[1:9])
    return (user + nice + system + interrupts + soft + stolen) / TICKS


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what each has used in between."""
    return {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}


def parse_stat(pid: int, text: str) -> Process:
    """Return the process in a line of `/proc/<pid>/stat`; its command may hold spaces and brackets."""
    fields = text.rpartition(")")[2].split()
    ticks = sum(int(fields[number]) for number in (_OWN_USER, _OWN_SYSTEM, _GONE_USER, _GONE_SYSTEM))
    return Process(
        pid=pid,
        parent=int(fields[_PARENT]),
        seconds=ticks / TICKS,
        megabytes=int(fields[_RESIDENT]) * PAGE_BYTES / MEGA,
    )


def _read(pid: int) -> Process | None:
    try:
        return parse_stat(pid, Path(f"/proc/{pid}/stat").read_text())
    except OSError:  # it has ended meanwhile
        return None
