"""What every command of uploads is: it gets the composed service and what was typed."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from services.uploads.app import Composed

if TYPE_CHECKING:
    Subjects = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no other name

FAILED: Final = 1
UNCLEAN: Final = 2

Command = Callable[[Composed, argparse.Namespace], Awaitable[int]]


def say(line: str) -> None:
    """Write one line of the result."""
    sys.stdout.write(f"{line}\n")


class Ticker:
    """Shows how far a long command is: in place on a terminal, a line now and then elsewhere."""

    def __init__(self, every: int = 20) -> None:
        self._every, self._count = every, 0

    def __call__(self, text: str) -> None:
        """Show it on the terminal's side channel, so that results can be piped."""
        self._count += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}")
        elif self._count % self._every == 1:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")
