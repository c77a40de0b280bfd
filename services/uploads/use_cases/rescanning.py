"""Scanning pictures that are ready: those from before there was a scanner, or before it knew better."""

from dataclasses import dataclass

import structlog

from services.uploads.batches import Batch
from services.uploads.dossier import refuse_ready_image
from services.uploads.errors import ContendedError, ObjectBrokenError
from services.uploads.model import Dossier, Item
from services.uploads.ports import Batches, Dossiers, Objects
from services.uploads.use_cases.malware_gate import INFECTED, MalwareGate
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint

TRIES = 10
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RescanImage:
    """Have the original of a ready picture scanned; malware loses its place where it may be changed.

    In a closed dossier it stays for its reviewer: copies are pixels encoded anew, and nobody is shown the
    original as it came. Every step can be repeated.

    Raises:
        TransientError: the scanner or a store does not answer.
    """

    batches: Batches
    dossiers: Dossiers
    objects: Objects
    rulebook: Rulebook
    gate: MalwareGate
    clock: Clock

    async def __call__(self, batch: Batch, dossier: Dossier, item: Item) -> bool:
        """Scan one picture; tell whether that is possible, and malware gone."""
        if self.gate.scanner is None:
            return False
        try:
            content = await self.objects.read(item.original)
        except ObjectBrokenError:
            return False
        if await self.gate.lets_in(item.image_id, content):
            crashpoint("worker.before_clean")
            await self.batches.note_clean(batch, dossier, item, self.clock.now())
            return True
        # Noted first: once refused, no later round finds it.
        await self.batches.note_infected(batch, item.image_id)
        crashpoint("worker.after_infected")
        return await self._is_refused(dossier.registration_id, item.image_id)

    async def _is_refused(self, registration_id: str, image_id: str) -> bool:
        for _ in range(TRIES):
            current = await self.dossiers.find(registration_id)
            if current is None or current.item(image_id) is None:
                return True
            rules = await self.rulebook.of(current)
            step = refuse_ready_image(current, rules, image_id, INFECTED, self.clock.now())
            if step is None:
                return False
            if await self.dossiers.save_images(current, step):
                log.info("image.refused", image_id=image_id, code=INFECTED)
                return True
        raise ContendedError
