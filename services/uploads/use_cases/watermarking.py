"""Making the watermarked copy of an image that was taken in."""

from dataclasses import dataclass, field, replace

import structlog

from services.uploads.confirmation import hold_back
from services.uploads.dossier import refuse_image
from services.uploads.errors import ContendedError, TooEarlyError
from services.uploads.model import Awaits, Derivatives, Dossier, Item, ItemStatus
from services.uploads.ports import Dossiers, Objects, Registrations
from services.uploads.tasks import Unreadable
from services.uploads.use_cases.closing import BringForward
from services.uploads.use_cases.making import MakeDerivatives
from services.uploads.use_cases.malware_gate import INFECTED, MalwareGate
from services.uploads.use_cases.mark_text import mark_text
from services.uploads.use_cases.returned_shots import ReturnedShots
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.events import Event
from shared.events.uploads import ComparisonRequested
from shared.policy.values import Duplicates, SubmitMode

TRIES = 10
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WatermarkImage:
    """Turn an original into copy and thumbnail, or empty its place where it can't be read or is malware.

    Every step can be repeated; what was made for an image that is gone or done is dropped.

    Raises:
        TransientError: a store or the scanner does not answer, or the registration is not known yet.
    """

    dossiers: Dossiers
    registrations: Registrations
    objects: Objects
    make: MakeDerivatives
    returned_shots: ReturnedShots
    rulebook: Rulebook
    clock: Clock
    gate: MalwareGate = field(default_factory=MalwareGate)

    async def __call__(self, registration_id: str, image_id: str) -> None:
        """Process one image."""
        dossier = await self.dossiers.find(registration_id)
        item = dossier.item(image_id) if dossier else None
        if dossier is None or item is None or item.status is not ItemStatus.PROCESSING:
            log.info("image.gone_or_done", image_id=image_id)
            return
        registration = await self.registrations.find(registration_id)
        if registration is None:
            raise TooEarlyError
        policy = self.rulebook.policies.version(dossier.policy_version)
        content = await self.objects.read(item.original)
        if not await self.gate.lets_in(image_id, content):
            # The object stays as it lies: encrypted, reached by no route, gone with its history.
            await self._refuse(dossier, item, INFECTED)
            return
        made = await self.make.processed(content, mark_text(policy, registration, self.clock.now()))
        if isinstance(made, Unreadable):
            await self._refuse(dossier, item, made.code)
            return
        is_known = await self.returned_shots.contain(dossier, item, content, made.traits)
        derivatives = await self.make.kept(registration_id, item, made)
        await self._keep(dossier, item, derivatives, Awaits.SAME_SHOT if is_known else None)

    async def _keep(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, awaits: Awaits | None
    ) -> None:
        if await self._finish(dossier, item, derivatives, awaits):
            crashpoint("worker.after_record")
            log.info("image.ready", image_id=item.image_id)
            await self._bring_forward(dossier)
            return
        now = await self.dossiers.find(dossier.registration_id)
        kept = now.item(item.image_id) if now else None
        if kept is None or kept.derivatives != derivatives:
            await self.make.drop(derivatives)

    async def _bring_forward(self, dossier: Dossier) -> None:
        """Put an autosaved dossier forward with its last picture; one that is forward already stays."""
        policy = self.rulebook.policies.version(dossier.policy_version)
        may_move = dossier.stage != "submitted" or dossier.send_back is not None
        if policy.submit.mode is SubmitMode.AUTOSAVE and may_move:
            await BringForward(self.dossiers, self.rulebook, self.clock)(dossier.registration_id)

    async def _finish(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, awaits: Awaits | None
    ) -> bool:
        facts = self._to_compare(dossier, item)
        if awaits is None:
            return await self.dossiers.finish_image(dossier, item, derivatives, facts)
        rules = await self.rulebook.of(dossier)
        for _ in range(TRIES):
            current = await self.dossiers.find(dossier.registration_id)
            step = hold_back(current, rules, item.image_id, derivatives, awaits) if current else None
            if current is None or step is None:
                return False
            if await self.dossiers.save_images(current, replace(step, events=(*step.events, *facts))):
                return True
        raise ContendedError

    def _to_compare(self, dossier: Dossier, item: Item) -> tuple[Event, ...]:
        """Return the request to look for the same paper of other candidates, where the policy wants that."""
        category = self.rulebook.policies.version(dossier.policy_version).find_category(item.category)
        if category is None or category.duplicates is Duplicates.OFF:
            return ()
        return (ComparisonRequested(image_id=item.image_id, category=item.category),)

    async def _refuse(self, dossier: Dossier, item: Item, code: str) -> None:
        rules = await self.rulebook.of(dossier)
        for _ in range(TRIES):
            current = await self.dossiers.find(dossier.registration_id)
            if current is None:
                return
            step = refuse_image(current, rules, item.image_id, code, self.clock.now())
            if step is None or await self.dossiers.save_images(current, step):
                log.info("image.refused", image_id=item.image_id, code=code)
                return
        raise ContendedError
