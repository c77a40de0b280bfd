"""The handshake with review: freeze for a reviewer, let go, open what was sent back, take the decision."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from services.uploads.announcing import Step
from services.uploads.errors import ContendedError, DossierNotFoundError
from services.uploads.handshake import claim, decide, release, send_back
from services.uploads.model import Dossier, ReturnedPlace, Rules
from services.uploads.ports import Dossiers, TextCipher
from services.uploads.sendback_requests import extend_send_back, withdraw_send_back
from services.uploads.use_cases.following import CatchUp
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.events.review import (
    CaseClaimed,
    CaseDecided,
    CaseReleased,
    CaseSentBack,
    SendbackDeadlineExtended,
    SendbackWithdrawalRequested,
)

TRIES = 10
Command = Callable[[Dossier, Rules], Step | None]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReviewCommands:
    """Applies what review says to a dossier, by compare-and-set."""

    dossiers: Dossiers
    rulebook: Rulebook
    catch_up: CatchUp

    async def apply(self, registration_id: str, command: Command, hold: int) -> None:
        """Apply a command until it holds; what was applied before is let pass.

        With the hold ends the waiting of what the registration has changed meanwhile.

        Raises:
            DossierNotFoundError: review knows a dossier that is not here.
            TransientError: it can't be applied yet.
            ForeignHoldError: the hold is not the live one.
        """
        for _ in range(TRIES):
            dossier = await self.dossiers.find(registration_id)
            if dossier is None:
                raise DossierNotFoundError
            step = command(dossier, await self.rulebook.of(dossier))
            if step is None:
                log.info("case.repeated", registration=registration_id, hold=hold)
                return await self.catch_up(registration_id)
            if await self.dossiers.save(dossier, step):
                crashpoint("uploads.after_hold")
                return await self.catch_up(registration_id)
        raise ContendedError


@dataclass(frozen=True, slots=True)
class LockForReview:
    """Answer a claim: freeze the dossier, or refuse."""

    commands: ReviewCommands
    clock: Clock

    async def __call__(self, registration_id: str, event: CaseClaimed, claimed_at: datetime) -> None:
        """Answer it once."""

        def command(dossier: Dossier, rules: Rules) -> Step | None:
            return claim(dossier, rules, event, claimed_at, self.clock.now())

        await self.commands.apply(registration_id, command, event.hold)


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """End a hold without a decision."""

    commands: ReviewCommands

    async def __call__(self, registration_id: str, event: CaseReleased) -> None:
        """End it once."""

        def command(dossier: Dossier, rules: Rules) -> Step | None:
            return release(dossier, rules, event)

        await self.commands.apply(registration_id, command, event.hold)


@dataclass(frozen=True, slots=True)
class OpenSendBack:
    """End the hold and open what the reviewer returned."""

    commands: ReviewCommands
    cipher: TextCipher
    clock: Clock

    async def __call__(self, registration_id: str, event: CaseSentBack) -> None:
        """Open it once."""
        texts = event.private.items
        places = [
            ReturnedPlace(
                category=item.category,
                slot=item.slot,
                image_id=item.image_id,
                reason_code=item.reason_code,
                reason_label=self.cipher.encrypt(text.label, registration_id),
                reason_text=self.cipher.encrypt(text.text, registration_id),
            )
            for item, text in zip(event.items, texts, strict=True)
        ]

        def command(dossier: Dossier, rules: Rules) -> Step | None:
            return send_back(dossier, rules, event, places, self.clock.now())

        await self.commands.apply(registration_id, command, event.hold)


@dataclass(frozen=True, slots=True)
class ApplyDecision:
    """End the hold with a level's decision."""

    commands: ReviewCommands
    clock: Clock

    async def __call__(self, registration_id: str, event: CaseDecided) -> None:
        """Apply it once."""

        def command(dossier: Dossier, rules: Rules) -> Step | None:
            return decide(dossier, rules, event, self.clock.now())

        await self.commands.apply(registration_id, command, event.hold)


@dataclass(frozen=True, slots=True)
class WithdrawSendBack:
    """Undo a send-back at the wish of staff, unless the candidate has acted on it."""

    commands: ReviewCommands
    clock: Clock

    async def __call__(self, registration_id: str, event: SendbackWithdrawalRequested) -> None:
        """Undo or refuse it."""

        def command(dossier: Dossier, rules: Rules) -> Step | None:
            return withdraw_send_back(dossier, rules, event, self.clock.now())

        await self.commands.apply(registration_id, command, event.hold)


@dataclass(frozen=True, slots=True)
class ExtendSendBack:
    """Give a send-back more time, also one that time has ended."""

    commands: ReviewCommands
    clock: Clock

    async def __call__(self, registration_id: str, event: SendbackDeadlineExtended) -> None:
        """Extend it once."""

        def command(dossier: Dossier, rules: Rules) -> Step | None:
            return extend_send_back(dossier, rules, event, self.clock.now())

        await self.commands.apply(registration_id, command, event.hold)
