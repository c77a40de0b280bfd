"""Killing parts of the system between and during steps; the supervisor starts them anew."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from deploy.embedded import System

PARTS: Final = ("uploads", "watermark", "review", "notify", "broker", "database")
_INTO_THE_STEP: Final = 0.03

BEFORE: Final = {
    "c.copies": "watermark",
    "c.delete": "database",
    "d.submit": "broker",
    "d.message": "notify",
    "e.queue": "review",
    "e.claim": "broker",
    "e.send_back": "uploads",
    "e.notice": "notify",
    "f.replace": "watermark",
    "f.resubmit": "database",
    "f.compare": "uploads",
    "f.district": "broker",
    "f.sms": "notify",
}
DURING: Final = {
    "c.copies": "uploads",
    "c.delete": "watermark",
    "d.submit": "uploads",
    "d.message": "broker",
    "e.queue": "database",
    "e.claim": "uploads",
    "e.verdicts": "review",
    "e.send_back": "review",
    "e.notice": "broker",
    "e.unlocked": "uploads",
    "f.replace": "database",
    "f.resubmit": "broker",
    "f.compare": "review",
    "f.district": "database",
    "f.card": "review",
    "f.sms": "notify",
}


@dataclass(slots=True)
class Kills:
    """Kills (`kill -9`) one part before and one during the steps of chapters c to f."""

    system: System
    killed_between: list[str] = field(default_factory=list)
    killed_during: list[str] = field(default_factory=list)

    async def before(self, step: str) -> None:
        """Kill a part and let the step begin at once, while it is still down."""
        if part := BEFORE.get(step):
            await self._kill(part)
            self.killed_between.append(part)

    async def during(self, step: str) -> None:
        """Kill a part when the step has begun."""
        if part := DURING.get(step):
            await asyncio.sleep(_INTO_THE_STEP)
            await self._kill(part)
            self.killed_during.append(part)

    async def _kill(self, part: str) -> None:
        await self.system.until_ready(part)
        await self.system.kill(part)
