"""Sessions that are void."""

from dataclasses import dataclass
from datetime import datetime

from services.review.ports import RevokedSessions


@dataclass(frozen=True, slots=True)
class NoteRevocation:
    """Remember a revoked session until its last token is over."""

    sessions: RevokedSessions

    async def __call__(self, session_id: str, revoked_at: datetime) -> None:
        """Note it for all instances."""
        await self.sessions.add(session_id, revoked_at)
