"""Showing pictures: to their owner, or to staff on a grant, with every staff view written down first."""

from dataclasses import dataclass
from typing import Literal

from services.uploads.errors import GrantRefusedError, ImageNotFoundError
from services.uploads.model import Dossier, Item, StoredObject
from services.uploads.ports import Dossiers, Grants, Objects, StaffView, Views
from shared.clock import Clock
from shared.rights import Action, owns

Kind = Literal["copy", "thumbnail"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """A staff member and the session."""

    staff_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG to be shown."""

    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class PictureShelf:
    """Finds image versions, live or not, and reads them."""

    dossiers: Dossiers
    objects: Objects

    async def find_live(self, image_id: str) -> tuple[Item, Dossier] | None:
        """Return a live version and its dossier."""
        dossier = await self.dossiers.find_live(image_id)
        item = dossier.item(image_id) if dossier else None
        return None if dossier is None or item is None else (item, dossier)

    async def find_any(self, image_id: str) -> tuple[Item, str]:
        """Return a version, live or replaced, and its registration.

        Raises:
            ImageNotFoundError: there is none.
        """
        live = await self.find_live(image_id)
        if live is not None:
            return live[0], live[1].registration_id
        dead = await self.dossiers.find_dead(image_id)
        if dead is None:
            raise ImageNotFoundError
        return dead.item, dead.registration_id

    async def read(self, item: Item, kind: Kind) -> Picture:
        """Return the copy or the thumbnail; the original never leaves.

        Raises:
            ImageNotFoundError: it is not ready.
        """
        if item.derivatives is None:
            raise ImageNotFoundError
        stored: StoredObject = item.derivatives.copy if kind == "copy" else item.derivatives.thumbnail
        return Picture(await self.objects.read(stored), stored.sha256)


@dataclass(frozen=True, slots=True)
class ShowImage:
    """Show a live picture to its owner; what was deleted or replaced is gone for the candidate.

    Raises:
        ImageNotFoundError: there is no such picture, or it is somebody else's.
    """

    shelf: PictureShelf

    async def __call__(self, image_id: str, candidate_id: str, kind: Kind) -> Picture:
        """Return the picture."""
        found = await self.shelf.find_live(image_id)
        if found is None or not owns(Action.SHOW_IMAGE, candidate_id, found[1].candidate_id):
            raise ImageNotFoundError
        return await self.shelf.read(found[0], kind)


@dataclass(frozen=True, slots=True)
class ShowImageToStaff:
    """Show a picture to a staff member whom review has granted it.

    Raises:
        GrantRefusedError: the grant is not review's, not this viewer's, over, or for other pictures.
        ImageNotFoundError: there is no such picture.
    """

    shelf: PictureShelf
    grants: Grants
    views: Views
    clock: Clock

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str, kind: Kind) -> Picture:
        """Return the picture once the view is written down."""
        grant = self.grants.read(grant_token)
        is_own = (grant.staff_id, grant.session_id) == (viewer.staff_id, viewer.session_id)
        if not is_own or image_id not in grant.images:
            raise GrantRefusedError
        item, registration_id = await self.shelf.find_any(image_id)
        await self.views.record(
            StaffView(
                staff_id=viewer.staff_id,
                session_id=viewer.session_id,
                registration_id=registration_id,
                image_id=image_id,
                kind=kind,
                purpose=grant.purpose,
                at=self.clock.now(),
            )
        )
        return await self.shelf.read(item, kind)
