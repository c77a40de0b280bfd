"""The story on fresh systems: undisturbed, under kill -9, and under the unmodified guide."""

import aiohttp
import pytest

from deploy.embedded import System
from tests.story.context import Story
from tests.story.expectations import UNMODIFIED_S0
from tests.story.kills import BEFORE, DURING, PARTS, Kills
from tests.story.play import play, play_until_sent_back
from tests.support.demo_system import addresses_of

_PATIENCE_WHEN_KILLED = 120.0

pytestmark = pytest.mark.real


@pytest.mark.timeout(300)
async def test_the_story_holds(system: System, session: aiohttp.ClientSession) -> None:
    story = Story(session, addresses_of(system))

    await play(story)

    assert len(story.receipts) == 2


@pytest.mark.timeout(1500)
async def test_killing_any_part_between_and_during_steps_changes_nothing_in_the_outcome(
    system: System, session: aiohttp.ClientSession
) -> None:
    kills = Kills(system)
    story = Story(session, addresses_of(system), disturbances=kills, patience=_PATIENCE_WHEN_KILLED)

    await play(story)

    assert kills.killed_between == list(BEFORE.values())
    assert kills.killed_during == list(DURING.values())
    assert set(kills.killed_between) == set(kills.killed_during) == set(PARTS)


@pytest.mark.timeout(300)
async def test_under_the_guide_itself_the_same_return_opens_the_whole_upload_function(
    guide_system: System, session: aiohttp.ClientSession
) -> None:
    """S0-31: unlocked together with the SMS, and no unlocking of single pictures is mentioned."""
    story = Story(session, addresses_of(guide_system), UNMODIFIED_S0)

    await play_until_sent_back(story)

    assert len(story.receipts) == 1
