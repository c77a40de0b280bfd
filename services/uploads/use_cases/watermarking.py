"""Making the watermarked copy of an image that was taken in."""

import secrets
from dataclasses import dataclass, field, replace

import structlog

from services.uploads.confirmation import hold_back
from services.uploads.dossier import refuse_image
from services.uploads.errors import ContendedError, TooEarlyError
from services.uploads.mark_words import MarkWords, words_in
from services.uploads.model import Awaits, Derivatives, Dossier, Item, ItemStatus
from services.uploads.ports import Dossiers, Objects, Registrations, TextCipher
from services.uploads.tasks import Processed, Unreadable
from services.uploads.use_cases.closing import BringForward
from services.uploads.use_cases.making import MakeDerivatives
from services.uploads.use_cases.malware_gate import INFECTED, MalwareGate
from services.uploads.use_cases.mark_text import mark_text
from services.uploads.use_cases.preparing import PrepareOriginal
from services.uploads.use_cases.returned_shots import ReturnedShots
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import InvalidError
from shared.events import Event
from shared.events.uploads import ComparisonRequested
from shared.policy.pictures import picture_rules
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
    prepare: PrepareOriginal
    make: MakeDerivatives
    returned_shots: ReturnedShots
    rulebook: Rulebook
    cipher: TextCipher
    clock: Clock
    gate: MalwareGate = field(default_factory=MalwareGate)

    async def __call__(self, registration_id: str, image_id: str) -> None:
        """Process one image."""
        dossier = await self.dossiers.find(registration_id)
        item = dossier.item(image_id) if dossier else None
        if dossier is None or item is None or item.status is not ItemStatus.PROCESSING:
            log.info("image.gone_or_done", image_id=image_id)
            return
        words = await self._words(dossier)
        policy = self.rulebook.policies.version(dossier.policy_version)
        content = await self.objects.read(item.original)
        if not await self.gate.lets_in(image_id, content):
            # The object stays as it lies: encrypted, reached by no route, gone with its history.
            await self._refuse(dossier, item, INFECTED)
            return
        await self._process(
            dossier, item, content, mark_text(policy, dossier.place.session, words, self.clock.now())
        )

    async def _words(self, dossier: Dossier) -> MarkWords:
        """Return what the mark says: it stands in the dossier, unless that was opened before it did."""
        if dossier.words is not None:
            return words_in(dossier.words, dossier.registration_id, self.cipher)
        registration = await self.registrations.find(dossier.registration_id)
        if registration is None:
            raise TooEarlyError
        return MarkWords.of(registration)

    async def _process(self, dossier: Dossier, item: Item, content: bytes, text: str) -> None:
        policy = self.rulebook.policies.version(dossier.policy_version)
        try:
            prepared = await self.prepare(content, picture_rules(policy, item.category, item.slot))
        except InvalidError as refusal:
            await self._refuse(dossier, item, refusal.code, refusal.detail)
            return
        made = await self.make.processed(prepared.content, text)
        if isinstance(made, Unreadable):
            await self._refuse(dossier, item, made.code)
            return
        is_known = await self.returned_shots.contain(dossier, item, prepared.content, made.traits)
        ready = replace(
            item,
            hints=(*item.hints, *prepared.hints),
            awaits=Awaits.SAME_SHOT if is_known else item.awaits,
        )
        made = replace(made, camera=prepared.camera or made.camera)
        if prepared.content is content:
            await self._keep(dossier, ready, made)
        else:
            await self._keep_smaller(dossier, ready, made, prepared.content)

    async def _keep_smaller(self, dossier: Dossier, item: Item, made: Processed, content: bytes) -> None:
        """Keep the smaller picture as the original; the larger one goes once the record names the other."""
        key = f"{dossier.registration_id}/{item.image_id}/{secrets.token_hex(8)}-smaller"
        smaller = await self.objects.keep(key, content)
        is_kept = await self._keep(dossier, replace(item, original=smaller), made)
        await self.objects.drop(item.original.key if is_kept else smaller.key)

    async def _keep(self, dossier: Dossier, item: Item, made: Processed) -> bool:
        derivatives = await self.make.kept(dossier.registration_id, item, made)
        if await self._finish(dossier, item, derivatives):
            crashpoint("worker.after_record")
            log.info("image.ready", image_id=item.image_id)
            await self._bring_forward(dossier)
            return True
        now = await self.dossiers.find(dossier.registration_id)
        kept = now.item(item.image_id) if now else None
        is_kept = kept is not None and kept.derivatives == derivatives
        if not is_kept:
            await self.make.drop(derivatives)
        return is_kept

    async def _bring_forward(self, dossier: Dossier) -> None:
        """Put an autosaved dossier forward with its last picture; one that is forward already stays."""
        policy = self.rulebook.policies.version(dossier.policy_version)
        may_move = dossier.stage != "submitted" or dossier.send_back is not None
        if policy.submit.mode is SubmitMode.AUTOSAVE and may_move:
            await BringForward(self.dossiers, self.rulebook, self.clock)(dossier.registration_id)

    async def _finish(self, dossier: Dossier, item: Item, derivatives: Derivatives) -> bool:
        facts = self._to_compare(dossier, item)
        if item.awaits is not Awaits.SAME_SHOT:
            return await self.dossiers.finish_image(dossier, item, derivatives, facts)
        rules = await self.rulebook.of(dossier)
        for _ in range(TRIES):
            current = await self.dossiers.find(dossier.registration_id)
            step = hold_back(current, rules, item.image_id, derivatives, item.awaits) if current else None
            if current is None or step is None or step.changed is None:
                return False
            kept = replace(step.changed, hints=item.hints)
            if item.original.key != kept.original.key:
                kept = replace(kept, original=item.original)
            asked = replace(step, changed=kept, events=(*step.events, *facts))
            if await self.dossiers.save_images(current, asked):
                return True
        raise ContendedError

    def _to_compare(self, dossier: Dossier, item: Item) -> tuple[Event, ...]:
        """Return the request to look for the same paper of other candidates, where the policy wants that."""
        category = self.rulebook.policies.version(dossier.policy_version).find_category(item.category)
        if category is None or category.duplicates is Duplicates.OFF:
            return ()
        return (ComparisonRequested(image_id=item.image_id, category=item.category),)

    async def _refuse(self, dossier: Dossier, item: Item, code: str, detail: str = "") -> None:
        rules = await self.rulebook.of(dossier)
        for _ in range(TRIES):
            current = await self.dossiers.find(dossier.registration_id)
            if current is None:
                return
            step = refuse_image(current, rules, item.image_id, code, self.clock.now(), detail=detail)
            if step is None or await self.dossiers.save_images(current, step):
                log.info("image.refused", image_id=item.image_id, code=code)
                return
        raise ContendedError
