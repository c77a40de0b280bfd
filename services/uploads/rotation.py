"""A change of master keys: which passes over the records it takes, and when the old key may go."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# Longer than anything that was wrapped with the old key can be on its way into a record.
IN_FLIGHT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A walk over all records, source by source; it has ended when a whole walk found no older key.

    What was stored under the old key and recorded behind the walk's back is found by the next one.
    """

    key_id: str
    started_at: datetime
    walk: int = 1
    source: int = 0
    after: str | None = None
    seen: int = 0
    broken: int = 0
    found: int = 0
    rewrapped: int = 0
    finished_at: datetime | None = None

    @property
    def is_finished(self) -> bool:
        """Tell whether no record names an older key any more."""
        return self.finished_at is not None

    def retires_at(self) -> datetime | None:
        """Return from when on older keys may be destroyed, if no record names them then."""
        return None if self.finished_at is None else self.started_at + IN_FLIGHT


def after_page(rotation: Rotation, last: str, records: int, keys: int, broken: int) -> Rotation:
    """Return the rotation behind a page of records, of which some keys were under an older one."""
    return replace(
        rotation,
        after=last,
        seen=rotation.seen + records,
        broken=rotation.broken + broken,
        found=rotation.found + keys,
        rewrapped=rotation.rewrapped + keys,
    )


def after_source(rotation: Rotation, sources: int, now: datetime) -> Rotation:
    """Return the rotation behind a source: at the next one, in the next walk, or at its end."""
    if rotation.source + 1 < sources:
        return replace(rotation, source=rotation.source + 1, after=None)
    if rotation.found == 0:
        return replace(rotation, finished_at=now)
    return walking_again(rotation)


def walking_again(rotation: Rotation) -> Rotation:
    """Return the rotation at the beginning of its next walk."""
    return Rotation(
        key_id=rotation.key_id,
        started_at=rotation.started_at,
        walk=rotation.walk + 1,
        rewrapped=rotation.rewrapped,
    )
