"""Marking or scanning pictures anew when an operator asks for it: behind every new picture."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from services.uploads.batches import Batch, BatchKind
from services.uploads.errors import ObjectBrokenError
from services.uploads.mark_words import MarkWords
from services.uploads.model import Dossier, Item
from services.uploads.ports import Batches, Objects
from services.uploads.tasks import Unreadable
from services.uploads.use_cases.making import MakeDerivatives
from services.uploads.use_cases.mark_text import mark_text
from services.uploads.use_cases.rescanning import RescanImage
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint

PAGE = 5
QUIET_SECONDS = 0.2
START_SECONDS = 3.0
log = structlog.get_logger()


class PicturesInHand:
    """The new pictures a worker has in hand.

    The broker hands out whatever waits as long as a worker has room: with none in hand, none waits.
    """

    def __init__(self, quiet_seconds: float = QUIET_SECONDS, start_seconds: float = START_SECONDS) -> None:
        self._quiet_seconds = quiet_seconds
        self._count = 0
        # A worker that has just begun hears first what waits.
        self._last = time.monotonic() + start_seconds
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold one."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            self._last = time.monotonic()
            if not self._count:
                self._none.set()

    async def quiet(self) -> None:
        """Wait until there was none for a moment: between two of a burst there is no room either."""
        while True:
            await self._none.wait()
            over = self._last + self._quiet_seconds - time.monotonic()
            if over <= 0:
                return
            await asyncio.sleep(over)


@dataclass(frozen=True, slots=True)
class WorkOnBatches:
    """Work on the batches that were asked for, one picture at a time and none while a new one is in hand.

    A watermark's text is that of the policy which holds for the place now. Every step can be repeated.

    Raises:
        TransientError: a store does not answer.
    """

    batches: Batches
    objects: Objects
    rulebook: Rulebook
    make: MakeDerivatives
    rescan: RescanImage
    in_hand: PicturesInHand
    clock: Clock

    async def __call__(self) -> None:
        """Go on until no batch is left."""
        while (batch := await self.batches.current()) is not None:
            await self.in_hand.quiet()
            page = await self.batches.page(batch, PAGE)
            if not page:
                await self.batches.end_round(batch, self.clock.now())
            elif await self.batches.claim(batch, page):
                for dossier in page:
                    await self._do_all(batch, dossier)

    async def _do_all(self, batch: Batch, dossier: Dossier) -> None:
        do = self.rescan if batch.kind is BatchKind.RESCAN else self._renew
        for item in batch.stale(dossier):
            await self.in_hand.quiet()
            if not await do(batch, dossier, item):
                log.warning("image.left_as_it_was", image_id=item.image_id, batch=batch.kind)
                await self.batches.give_up(batch, item.image_id)

    async def _renew(self, batch: Batch, dossier: Dossier, item: Item) -> bool:
        """Mark one picture anew; tell whether that is possible at all."""
        registration = await self.rulebook.registrations.find(dossier.registration_id)
        if registration is None:
            return False
        place = dossier.place
        policy = self.rulebook.policies.resolve(place.session, place.district, place.site)
        try:
            content = await self.objects.read(item.original)
        except ObjectBrokenError:
            return False
        text = mark_text(policy, place.session, MarkWords.of(registration), self.clock.now())
        made = await self.make(dossier.registration_id, item, content, text)
        if isinstance(made, Unreadable):
            return False
        crashpoint("worker.before_renewal")
        is_renewed = await self.batches.renew(batch, dossier, item, made)
        crashpoint("worker.after_renewal")
        left = item.derivatives if is_renewed else made
        if left is not None:
            await self.make.drop(left)
        log.info("image.renewed", image_id=item.image_id)
        return True
