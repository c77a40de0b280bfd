"""Showing pictures to their owner; what was deleted or replaced is gone for the candidate."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import structlog
from prometheus_client import Counter

from services.uploads.errors import ImageErasedError, ImageLostError, ImageNotFoundError, ObjectBrokenError
from services.uploads.model import Derivatives, Dossier, Item, StoredObject
from services.uploads.ports import Dossiers, Objects
from shared.rights import Action, owns

Kind = Literal["copy", "thumbnail"]

LOST = Counter("kaoshen_pictures_lost", "Pictures asked for whose object is missing or was changed")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG to be shown; without content, the one that the caller already has."""

    tag: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Found:
    """An image version, live or not, and the dossier it is or was in."""

    item: Item
    dossier: Dossier


@dataclass(frozen=True, slots=True)
class PictureShelf:
    """Finds image versions, live or not, and reads them."""

    dossiers: Dossiers
    objects: Objects

    async def find_live(self, image_id: str) -> Found | None:
        """Return a live version and its dossier."""
        dossier = await self.dossiers.find_live(image_id)
        item = dossier.item(image_id) if dossier else None
        return None if dossier is None or item is None else Found(item, dossier)

    async def find_any(self, image_id: str) -> Found:
        """Return a version, live or replaced, and its dossier.

        Raises:
            ImageNotFoundError: there is none.
        """
        live = await self.find_live(image_id)
        if live is not None:
            return live
        dead = await self.dossiers.find_dead(image_id)
        dossier = await self.dossiers.find(dead.registration_id) if dead else None
        if dead is None or dossier is None:
            raise ImageNotFoundError
        return Found(dead.item, dossier)

    async def read(self, item: Item, stored: StoredObject) -> bytes:
        """Return an image's stored picture.

        Raises:
            ImageLostError: the store has lost or changed it; this is an alarm.
        """
        try:
            return await self.objects.read(stored)
        except ObjectBrokenError as error:
            raise self.lost(item, type(error.__cause__ or error).__name__) from None

    def lost(self, item: Item, cause: str) -> ImageLostError:
        """Raise the alarm about a stored picture that is missing or not what it was; return the failure."""
        LOST.inc()
        log.error("picture.lost", image_id=item.image_id, cause=cause)
        return ImageLostError(
            "图片文件在存储中丢失或损坏，已通知管理员；考生可重新上传这一张，不能上传时请联系考点"
        )


@dataclass(frozen=True, slots=True)
class ShowImage:
    """Show a live picture to its owner.

    Raises:
        ImageNotFoundError: there is no such picture, or it is somebody else's.
        ImageLostError: the store has lost or changed it.
    """

    shelf: PictureShelf

    async def __call__(
        self, image_id: str, candidate_id: str, kind: Kind, known: Collection[str] = ()
    ) -> Picture:
        """Return the picture; `known` are the tags that the caller has, and these are not read again."""
        found = await self.shelf.find_live(image_id)
        if found is None or not owns(Action.SHOW_IMAGE, candidate_id, found.dossier.candidate_id):
            raise ImageNotFoundError
        stored = stored_of(finished(found.item), kind)
        content = None if stored.tag in known else await self.shelf.read(found.item, stored)
        return Picture(stored.tag, content)


def finished(item: Item) -> Derivatives:
    """Return what a worker made of an image.

    Raises:
        ImageNotFoundError: it is not ready.
        ImageErasedError: it was deleted by rule.
    """
    if item.derivatives is None:
        raise ImageNotFoundError
    if item.derivatives.copy.is_erased:
        raise ImageErasedError
    return item.derivatives


def stored_of(made: Derivatives, kind: Kind) -> StoredObject:
    """Return where the copy or the thumbnail lies."""
    return made.copy if kind == "copy" else made.thumbnail
