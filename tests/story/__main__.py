"""Run `python -m tests.story`: play the story on the running system; exit code 0 only if every step held."""

import asyncio
import sys
import time

from tests.story.addresses import NotRunningError, find_addresses
from tests.story.context import StepFailedError, Story, tell_on_screen
from tests.story.expectations import BY_POLICY, DEMO
from tests.story.play import play
from tests.support.gateway_client import opened_session


async def run() -> int:
    """Play the story; return the exit code."""
    try:
        addresses = find_addresses()
    except NotRunningError as error:
        tell_on_screen(str(error))
        return 2
    begun = time.monotonic()
    tell_on_screen(f"the story, on {addresses.gateway}, policy {addresses.policy}")
    async with opened_session() as session:
        try:
            await play(Story(session, addresses, BY_POLICY.get(addresses.policy, DEMO)))
        except StepFailedError as error:
            tell_on_screen(f"the story does NOT hold: {error}")
            return 1
    tell_on_screen(f"the story holds: every step was checked, {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
