"""How many pictures wait for a worker, and what follows for those who want to add more."""

import math

from services.uploads.errors import OverloadedError

LEAST_SECONDS, MOST_SECONDS = 2, 60
# What is said while nobody has seen the workers finish anything yet.
UNKNOWN_SECONDS = 15
# Who was sent away comes back when a tenth of the bound is free again, not for a single place.
ROOM = 0.1
WEIGHT = 0.3


class Backlog:
    """Bounds the pictures that were received and are not finished, over all instances.

    Every second it is told the length of the workers' queue; what this instance accepts in between is added.
    No picture costs a write for that, and no instance has to know the others: while they all send new
    pictures away, the queue shrinks by the workers' doing alone, so the rate is right when it is needed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting = 0
        self._unseen = 0
        self._told_at: float | None = None
        self._rate = 0.0

    @property
    def waiting(self) -> int:
        """Return how many pictures wait, as far as this instance knows."""
        return self._waiting + self._unseen

    def add(self) -> None:
        """Count a picture that was accepted here."""
        self._unseen += 1

    def tell(self, waiting: int, at: float) -> None:
        """Learn how many wait at an instant, in seconds of any clock that only goes forward."""
        before, self._waiting, self._unseen = self.waiting, waiting, 0
        if self._told_at is not None and at > self._told_at and before:
            finished = max(0, before - waiting) / (at - self._told_at)
            self._rate = finished if not self._rate else self._rate + WEIGHT * (finished - self._rate)
        self._told_at = at

    def ensure_room(self) -> None:
        """Refuse a picture while too many wait.

        Raises:
            OverloadedError: it says when there will be room.
        """
        if self.waiting >= self._most:
            raise OverloadedError(retry_after=self._seconds_until_room())

    def _seconds_until_room(self) -> int:
        surplus = self.waiting - self._most * (1 - ROOM)
        seconds = surplus / self._rate if self._rate else UNKNOWN_SECONDS
        return max(LEAST_SECONDS, min(MOST_SECONDS, math.ceil(seconds)))
