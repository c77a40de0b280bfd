"""Fakes that more than one service's tests stand on."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.events import Envelope


@dataclass
class RecordingPublisher:
    """A broker that takes everything."""

    sent: list[Envelope] = field(default_factory=list)

    async def publish(self, envelope: Envelope) -> None:
        """Keep one."""
        self.sent.append(envelope)


@dataclass
class InMemoryRevocations:
    """Revoked sessions that are known at once."""

    revoked: dict[str, datetime] = field(default_factory=dict)

    async def keep(self, session_id: str, revoked_at: datetime) -> None:
        """Note a revocation; once is enough, twice does no harm."""
        self.revoked.setdefault(session_id, revoked_at)

    def is_revoked(self, session_id: str) -> bool:
        """Return whether the session was revoked."""
        return session_id in self.revoked
