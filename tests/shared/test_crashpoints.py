"""A crash point kills its process when a test asks for it, and only then."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSES = "from shared.crashpoints import crashpoint\nfor n in range(3): crashpoint('uploads.after_put')"


def passing(**environment: str) -> int:
    """Run a process that passes the point three times; return its exit code."""
    command = [sys.executable, "-c", PASSES]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode  # noqa: S603 - our own code


@pytest.mark.parametrize("wanted", ["uploads.after_put", "uploads.after_put:3", "other,uploads.after_put:2"])
def test_a_wanted_crash_point_kills_at_once(wanted: str) -> None:
    assert passing(CRASH_AT=wanted) == -signal.SIGKILL


@pytest.mark.parametrize("wanted", ["", "other", "uploads.after", "uploads.after_put:4"])
def test_any_other_does_nothing(wanted: str) -> None:
    assert passing(CRASH_AT=wanted) == 0


def test_a_mark_keeps_the_restarted_process_alive(tmp_path: Path) -> None:
    codes = [passing(CRASH_AT="uploads.after_put", CRASH_ONCE=str(tmp_path)) for _ in range(2)]

    assert codes == [-signal.SIGKILL, 0]
