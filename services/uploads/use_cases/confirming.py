"""The candidate's word about an image that waits for it."""

from dataclasses import dataclass

import structlog

from services.uploads.confirmation import confirm
from services.uploads.errors import ContendedError
from services.uploads.ports import Dossiers
from services.uploads.use_cases.rulebook import Rulebook, owned
from shared.clock import Clock
from shared.rights import Action

TRIES = 10
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ConfirmImage:
    """Let an image count as it is: made smaller, or sent again although it looks the same.

    Raises:
        DossierNotFoundError: there is no such dossier, or it is somebody else's.
        ImageNotFoundError: the dossier has no such image.
        ConflictError: the image is closed, or still being processed.
    """

    dossiers: Dossiers
    rulebook: Rulebook
    clock: Clock

    async def __call__(self, registration_id: str, candidate_id: str, image_id: str) -> None:
        """Confirm it; one that waits for nothing is fine."""
        for _ in range(TRIES):
            dossier = await owned(Action.CONFIRM_IMAGE, self.dossiers, registration_id, candidate_id)
            step = confirm(dossier, await self.rulebook.of(dossier), image_id, self.clock.now())
            if step is None:
                return
            if await self.dossiers.save_images(dossier, step):
                log.info("image.confirmed", image_id=image_id)
                return
        raise ContendedError
