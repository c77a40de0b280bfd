"""Taking images in: read, judge, store, record; acknowledged only when all of it stands."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from services.uploads.dossier import NewImage, add_image, ensure_room
from services.uploads.errors import (
    ContendedError,
    DossierNotFoundError,
    IdempotencyKeyReusedError,
)
from services.uploads.instants import judged_at
from services.uploads.model import Awaits, Dossier, Hint, Item, Rules, StoredObject
from services.uploads.picture_check import check_structure
from services.uploads.ports import Dossiers, Objects
from services.uploads.structure import judge
from services.uploads.use_cases.backlog import Backlog
from services.uploads.use_cases.body import BodiesInFlight, Patience, needed_bytes, read_body
from services.uploads.use_cases.rulebook import Rulebook, owned
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import DomainError, TransientError, UnansweredError
from shared.ids import derived_id
from shared.policy.pictures import PictureRules, picture_rules
from shared.rights import Action

TRIES = 30
PAUSE_MS = 20
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Upload:
    """What comes with the bytes."""

    registration_id: str
    candidate_id: str
    idempotency_key: str
    category: str
    slot: str | None = None
    replaces: str | None = None
    anyway: bool = False
    declared_bytes: int | None = None

    @property
    def image_id(self) -> str:
        """The id that this upload always gets."""
        return derived_id(self.registration_id, self.idempotency_key)


@dataclass(frozen=True, slots=True)
class ImageReceipt:
    """The acknowledgement of an upload."""

    image_id: str
    sha256: str
    size_bytes: int
    received_at: datetime
    hints: tuple[Hint, ...] = ()


NOWHERE = StoredObject("", "", "", "", 0)


@dataclass(frozen=True, slots=True)
class AcceptImage:
    """Take in one image and put it forward to the workers.

    The same key with the same bytes gives the same receipt, however often it is sent.

    Raises:
        DossierNotFoundError: there is no such dossier, or it is somebody else's.
        IdempotencyKeyReusedError: the key was used for other bytes.
        ConflictError: the place is closed, taken or full, or the bytes are already there.
        DomainError: the bytes are too many, too slow, damaged, or no accepted picture.
    """

    dossiers: Dossiers
    objects: Objects
    rulebook: Rulebook
    clock: Clock
    patience: Patience = field(default=Patience())
    bodies: BodiesInFlight = field(default_factory=lambda: BodiesInFlight(64))
    backlog: Backlog = field(default_factory=lambda: Backlog(3000))

    async def __call__(self, upload: Upload, pieces: AsyncIterator[bytes]) -> ImageReceipt:
        """Return the receipt."""
        began_at = self.clock.now()
        dossier = await owned(Action.ACCEPT_IMAGE, self.dossiers, upload.registration_id, upload.candidate_id)
        rules = await self.rulebook.of(dossier)
        known = await self._known(dossier, upload.image_id)
        aimed, wanted = _aimed(upload, dossier, rules, known, began_at)
        if known is None:
            self.backlog.ensure_room()
        size_bytes = needed_bytes(wanted.accept_max_bytes, upload.declared_bytes)
        with self.bodies.place_for(upload.candidate_id, size_bytes):
            content = await read_body(pieces, wanted.accept_max_bytes, upload.declared_bytes, self.patience)
            crashpoint("uploads.after_receive")
            sha256 = hashlib.sha256(content).hexdigest()
            if known is not None:
                return _repeated(known, sha256)
            new = await self._stored(aimed, _judged(aimed, content, sha256, wanted, began_at), content)
            return await self._record(new, dossier, rules)

    async def _stored(self, upload: Upload, judged: NewImage, content: bytes) -> NewImage:
        # A part of its own per attempt: a repeated upload never overwrites what was acknowledged.
        attempt = secrets.token_hex(8)
        key = f"{upload.registration_id}/{upload.image_id}/{attempt}"
        stored = await self.objects.keep(key, content, judged.sha256)
        crashpoint("uploads.after_put")
        return replace(judged, original=stored)

    async def _record(self, new: NewImage, before: Dossier, rules: Rules) -> ImageReceipt:
        """Record the image; what was stored for one that is not recorded is dropped.

        The dossier as it was before the bytes came is good enough: what has happened since fails the guards.
        """
        dossier, may_stand = before, False
        try:
            for attempt in range(TRIES):
                if attempt:
                    dossier = await self._found(before.registration_id)
                    known = await self._known(dossier, new.image_id)
                    if known is not None:
                        return await self._after_twin(new, known)
                step = add_image(dossier, rules, new, judged_at(new.received_at, self.clock.now()))
                if step.dead is not None and not attempt:
                    # A version is buried by what is so now.
                    continue
                may_stand = True
                if await self.dossiers.save_images(dossier, step):
                    crashpoint("uploads.after_record")
                    self.backlog.add()
                    log.info("image.received", image_id=new.image_id, size_bytes=new.size_bytes)
                    return _receipt(new)
                await asyncio.sleep(secrets.randbelow(PAUSE_MS * (attempt + 1)) / 1000)
            raise ContendedError
        except DomainError as error:
            # Without an answer the record may stand, and then it names this object.
            if not (may_stand and isinstance(error, UnansweredError)):
                await self._drop(new)
            raise

    async def _after_twin(self, new: NewImage, twin: Item) -> ImageReceipt:
        """Answer for the attempt that was recorded: this one, unseen, or another one, live or dead."""
        receipt = _repeated(twin, new.sha256)
        if twin.original.key != new.original.key:
            await self._drop(new)
        return receipt

    async def _drop(self, new: NewImage) -> None:
        try:
            await self.objects.drop(new.original.key)
        except TransientError as error:
            # The answer is right all the same; the object that stays is encrypted and belongs to nobody.
            log.warning("image.object_left_behind", image_id=new.image_id, code=error.code)

    async def _found(self, registration_id: str) -> Dossier:
        dossier = await self.dossiers.find(registration_id)
        if dossier is None:
            raise DossierNotFoundError
        return dossier

    async def _known(self, dossier: Dossier, image_id: str) -> Item | None:
        """Return what the id was given to: a live image, or one that was removed, replaced or refused."""
        live = dossier.item(image_id)
        if live is not None or not dossier.deaths:
            return live
        dead = await self.dossiers.find_dead(image_id)
        return dead.item if dead else None


def _aimed(
    upload: Upload, dossier: Dossier, rules: Rules, known: Item | None, now: datetime
) -> tuple[Upload, PictureRules]:
    """Return where the picture goes, and what it must be like there, if there is room for it.

    A slot that asks for something of its own is kept: the picture is judged for this one.

    Raises:
        ConflictError: there is no room.
        CategoryUnknownError: the policy has no such place.
        ImageNotFoundError: the image to replace is not live.
    """
    if known is not None:
        return upload, picture_rules(rules.policy, known.category, known.slot)
    slot = ensure_room(dossier, rules, _unjudged(upload, now), now)
    category = rules.policy.find_category(upload.category)
    place = category.slot(slot) if category and slot else None
    aimed = replace(upload, slot=slot) if place and place.image else upload
    return aimed, picture_rules(rules.policy, upload.category, slot)


def _unjudged(upload: Upload, received_at: datetime) -> NewImage:
    return NewImage(
        image_id=upload.image_id,
        category=upload.category,
        slot=upload.slot,
        replaces=upload.replaces,
        sha256="",
        size_bytes=0,
        received_at=received_at,
        original=NOWHERE,
        anyway=upload.anyway,
    )


def _judged(
    upload: Upload, content: bytes, sha256: str, wanted: PictureRules, received_at: datetime
) -> NewImage:
    """Return the image that is to be stored: what is too large is made smaller later, and confirmed."""
    found = judge(content, wanted.formats, wanted.max_pixels)
    return replace(
        _unjudged(upload, received_at),
        sha256=sha256,
        size_bytes=len(content),
        awaits=Awaits.SHRUNK if len(content) > wanted.max_bytes else None,
        hints=check_structure(found, len(content), wanted),
    )


def _receipt(image: NewImage | Item) -> ImageReceipt:
    return ImageReceipt(
        image_id=image.image_id,
        sha256=image.sha256,
        size_bytes=image.size_bytes,
        received_at=image.received_at,
        hints=image.hints,
    )


def _repeated(known: Item, sha256: str) -> ImageReceipt:
    if known.sha256 != sha256:
        raise IdempotencyKeyReusedError
    return _receipt(known)
