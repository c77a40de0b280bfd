"""What the use cases of review need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.review.model import Case, Counts, Row, Staff, View
from shared.events import Event
from shared.policy.loader import Calendar
from shared.policy.model import Policy


class Cases(Protocol):
    """All cases."""

    async def find(self, case_id: str) -> Case | None:
        """Return a case for reading."""
        ...

    async def find_for_change(self, case_id: str) -> Case | None:
        """Return a case that is about to be changed.

        Raises:
            TransientError: its events don't leave, so nothing more is promised.
        """
        ...

    async def save(self, before: Case, after: Case, events: Sequence[Event] = ()) -> bool:
        """Store a case with its events unless it was changed in between; return whether it was stored."""
        ...

    async def rows(self, staff: Staff, view: View, now: datetime, limit: int) -> list[Row]:
        """Return one view of a desk in its order (`Case.turn`); what is done newest first."""
        ...

    async def counts(self, staff: Staff, now: datetime) -> Counts:
        """Return how many cases each view of a desk has."""
        ...

    async def free(self, staff: Staff, now: datetime, limit: int) -> list[str]:
        """Return the cases that wait at a desk and nobody holds, in the desk's order."""
        ...

    async def overdue(self, now: datetime, limit: int) -> list[str]:
        """Return the cases whose claim is over and not ended yet."""
        ...


class Policies(Protocol):
    """The policies in force and every version a dossier may keep."""

    def version(self, version: str) -> Policy:
        """Return the policy of a version.

        Raises:
            TransientError: it is not known here yet.
        """
        ...

    def resolve(self, session: str, district: str, site: str) -> Policy:
        """Return the active policy for a place."""
        ...

    def calendar(self, session: str, district: str, site: str) -> Calendar:
        """Return the windows and deadlines that hold for a place now."""
        ...


@dataclass(frozen=True, slots=True)
class ViewGrant:
    """Leave to look at some pictures for a short time."""

    grant: str
    expires_at: datetime


class Grants(Protocol):
    """Signs view grants."""

    def sign(
        self, staff: Staff, images: Sequence[str], purpose: str, *, case_id: str, hold: int
    ) -> ViewGrant:
        """Return a grant for exactly these image versions, as long as the case's hold is live at most."""
        ...


class RevokedSessions(Protocol):
    """The sessions whose tokens are void."""

    async def keep(self, session_id: str, revoked_at: datetime) -> None:
        """Note a revocation; once is enough, twice does no harm."""
        ...
