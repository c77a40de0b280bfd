"""Keeping what was refused without the candidate's fault, and showing it to whoever may give time back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.uploads.attempts import Attempt, is_evidence
from services.uploads.errors import DossierNotFoundError
from services.uploads.ports import Attempts, Registrations
from services.uploads.use_cases.intake import AcceptImage, ImageReceipt, Upload
from shared.clock import Clock
from shared.errors import DomainError
from shared.rights import Action, Desk, oversees


@dataclass(frozen=True, slots=True)
class AcceptImageOnRecord:
    """Take in one image; an attempt refused by overload, fault or closing is kept.

    Raises:
        DomainError: as `AcceptImage`.
    """

    accept_image: AcceptImage
    attempts: Attempts
    clock: Clock

    async def __call__(self, upload: Upload, pieces: AsyncIterator[bytes]) -> ImageReceipt:
        """Return the receipt."""
        began_at = self.clock.now()
        try:
            return await self.accept_image(upload, pieces)
        except DomainError as refusal:
            if is_evidence(refusal):
                self.attempts.note(
                    Attempt(
                        registration_id=upload.registration_id,
                        candidate_id=upload.candidate_id,
                        category=upload.category,
                        slot=upload.slot,
                        code=refusal.code,
                        at=began_at,
                    )
                )
            raise


@dataclass(frozen=True, slots=True)
class ShowAttempts:
    """Show a registration's refused attempts to the reviewers of its place.

    Raises:
        DossierNotFoundError: there is no such registration, or it is elsewhere.
        TransientError: the database does not answer.
    """

    registrations: Registrations
    attempts: Attempts

    async def __call__(self, registration_id: str, desk: Desk) -> list[Attempt]:
        """Return them, oldest first."""
        registration = await self.registrations.find(registration_id)
        if registration is None or not oversees(Action.SHOW_ATTEMPTS, desk, registration.place):
            raise DossierNotFoundError
        return await self.attempts.of(registration_id)
