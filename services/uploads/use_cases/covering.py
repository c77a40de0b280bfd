"""Covering places of a picture by hand, beside those that the policy covers."""

from dataclasses import dataclass

import structlog

from services.uploads.errors import ImageNotFoundError, TooManyCoversError
from services.uploads.model import Box
from services.uploads.ports import Dossiers
from services.uploads.use_cases.staff_views import StaffGate, Viewer

MOST_COVERS = 20
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CoverImage:
    """Cover one more place of a granted picture, for everybody who looks at it from now on.

    Raises:
        GrantRefusedError: the grant is not good for it.
        ImageNotFoundError: there is no such live picture.
        TooManyCoversError: as many places are covered by hand as a picture can have.
    """

    gate: StaffGate
    dossiers: Dossiers

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str, cover: Box) -> None:
        """Cover it once the act is written down."""
        admitted = await self.gate.admit_to_own(image_id, viewer, grant_token)
        if len(admitted.item.covers) >= MOST_COVERS:
            raise TooManyCoversError(most=MOST_COVERS)
        await self.gate.write_down(admitted, "covered")
        if not await self.dossiers.add_cover(image_id, cover):
            raise ImageNotFoundError
        log.info("image.covered", image_id=image_id)


@dataclass(frozen=True, slots=True)
class ClearCovers:
    """Take away what was covered by hand on a granted picture; what the policy covers stays covered.

    Raises:
        GrantRefusedError: the grant is not good for it.
        ImageNotFoundError: there is no such live picture.
    """

    gate: StaffGate
    dossiers: Dossiers

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str) -> None:
        """Take it away once the act is written down."""
        admitted = await self.gate.admit_to_own(image_id, viewer, grant_token)
        await self.gate.write_down(admitted, "covers_cleared")
        if not await self.dossiers.clear_covers(image_id):
            raise ImageNotFoundError
        log.info("image.covers_cleared", image_id=image_id)
