"""A batch: pictures to be marked or scanned anew, walked dossier by dossier, taken up where it was left."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.uploads.model import Dossier, Item, ItemStatus


class BatchKind(StrEnum):
    """What is done with every picture."""

    REWATERMARK = "rewatermark"
    RESCAN = "rescan"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dossiers are meant; what is left open is everything."""

    session: str | None = None
    district: str | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """How far it is: `walked` and `found` count the current round, `renewed` and the rest all of them.

    With the `failed` nothing could be done; the `infected` are no clean pictures.

    A batch is over after a round that found nothing: whatever a killed worker left is found by the next one.
    """

    batch_id: str
    selection: Selection
    asked_at: datetime
    total: int
    cursor: str = ""
    round: int = 1
    walked: int = 0
    found: int = 0
    renewed: int = 0
    failed: frozenset[str] = frozenset()
    infected: frozenset[str] = frozenset()
    kind: BatchKind = BatchKind.REWATERMARK
    finished_at: datetime | None = None

    def stale(self, dossier: Dossier) -> tuple[Item, ...]:
        """Return the pictures of a dossier with which nothing was done since it was asked."""
        return tuple(item for item in dossier.items if self._is_stale(item))

    def _is_stale(self, item: Item) -> bool:
        made = item.derivatives
        if item.status is not ItemStatus.READY or made is None or item.image_id in self.failed:
            return False
        if item.original.is_erased or made.copy.is_erased:
            return False
        done_at = item.scanned_at if self.kind is BatchKind.RESCAN else made.made_at
        return done_at is None or done_at < self.asked_at
