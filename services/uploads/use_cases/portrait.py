"""Checking the portrait of the registration, and making it fit; nothing of it is kept (S3-32)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from services.uploads.errors import DossierNotFoundError, ImageDamagedError
from services.uploads.picture_check import Broken, broken_by_ground, broken_by_structure, in_words
from services.uploads.picture_errors import PortraitTooLargeError, kilobytes
from services.uploads.ports import Registrations, Workshop
from services.uploads.structure import Structure, judge
from services.uploads.tasks import FitPortrait, MeasureGround, Unreadable
from services.uploads.use_cases.body import BodiesInFlight, Patience, needed_bytes, read_body
from services.uploads.use_cases.rulebook import Rulebook
from shared.policy.pictures import PictureRules, photo_rules
from shared.policy.values import ImageRule, Severity
from shared.rights import Action, owns


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the portrait breaks, or nearly."""

    code: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class PortraitReport:
    """What a portrait is like as it would be stored; `corrected` is a file of ours, where one was needed."""

    rule: str
    received_bytes: int
    stored_bytes: int
    width: int
    height: int
    findings: tuple[Finding, ...]
    corrected: bytes | None

    @property
    def is_good(self) -> bool:
        """Tell whether it can be used."""
        return all(finding.severity is Severity.HINT for finding in self.findings)


@dataclass(frozen=True, slots=True)
class CheckPortrait:
    """Check a portrait by the policy of the candidate's registration.

    Raises:
        DossierNotFoundError: there is no such registration, or it is somebody else's.
        DomainError: the bytes are too many, too slow, damaged, or no accepted picture.
    """

    registrations: Registrations
    rulebook: Rulebook
    workshop: Workshop
    bodies: BodiesInFlight
    patience: Patience = field(default=Patience())

    async def __call__(
        self,
        registration_id: str,
        candidate_id: str,
        pieces: AsyncIterator[bytes],
        declared_bytes: int | None,
    ) -> PortraitReport:
        """Return what was found, and a corrected file where one helps."""
        rules = await self._rules(registration_id, candidate_id)
        size_bytes = needed_bytes(rules.accept_max_bytes, declared_bytes)
        with self.bodies.place_for(candidate_id, size_bytes):
            content = await read_body(pieces, rules.accept_max_bytes, declared_bytes, self.patience)
            found = judge(content, rules.formats, rules.max_pixels)
            return await self._report(content, found, rules)

    async def _rules(self, registration_id: str, candidate_id: str) -> PictureRules:
        registration = await self.registrations.find(registration_id)
        if registration is None or not owns(Action.CHECK_PORTRAIT, candidate_id, registration.candidate_id):
            raise DossierNotFoundError
        place = registration.place
        return photo_rules(self.rulebook.policies.resolve(place.session, place.district, place.site))

    async def _report(self, content: bytes, found: Structure, rules: PictureRules) -> PortraitReport:
        corrected = await self._corrected(content, rules) if _needs_correction(content, found, rules) else b""
        stored = corrected or content
        seen = judge(stored, tuple({*rules.formats, found.format}), rules.max_pixels) if corrected else found
        ground = await self.workshop.do(MeasureGround(stored))
        if isinstance(ground, Unreadable):
            raise ImageDamagedError
        broken = [*broken_by_structure(seen, len(stored), rules), *broken_by_ground(ground, rules)]
        if len(stored) > rules.max_bytes:
            broken.insert(0, _too_large(len(stored), rules.max_bytes))
        width, height = seen.upright_size
        return PortraitReport(
            rule=in_words(rules),
            received_bytes=len(content),
            stored_bytes=len(stored),
            width=width,
            height=height,
            findings=tuple(Finding(error.code, rules.severity(rule), error.detail) for rule, error in broken),
            corrected=corrected or None,
        )

    async def _corrected(self, content: bytes, rules: PictureRules) -> bytes:
        task = FitPortrait(
            content,
            rules.max_bytes,
            least=(rules.min_width, rules.min_height),
            most=(rules.max_width, rules.max_height),
        )
        made = await self.workshop.do(task)
        if isinstance(made, Unreadable):
            raise ImageDamagedError
        return made


def _needs_correction(content: bytes, found: Structure, rules: PictureRules) -> bool:
    width, height = found.upright_size
    is_outside = width > (rules.max_width or width) or height > (rules.max_height or height)
    return len(content) > rules.max_bytes or is_outside or found.is_turned


def _too_large(measured: int, allowed: int) -> Broken:
    return ImageRule.BYTES, PortraitTooLargeError(
        f"照片有 {kilobytes(measured)}，压缩后仍超过 {kilobytes(allowed)}，请穿没有花纹的衣服重新拍照",
        measured_bytes=measured,
        allowed_bytes=allowed,
    )
