"""What time alone brings about: missed deadlines, and images that no worker has finished."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from services.uploads.announcing import Step
from services.uploads.due import advanced, at_rest, due
from services.uploads.errors import ContendedError
from services.uploads.model import Dossier
from services.uploads.ports import Calendars, Dossiers
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.errors import TransientError

PAGE = 100
TRIES = 10
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
                await self.dossiers.save(dossier, await self._step(dossier, now))
            except TransientError as error:
                # One dossier that can't be handled now must not keep the others waiting.
                log.warning("due.postponed", registration=dossier.registration_id, code=error.code)
        return len(found)

    async def _step(self, dossier: Dossier, now: datetime) -> Step:
        if dossier.erased is not None:
            return at_rest(dossier)
        return due(dossier, await self.rulebook.of(dossier), now)


@dataclass(frozen=True, slots=True)
class BringForward:
    """Let an autosaved dossier go forward as soon as its last picture is finished.

    If this is cut off, `RunDue` does it a minute later.

    Raises:
        ContendedError: others changed the dossier each time.
    """

    dossiers: Dossiers
    rulebook: Rulebook
    clock: Clock

    async def __call__(self, registration_id: str) -> None:
        """Bring the dossier to where it stands by now."""
        for _ in range(TRIES):
            dossier = await self.dossiers.find(registration_id)
            if dossier is None:
                return
            step = advanced(dossier, await self.rulebook.of(dossier), self.clock.now())
            if step is None or await self.dossiers.save(dossier, step):
                return
        raise ContendedError


@dataclass(frozen=True, slots=True)
class FollowCalendars:
    """Look at every dossier again when the calendars have changed: time opens what it closed (S4-15)."""

    dossiers: Dossiers
    calendars: Calendars
    rulebook: Rulebook
    clock: Clock

    async def __call__(self) -> None:
        """Mark them all as due, once per change of the calendars."""
        version = self.rulebook.policies.calendar_version
        if await self.calendars.followed() == version:
            return
        # The mark comes last: cut off in between, it is done once more.
        await self.dossiers.look_again(self.clock.now())
        await self.calendars.follow(version)
        log.info("calendars.followed", calendars=version)
