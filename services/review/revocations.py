"""Which sessions are void, as this instance knows it: re-read from the database every two seconds."""

from collections.abc import Awaitable, Callable

REREAD_SECONDS = 2.0


class KnownRevocations:
    """The revoked sessions in memory; what the database holds is the truth."""

    def __init__(self, read: Callable[[], Awaitable[frozenset[str]]]) -> None:
        self._read = read
        self._revoked: frozenset[str] = frozenset()

    async def reread(self) -> None:
        """Take over what other instances have learnt."""
        self._revoked = await self._read()

    def is_revoked(self, session_id: str) -> bool:
        """Return whether the session was revoked."""
        return session_id in self._revoked
