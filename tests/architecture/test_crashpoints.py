"""A named crash point that no test names is no promise."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CALL = re.compile(r"crashpoint\(\s*\"([a-z_.]+)\"")


def crashpoints_in_code() -> set[str]:
    """Return the names that the services and the kernel pass."""
    return {
        name
        for folder in ("services", "shared")
        for source in (ROOT / folder).rglob("*.py")
        for name in _CALL.findall(source.read_text())
    }


def test_every_crash_point_is_named_by_a_test() -> None:
    spoken = "\n".join(
        source.read_text() for source in (ROOT / "tests").rglob("*.py") if source != Path(__file__)
    )

    assert {name for name in crashpoints_in_code() if f'"{name}"' not in spoken} == set()


def test_crash_points_are_named_after_their_owner() -> None:
    owners = {name.partition(".")[0] for name in crashpoints_in_code()}

    assert owners <= {"auth", "uploads", "worker", "review", "notify", "outbox", "consumer"}
