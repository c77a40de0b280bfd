"""Following what auth says: registrations and revoked sessions."""

from dataclasses import dataclass
from datetime import datetime

from services.uploads.model import Place, Registration
from services.uploads.ports import Registrations, RevokedSessions
from shared.events.auth import RegistrationChanged

TAIL = 4


@dataclass(frozen=True, slots=True)
class FollowRegistration:
    """Keep what uploads needs of a registration: whose it is, what it requires, what a watermark says."""

    registrations: Registrations

    async def __call__(self, event: RegistrationChanged, sequence: int) -> None:
        """Keep the state unless a newer one is known."""
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
        )
        await self.registrations.keep(registration, sequence)


@dataclass(frozen=True, slots=True)
class NoteRevocation:
    """Remember a revoked session until its last token is over."""

    revoked_sessions: RevokedSessions

    async def __call__(self, session_id: str, revoked_at: datetime) -> None:
        """Note it for all instances."""
        await self.revoked_sessions.keep(session_id, revoked_at)
