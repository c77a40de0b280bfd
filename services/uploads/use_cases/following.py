"""Following what auth says: registrations and revoked sessions."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from services.uploads.errors import ContendedError
from services.uploads.following import follow
from services.uploads.mark_words import MarkWords, sealed_words, words_in
from services.uploads.model import Dossier, Place, Registration
from services.uploads.ports import Dossiers, Registrations, RevokedSessions, TextCipher
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.events.auth import RegistrationChanged
from shared.masking import masked_name

TAIL = 4
TRIES = 10
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Bring a dossier up to its registration; while a reviewer holds it, that waits until the hold ends.

    Raises:
        ContendedError: others changed the dossier each time.
    """

    dossiers: Dossiers
    rulebook: Rulebook
    cipher: TextCipher
    clock: Clock

    async def __call__(self, registration_id: str) -> None:
        """Follow what is not followed yet; done again, it changes nothing."""
        for _ in range(TRIES):
            dossier = await self.dossiers.find(registration_id)
            registration = await self.rulebook.registrations.find(registration_id)
            if dossier is None or registration is None:
                return
            rules = self.rulebook.given(dossier, registration)
            latest = self.rulebook.latest(dossier, registration)
            latest = replace(latest, words=self._other_words(dossier, registration))
            step = follow(dossier, rules, latest, self.clock.now())
            if step is None:
                return
            if await self.dossiers.save(dossier, step):
                log.info("registration.followed", registration=registration_id, stage=step.dossier.stage)
                return
        raise ContendedError

    def _other_words(self, dossier: Dossier, registration: Registration) -> str | None:
        """Return what a watermark says now, encrypted; none if the dossier keeps that already."""
        words, its_id = MarkWords.of(registration), registration.registration_id
        if dossier.words is not None and words_in(dossier.words, its_id, self.cipher) == words:
            return None
        return sealed_words(words, its_id, self.cipher)


@dataclass(frozen=True, slots=True)
class FollowRegistration:
    """Keep what uploads needs of a registration: whose it is, what it requires, what a watermark says.

    Its dossier follows, and so does that of a registration it has replaced (重新报考).
    """

    registrations: Registrations
    catch_up: CatchUp

    async def __call__(self, event: RegistrationChanged, sequence: int) -> None:
        """Keep the state unless a newer one is known, and let the dossiers follow."""
        private = event.private
        registration = Registration(
            registration_id=event.registration_id,
            candidate_id=event.candidate_id,
            place=Place(event.session, event.district, event.site),
            category_code=event.category_code,
            is_active=event.status == "active",
            facts={
                **private.attributes,
                "exam_category_code": event.category_code,
                "level": event.level,
            },
            district_name=private.district_name,
            site_name=private.site_name,
            ticket_tail=private.admission_ticket_no[-TAIL:],
            supersedes=event.supersedes,
            masked_name=masked_name(private.name),
        )
        await self.registrations.keep(registration, sequence)
        await self.catch_up(event.registration_id)
        if event.supersedes is not None:
            await self.registrations.supersede(event.supersedes, event.registration_id)
            await self.catch_up(event.supersedes)


@dataclass(frozen=True, slots=True)
class NoteRevocation:
    """Remember a revoked session until its last token is over."""

    revoked_sessions: RevokedSessions

    async def __call__(self, session_id: str, revoked_at: datetime) -> None:
        """Note it for all instances."""
        await self.revoked_sessions.keep(session_id, revoked_at)
