"""What time alone brings about: missed deadlines, and images that no worker has finished."""

from dataclasses import dataclass

import structlog

from services.uploads.ports import Dossiers
from services.uploads.submission import due
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.errors import TransientError

PAGE = 100
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunDue:
    """Do what is due, one conditional update per dossier; done by two instances, it happens once."""

    dossiers: Dossiers
    rulebook: Rulebook
    clock: Clock

    async def __call__(self) -> int:
        """Return how many dossiers were looked at."""
        now = self.clock.now()
        found = await self.dossiers.due(now, PAGE)
        for dossier in found:
            try:
                step = due(dossier, await self.rulebook.of(dossier), now)
                await self.dossiers.save(dossier, step)
            except TransientError as error:
                # One dossier that can't be handled now must not keep the others waiting.
                log.warning("due.postponed", registration=dossier.registration_id, code=error.code)
        return len(found)
