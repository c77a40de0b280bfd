"""Bringing images of the candidate's other dossiers into a new one, each as a copy encrypted anew."""

import secrets
from dataclasses import dataclass

import structlog

from services.uploads.announcing import Step
from services.uploads.carrying import Earlier, give_up, is_awaited, plan, receive
from services.uploads.dossier import ImageStep
from services.uploads.errors import ContendedError, ObjectBrokenError, TooEarlyError
from services.uploads.model import CopyOrder, Dossier, Item, ItemStatus, Registration, StoredObject
from services.uploads.ports import Dossiers, Objects, Registrations
from services.uploads.use_cases.following import CatchUp
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.policy.model import Policy

TRIES = 10
MOST_REPLACED = 20
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CarryPlan:
    """Finds what a fresh dossier takes over.

    What it replaces takes nothing in from then on: an upload is either carried over or refused.
    """

    dossiers: Dossiers
    registrations: Registrations
    catch_up: CatchUp

    async def __call__(
        self, fresh: Dossier, registration: Registration, policy: Policy
    ) -> tuple[CopyOrder, ...]:
        """Return the copies to be made."""
        others = await self.dossiers.of_candidate(fresh.candidate_id)
        earlier = Earlier(await self._replaced(registration), tuple(others))
        return plan(fresh, policy, earlier)

    async def _replaced(self, registration: Registration) -> Dossier | None:
        """Return the nearest dossier among the registrations that this one has replaced in turn."""
        successor, replaced = registration.registration_id, registration.supersedes
        for _ in range(MOST_REPLACED):
            if replaced is None:
                return None
            await self.registrations.supersede(replaced, successor)
            await self.catch_up(replaced)
            dossier = await self.dossiers.find(replaced)
            if dossier is not None:
                return dossier if dossier.candidate_id == registration.candidate_id else None
            before = await self.registrations.find(replaced)
            successor, replaced = replaced, before.supersedes if before else None
        return None


@dataclass(frozen=True, slots=True)
class CopyImages:
    """Make the copies that a dossier waits for; every step can be repeated, and none is made twice.

    What does not come in the end is done without: the list asks for the paper again and says why.

    Raises:
        TransientError: a store does not answer, the registration is not known yet, or a source is still in
            processing; then everything else is done.
    """

    dossiers: Dossiers
    objects: Objects
    rulebook: Rulebook
    clock: Clock

    async def __call__(self, registration_id: str) -> None:
        """Make all of them."""
        dossier = await self.dossiers.find(registration_id)
        is_waiting = False
        for order in dossier.copying if dossier else ():
            source = await self._source(order)
            if source is not None and source.status is ItemStatus.PROCESSING:
                if await self._is_awaited(registration_id, order):
                    is_waiting = True
                    continue
                source = None
            original = await self._copied(registration_id, order, source) if source else None
            if not await self._recorded(registration_id, order, original) and original is not None:
                await self.objects.drop(original.key)
        if is_waiting:
            raise TooEarlyError

    async def _source(self, order: CopyOrder) -> Item | None:
        """Return the image to copy; none if it is gone, erased, or waits for a word that nobody asks for."""
        dossier = await self.dossiers.find(order.origin.registration_id)
        item = dossier.item(order.origin.image_id) if dossier else None
        return None if item is None or item.original.is_erased or item.awaits is not None else item

    async def _is_awaited(self, registration_id: str, order: CopyOrder) -> bool:
        dossier = await self.dossiers.find(registration_id)
        if dossier is None or order not in dossier.copying:
            return False
        return is_awaited(dossier, await self.rulebook.of(dossier), order, self.clock.now())

    async def _copied(self, registration_id: str, order: CopyOrder, source: Item) -> StoredObject | None:
        """Store the source's original under a key and data key of the copy's own; none if it is lost."""
        try:
            content = await self.objects.read(source.original)
        except ObjectBrokenError:
            # The loss itself is the storage's alarm; the candidate uploads this one anew.
            log.exception("image.source_lost", image_id=source.image_id)
            return None
        key = f"{registration_id}/{order.image_id}/{secrets.token_hex(8)}"
        stored = await self.objects.keep(key, content, source.original.sha256)
        crashpoint("worker.after_copy")
        return stored

    async def _recorded(self, registration_id: str, order: CopyOrder, original: StoredObject | None) -> bool:
        """Record the copy, or that there will be none; tell whether the object is in use."""
        for _ in range(TRIES):
            dossier = await self.dossiers.find(registration_id)
            if dossier is None or order not in dossier.copying:
                return False
            step = await self._step(dossier, order, original)
            if isinstance(step, ImageStep):
                if await self.dossiers.save_images(dossier, step):
                    log.info("image.copied", image_id=order.image_id, approved=order.origin.is_approved)
                    return True
            elif await self.dossiers.save(dossier, step):
                log.info("image.not_copied", image_id=order.image_id)
                return False
        raise ContendedError

    async def _step(
        self, dossier: Dossier, order: CopyOrder, original: StoredObject | None
    ) -> ImageStep | Step:
        rules = await self.rulebook.of(dossier)
        now = self.clock.now()
        taken = receive(dossier, rules, order, original, now) if original else None
        return taken or give_up(dossier, rules, order, now, is_lost=original is None)
