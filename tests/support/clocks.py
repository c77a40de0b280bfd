"""A clock that stands until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

A_MORNING = datetime(2020, 3, 12, 6, 0, tzinfo=UTC)


@dataclass
class StandingClock:
    """Tells the instant it was set to."""

    instant: datetime = A_MORNING

    def now(self) -> datetime:
        """Return the instant."""
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.instant += by
