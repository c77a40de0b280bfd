"""What the whole story leaves behind tells nobody who the candidate is (rows E1, E3)."""

from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from deploy.embedded import System
from tests.story.context import Story
from tests.story.play import play
from tests.support.candidate_client import PASSWORD, RECOVERY
from tests.support.demo_system import addresses_of
from tests.support.simulators.demo import load_staff

pytestmark = pytest.mark.real

PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@pytest.mark.timeout(300)
async def test_e1_logs_and_stored_data_hold_no_personal_field_after_the_story(
    system: System, session: aiohttp.ClientSession
) -> None:
    story = Story(session, addresses_of(system))
    await play(story)
    home = system.plan.layout.home

    assert list(leaks(home / "logs", canaries(story))) == []
    assert list(leaks(home / "data" / "database", canaries(story))) == []
    assert list(leaks(home / "data" / "broker", canaries(story))) == []


async def test_e3_no_stored_object_is_a_readable_picture(system: System) -> None:
    folder = system.plan.layout.data / "objects"
    objects = [path for path in folder.rglob("*") if path.is_file()]

    assert objects
    assert [path.name for path in objects if path.read_bytes().startswith(PICTURE_STARTS)] == []


def canaries(story: Story) -> list[bytes]:
    """Return what belongs to the candidate and the staff alone."""
    registration = story.registration
    staff = load_staff(story.addresses.staff)
    words = [
        registration.name,
        registration.id_number,
        registration.phone,
        registration.admission_ticket_no,
        PASSWORD,
        RECOVERY[1],
        *(member.password for member in staff),
        *(member.totp_secret for member in staff),
    ]
    return [word.encode() for word in words]


def leaks(folder: Path, words: list[bytes]) -> Iterator[str]:
    """Yield the files in which a word stands."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield from (f"{path.name}: {word.decode()}" for word in words if word in content)
