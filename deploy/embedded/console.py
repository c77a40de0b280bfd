"""What the person at the terminal sees: one line per step with the time since the beginning."""

import sys
import time
from pathlib import Path


class Console:
    """Writes lines that stand at once, also when they are piped."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def step(self, text: str) -> None:
        """Say what has just happened."""
        self.line(f"[{time.monotonic() - self._began:6.1f} s] {text}")

    def line(self, text: str = "") -> None:
        """Write a line as it is."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def failure(self, text: str, log: Path | None = None) -> None:
        """Say what failed and show the end of its log."""
        self.line(f"FAILED: {text}")
        if log is not None:
            self.line(f"        log: {log}")
            for line in last_lines(log):
                self.line(f"        | {line}")


def last_lines(path: Path, number: int = 20) -> list[str]:
    """Return the end of a log; nothing when there is no log."""
    try:
        return path.read_text(errors="replace").splitlines()[-number:]
    except FileNotFoundError:
        return []
