"""Deletions: every way in which stored pictures end, as one kind of record that one engine carries out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.uploads.announcing import Step, announced
from services.uploads.model import Dossier, Erased, Item, Rules, StoredObject
from shared.events.uploads import DossierErased
from shared.ids import derived_id


class Cause(StrEnum):
    """Why something is deleted."""

    REMOVED = "removed"  # the candidate took it away, or no worker could read it
    REPLACED = "replaced"
    ORIGINAL = "original"  # without watermark, no longer needed after the decision
    ERASE_AFTER_DECISION = "erase_after_decision"
    RETENTION = "retention"  # the whole dossier, its time is over
    REQUEST = "request"  # the whole dossier, somebody asked for it
    ORPHAN = "orphan"  # objects that no record names
    VIEWS = "views"  # who saw which picture, after its own period


@dataclass(frozen=True, slots=True)
class Deletion:
    """What is to be deleted, or was: the record that stands first and stays last.

    `objects` are the keys in the store; with `whole` they are those of the whole dossier, known once the
    dossier is closed for good. `before` is set where what is meant is older entries of the log of views.
    `held_by` says what keeps it waiting.
    """

    id: str
    cause: Cause
    registration_id: str
    objects: tuple[str, ...]
    planned_at: datetime
    due_at: datetime
    by: str = "system"
    reason: str = ""
    held_by: str = ""
    done_at: datetime | None = None
    count: int = 0
    before: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether the whole dossier is meant."""
        return self.cause in {Cause.RETENTION, Cause.REQUEST}


def of_objects(cause: Cause, registration_id: str, objects: Iterable[str], now: datetime) -> Deletion:
    """Return the deletion of single objects: the same ones always give the same deletion."""
    keys = tuple(sorted(objects))
    deletion_id = derived_id("deletion", cause, registration_id, *keys)
    return Deletion(deletion_id, cause, registration_id, keys, planned_at=now, due_at=now)


def of_dossier(
    cause: Cause, dossier: Dossier, now: datetime, *, by: str = "system", reason: str = ""
) -> Deletion:
    """Return the deletion of a whole dossier: one per dossier and cause."""
    deletion_id = derived_id("deletion", cause, dossier.registration_id)
    return Deletion(
        deletion_id, cause, dossier.registration_id, (), planned_at=now, due_at=now, by=by, reason=reason
    )


def of_views(registration_id: str, before: datetime, now: datetime) -> Deletion:
    """Return the deletion of a registration's views from before an instant: one a day at most."""
    day = before.replace(hour=0, minute=0, second=0, microsecond=0)
    deletion_id = derived_id("deletion", Cause.VIEWS, registration_id, day.isoformat())
    return Deletion(deletion_id, Cause.VIEWS, registration_id, (), planned_at=now, due_at=now, before=before)


def erase(dossier: Dossier, rules: Rules, cause: Cause, now: datetime) -> Step:
    """Close a dossier for good: every key destroyed, nothing personal left; what stays is that it was there.

    A decided dossier keeps its stage, so that its result stands. The other services are told in the same
    update, so that they forget too.
    """
    decided = dossier.stage in {"passed", "rejected"}
    after = replace(
        dossier,
        stage=dossier.stage if decided else "closed",
        items=tuple(without_keys(item) for item in dossier.items),
        refused=(),
        send_back=None,
        expired=None,
        words=None,
        next_due_at=None,
        erased=Erased(now, cause),
    )
    told = DossierErased(cause="request" if cause is Cause.REQUEST else "retention")
    return announced(after, rules, [told])


def without_keys(item: Item) -> Item:
    """Return an image version whose objects nothing opens any more, and of which nothing was measured."""
    made = item.derivatives
    if made is not None:
        made = replace(
            made, copy=_erased(made.copy), thumbnail=_erased(made.thumbnail), traits=None, camera=None
        )
    return replace(item, original=_erased(item.original), derivatives=made)


def _erased(stored: StoredObject) -> StoredObject:
    return replace(stored, wrapped_key="")
