"""Looking whether another candidate has handed in the same paper; it flags, it never refuses."""

from dataclasses import dataclass

import structlog

from services.uploads.comparing_tasks import FindResemblance, HashPage
from services.uploads.errors import ImageErasedError, ObjectBrokenError, TooEarlyError
from services.uploads.fingerprint import Fingerprint, worth_comparing
from services.uploads.model import Dossier, Item
from services.uploads.ports import Dossiers, Fingerprints, Objects, Registrations, TextCipher, Workshop
from services.uploads.resemblance import Resemblance
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.events.uploads import DuplicateFound
from shared.policy.values import Duplicates

EMPLOYER = "employer"
# Those of one school's form come in thousands; more than that are no longer told apart by a hash.
MOST_NEAR = 5000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FindDuplicates:
    """Keep an image's fingerprint and compare it with those like it; what is confirmed is announced.

    The own fingerprint is kept before others are looked for: of two that come at once, one sees the other.
    Every step can be repeated; the listener knows a pair it was told of before.

    Raises:
        TransientError: a store does not answer, or the registration is not known yet.
    """

    dossiers: Dossiers
    registrations: Registrations
    objects: Objects
    comparing: Workshop
    fingerprints: Fingerprints
    rulebook: Rulebook
    cipher: TextCipher
    clock: Clock

    async def __call__(self, registration_id: str, image_id: str) -> None:
        """Look for the like of one image; one that is gone meanwhile is let pass."""
        dossier = await self.dossiers.find(registration_id)
        item = dossier.item(image_id) if dossier else None
        if dossier is None or item is None or item.original.is_erased:
            return
        rule = self._rule(dossier, item)
        if rule is Duplicates.OFF:
            return
        content = await self.objects.read(item.original)
        mine = await self._fingerprint(dossier, item, content)
        if mine is None:
            return
        await self.fingerprints.keep(mine)
        crashpoint("worker.after_fingerprint")
        if await self._is_erased(registration_id):
            # What was erased while its picture was being looked at leaves no fingerprint behind.
            await self.fingerprints.forget(registration_id)
            return
        near = await self.fingerprints.near(mine, MOST_NEAR)
        for other in worth_comparing(mine, near, rule):
            theirs = await self.dossiers.find(other.registration_id)
            if theirs is not None and await self._is_same_paper(content, theirs, other.image_id):
                await self.dossiers.tell(dossier, _found(item, theirs, other.image_id))
                log.info("image.duplicate_found", image_id=image_id, other_image_id=other.image_id)

    async def _is_erased(self, registration_id: str) -> bool:
        dossier = await self.dossiers.find(registration_id)
        return dossier is None or dossier.erased is not None

    def _rule(self, dossier: Dossier, item: Item) -> Duplicates:
        policy = self.rulebook.policies.version(dossier.policy_version)
        category = policy.find_category(item.category)
        return category.duplicates if category else Duplicates.OFF

    async def _fingerprint(self, dossier: Dossier, item: Item, content: bytes) -> Fingerprint | None:
        traits = item.derivatives.traits if item.derivatives else None
        page = await self.comparing.do(HashPage(content))
        if traits is None or not isinstance(page, str):
            return None
        registration = await self.registrations.find(dossier.registration_id)
        if registration is None:
            raise TooEarlyError
        employer = registration.facts.get(EMPLOYER)
        return Fingerprint(
            image_id=item.image_id,
            registration_id=dossier.registration_id,
            candidate_id=dossier.candidate_id,
            category=item.category,
            whole=traits.perceptual_hash,
            page=page,
            employer=self.cipher.digest(str(employer)) if employer else None,
            taken_at=self.clock.now(),
        )

    async def _is_same_paper(self, content: bytes, theirs: Dossier, image_id: str) -> bool:
        live = theirs.item(image_id)
        dead = None if live else await self.dossiers.find_dead(image_id)
        version = dead.item if dead else live
        if version is None:
            return False
        try:
            original = await self.objects.read(version.original)
        except (ImageErasedError, ObjectBrokenError):
            # Erased by rule, or lost: that is another alarm's matter.
            return False
        found = await self.comparing.do(FindResemblance(original, content))
        return isinstance(found, Resemblance) and found.is_same_paper


def _found(item: Item, theirs: Dossier, image_id: str) -> DuplicateFound:
    return DuplicateFound(
        image_id=item.image_id,
        category=item.category,
        other_registration_id=theirs.registration_id,
        other_image_id=image_id,
        other_district=theirs.place.district,
        other_site=theirs.place.site,
    )
