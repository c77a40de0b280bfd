"""What the candidate does with a dossier besides uploading: take images out, put it forward."""

from dataclasses import dataclass

import structlog

from services.uploads.dossier import remove_image
from services.uploads.errors import ContendedError, ImageNotFoundError
from services.uploads.model import Dossier, Receipt
from services.uploads.ports import Dossiers
from services.uploads.submission import answer_send_back, submit, withdraw
from services.uploads.use_cases.rulebook import Rulebook, owned
from shared.clock import Clock
from shared.rights import Action

TRIES = 10
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RemoveImage:
    """Take an image out of the dossier; the version stays in the history.

    Raises:
        DossierNotFoundError: there is no such dossier, or it is somebody else's.
        ImageNotFoundError: the dossier has no such image.
        ConflictError: the image is closed.
    """

    dossiers: Dossiers
    rulebook: Rulebook
    clock: Clock

    async def __call__(self, registration_id: str, candidate_id: str, image_id: str) -> None:
        """Remove it; one that was removed before is fine."""
        for _ in range(TRIES):
            dossier = await owned(Action.REMOVE_IMAGE, self.dossiers, registration_id, candidate_id)
            if dossier.item(image_id) is None:
                return await self._gone_already(dossier, image_id)
            step = remove_image(dossier, await self.rulebook.of(dossier), image_id, self.clock.now())
            if await self.dossiers.save_images(dossier, step):
                log.info("image.removed", image_id=image_id)
                return None
        raise ContendedError

    async def _gone_already(self, dossier: Dossier, image_id: str) -> None:
        if any(entry.image_id == image_id for entry in dossier.refused):
            await self.dossiers.dismiss(dossier.registration_id, image_id)
            return
        dead = await self.dossiers.find_dead(image_id)
        if dead is None or dead.registration_id != dossier.registration_id:
            raise ImageNotFoundError


@dataclass(frozen=True, slots=True)
class SubmitDossier:
    """Put a dossier forward, and lock it as the policy says.

    Raises:
        DossierNotFoundError: there is no such dossier, or it is somebody else's.
        ConflictError: it is closed, unfinished or incomplete.
    """

    dossiers: Dossiers
    rulebook: Rulebook
    clock: Clock

    async def __call__(self, registration_id: str, candidate_id: str) -> Receipt:
        """Return the receipt."""
        for _ in range(TRIES):
            dossier = await owned(Action.SUBMIT_DOSSIER, self.dossiers, registration_id, candidate_id)
            step = submit(dossier, await self.rulebook.of(dossier), self.clock.now())
            if await self.dossiers.save(dossier, step) and step.dossier.receipt is not None:
                log.info("dossier.submitted", registration=registration_id)
                return step.dossier.receipt
        raise ContendedError


@dataclass(frozen=True, slots=True)
class AnswerSendBack:
    """Let the candidate say that everything asked for has come (我已补充完毕).

    Raises:
        DossierNotFoundError: there is no such dossier, or it is somebody else's.
        ConflictError: something is missing or unfinished, or nothing was sent back.
    """

    dossiers: Dossiers
    rulebook: Rulebook
    clock: Clock

    async def __call__(self, registration_id: str, candidate_id: str) -> None:
        """Close the send-back as answered."""
        for _ in range(TRIES):
            dossier = await owned(Action.ANSWER_SEND_BACK, self.dossiers, registration_id, candidate_id)
            step = answer_send_back(dossier, await self.rulebook.of(dossier), self.clock.now())
            if await self.dossiers.save(dossier, step):
                log.info("sendback.answered", registration=registration_id)
                return
        raise ContendedError


@dataclass(frozen=True, slots=True)
class WithdrawDossier:
    """Pull a submitted dossier back before a reviewer has claimed it.

    Raises:
        DossierNotFoundError: there is no such dossier, or it is somebody else's.
        ConflictError: a reviewer has it or had it, or the policy has no such step.
    """

    dossiers: Dossiers
    rulebook: Rulebook
    clock: Clock

    async def __call__(self, registration_id: str, candidate_id: str) -> None:
        """Open the dossier again."""
        for _ in range(TRIES):
            dossier = await owned(Action.WITHDRAW_DOSSIER, self.dossiers, registration_id, candidate_id)
            step = withdraw(dossier, await self.rulebook.of(dossier), self.clock.now())
            if await self.dossiers.save(dossier, step):
                log.info("dossier.withdrawn", registration=registration_id)
                return
        raise ContendedError
