"""Acting on a running system from another process."""

import fcntl
import os
import signal
import time

from deploy.embedded.layout import Layout
from deploy.embedded.leftovers import end_marked, is_gone, marked
from deploy.embedded.status import read_status

_PATIENCE = 60.0


def supervisor_pid(layout: Layout) -> int | None:
    """Return the living supervisor of a home: whoever holds the lock."""
    try:
        with layout.lock.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read())
    except FileNotFoundError:
        return None
    return None


def stop_supervisor(layout: Layout) -> bool:
    """Stop the system and whatever is left of it; tell whether there was anything to stop."""
    pid = supervisor_pid(layout)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE
        while not is_gone(pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)
    return end_marked(layout.home) > 0 or pid is not None


def kill_part(layout: Layout, part: str) -> int | None:
    """Kill (`kill -9`) the process of a part; return its pid, or nothing when it does not run."""
    status = read_status(layout.status) or {"parts": {}}
    pid: int | None = status["parts"].get(part, {}).get("pid")
    if pid is None or pid not in marked(layout.home):
        return None
    os.kill(pid, signal.SIGKILL)
    return pid
