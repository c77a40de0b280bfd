"""How the history of image versions is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from services.uploads.model import DeadVersion, DeathCause, Ender
from shared.web.requests import Answer


class VersionAnswer(Answer):
    """An image version that is no longer live; with a send-back's id where it was, or answered, one."""

    image_id: str
    category: str
    slot: str | None
    size_bytes: int
    received_at: datetime
    ended_at: datetime
    cause: DeathCause
    ended_by: Ender
    sendback_id: str | None
    reason_code: str | None

    @classmethod
    def of(cls, dead: DeadVersion) -> Self:
        """Return the answer."""
        return cls(
            image_id=dead.item.image_id,
            category=dead.item.category,
            slot=dead.item.slot,
            size_bytes=dead.item.size_bytes,
            received_at=dead.item.received_at,
            ended_at=dead.ended_at,
            cause=dead.cause,
            ended_by=dead.ended_by,
            sendback_id=dead.sendback_id,
            reason_code=dead.reason_code,
        )


class HistoryAnswer(Answer):
    """Earlier image versions, the newest end first."""

    versions: tuple[VersionAnswer, ...]

    @classmethod
    def of(cls, found: Sequence[DeadVersion]) -> Self:
        """Return the answer."""
        return cls(versions=tuple(VersionAnswer.of(dead) for dead in found))
