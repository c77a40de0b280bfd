"""Showing pictures to staff on a grant, with every view written down before any byte goes out."""

from dataclasses import dataclass

from services.uploads.errors import GrantRefusedError
from services.uploads.ports import Grants, StaffView, Views
from services.uploads.use_cases.showing import Kind, PictureShelf, finished, stored_of
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class Viewer:
    """A staff member and the session."""

    staff_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class ShowImageToStaff:
    """Show a picture to a staff member whom review has granted it.

    Raises:
        GrantRefusedError: the grant is not review's, not this viewer's, over, or for other pictures.
        ImageNotFoundError: there is no such picture.
        ImageLostError: the store has lost or changed it.
        TransientError: the view can't be written down.
    """

    shelf: PictureShelf
    grants: Grants
    views: Views
    clock: Clock

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str, kind: Kind) -> bytes:
        """Return the picture once the view is written down."""
        grant = self.grants.read(grant_token)
        is_own = (grant.staff_id, grant.session_id) == (viewer.staff_id, viewer.session_id)
        if not is_own or image_id not in grant.images:
            raise GrantRefusedError
        found = await self.shelf.find_any(image_id)
        stored = stored_of(finished(found.item), kind)
        await self.views.record(
            StaffView(
                staff_id=viewer.staff_id,
                session_id=viewer.session_id,
                registration_id=found.dossier.registration_id,
                image_id=image_id,
                kind=kind,
                purpose=grant.purpose,
                at=self.clock.now(),
            )
        )
        return await self.shelf.read(found.item, stored)
