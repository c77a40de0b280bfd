"""Every process dies once at each of its named crash points, and the story still ends right (row B1)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.embedded import plan_for, started
from deploy.embedded.console import Console
from deploy.embedded.demo import Demo
from deploy.embedded.ports import free_ports
from tests.story.context import Story
from tests.story.play import play
from tests.support.demo_system import addresses_of
from tests.support.gateway_client import opened_session

pytestmark = pytest.mark.real

OUTBOX = ("outbox.before_publish", "outbox.after_publish", "outbox.before_clear")
PATIENCE = 120.0

CRASHES: Mapping[str, tuple[str, ...]] = {
    "auth": ("auth.after_activation",),
    "uploads": (
        "uploads.after_receive",
        "uploads.after_put",
        "uploads.after_record",
        "uploads.after_history",
        "uploads.after_hold",
        "consumer.before_ack",
        *OUTBOX,
    ),
    "watermark": (
        "worker.after_decode",
        "worker.after_put",
        "worker.after_record",
        "consumer.before_ack",
        *OUTBOX,
    ),
    "review": ("review.after_claim", "review.after_decision", "consumer.before_ack", *OUTBOX),
    "notify": ("notify.after_message", "consumer.before_ack"),
    "notify-scheduler": ("notify.before_send", "notify.after_send", "notify.after_record"),
}


@pytest.mark.timeout(900)
async def test_b1_a_crash_at_any_point_changes_nothing_in_the_outcome(tmp_path: Path) -> None:
    environment = {part: crashing(tmp_path, part, points) for part, points in CRASHES.items()}
    plan = plan_for(tmp_path / "home", ports=free_ports(), environment=environment)

    with started(plan) as system:
        Demo(system, Console()).load()
        async with opened_session() as session:
            await play(Story(session, addresses_of(system), patience=PATIENCE))

    crashed = {part: {mark.name for mark in (tmp_path / part).iterdir()} for part in CRASHES}
    assert crashed == {part: set(points) for part, points in CRASHES.items()}


def crashing(folder: Path, part: str, points: tuple[str, ...]) -> dict[str, str]:
    """Return the environment in which a part dies once at each point."""
    marks = folder / part
    marks.mkdir()
    return {"CRASH_AT": ",".join(points), "CRASH_ONCE": str(marks)}
