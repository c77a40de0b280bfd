"""Telling the returned shot in another file from a new one."""

from dataclasses import dataclass

import structlog

from services.uploads.bands import distance
from services.uploads.comparing_tasks import FindKinship
from services.uploads.errors import ImageErasedError, ObjectBrokenError
from services.uploads.model import Dossier, Item
from services.uploads.ports import Dossiers, Objects, Workshop
from services.uploads.resemblance import FURTHEST_SHOT, Kinship
from services.uploads.returned import returned_before
from services.uploads.traits import Traits

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReturnedShots:
    """Finds out whether an image is a shot that was returned from its place, in another file."""

    dossiers: Dossiers
    objects: Objects
    comparing: Workshop

    async def contain(self, dossier: Dossier, item: Item, content: bytes, traits: Traits) -> bool:
        """Tell whether the image brings nothing new; what its candidate insists on is not looked at."""
        if item.insisted:
            return False
        for version in returned_before(dossier, item.category, item.slot):
            returned = await self._found(dossier, version.image_id)
            if returned is not None and await self._brings_nothing_new(returned, content, traits):
                log.info("image.same_shot", image_id=item.image_id, returned=returned.image_id)
                return True
        return False

    async def _found(self, dossier: Dossier, image_id: str) -> Item | None:
        live = dossier.item(image_id)
        dead = None if live else await self.dossiers.find_dead(image_id)
        return dead.item if dead else live

    async def _brings_nothing_new(self, returned: Item, content: bytes, traits: Traits) -> bool:
        before = returned.derivatives.traits if returned.derivatives else None
        if before and distance(before.perceptual_hash, traits.perceptual_hash) > FURTHEST_SHOT:
            return False
        try:
            original = await self.objects.read(returned.original)
        except (ImageErasedError, ObjectBrokenError):
            # Erased by rule, or lost: that is another alarm's matter.
            return False
        kinship = await self.comparing.do(FindKinship(original, content))
        return isinstance(kinship, Kinship) and kinship.brings_nothing_new
