"""How long a dossier and its pictures are kept: from instants to what is due, and never before its notices.

No I/O and no clock of its own. Nothing here is stored, so that a longer period in the policy holds at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.uploads.deletion import Cause
from services.uploads.model import DeadVersion, Dossier, Item, StoredObject
from shared.policy.category import MaterialCategory
from shared.policy.model import Policy
from shared.policy.retention import RetentionSettings
from shared.policy.values import CarryOver, Validity

FINAL = frozenset({"passed", "rejected"})


@dataclass(frozen=True, slots=True)
class Term:
    """From when on the period counts, and when it ends."""

    since: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """The candidate is to be told, the first or second time, when everything will be deleted."""

    number: int
    purge_at: datetime


@dataclass(frozen=True, slots=True)
class Purge:
    """Everything is to be deleted now."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Single objects whose time is over, and why."""

    cause: Cause
    objects: tuple[str, ...]


def term_of(dossier: Dossier, retention: RetentionSettings) -> Term:
    """Return how long a dossier is kept."""
    changed_at = last_change(dossier)
    match dossier.stage:
        case "passed":
            since, period = (
                dossier.decided_at or changed_at,
                retention.approved + retention.after_legal_period,
            )
        case "rejected":
            since, period = dossier.decided_at or changed_at, retention.rejected
        case "draft" | "abandoned" | "closed":
            since, period = changed_at, retention.drafts
        case _:
            since, period = changed_at, retention.undecided
    return Term(since, since + period)


def last_change(dossier: Dossier) -> datetime:
    """Return when somebody last did something to a dossier."""
    instants = [
        dossier.opened_at,
        dossier.changed_at,
        dossier.submitted_at,
        dossier.send_back.created_at if dossier.send_back else None,
        *(item.received_at for item in dossier.items),
    ]
    return max(instant for instant in instants if instant is not None)


def due_step(dossier: Dossier, retention: RetentionSettings, now: datetime) -> Notice | Purge | None:
    """Return what a dossier's retention asks for now: a notice, the purge, or nothing yet.

    A notice given before the period's beginning says nothing about this period. An empty dossier has nothing
    to announce.
    """
    if dossier.erased is not None:
        return None
    term = term_of(dossier, retention)
    purge_at = purge_time(dossier, retention, now)
    given = len(_counted(dossier, term))
    if given == 2 or not dossier.items:  # noqa: PLR2004 - two notices are the rule
        return Purge() if now >= purge_at else None
    lead = retention.second_notice if given else retention.first_notice
    return Notice(given + 1, purge_at) if now >= purge_at - lead else None


def purge_time(dossier: Dossier, retention: RetentionSettings, now: datetime) -> datetime:
    """Return when everything is deleted at the earliest, with the notices that are still to be given."""
    term = term_of(dossier, retention)
    if not dossier.items:
        return term.ends_at
    given = _counted(dossier, term)
    leads = (retention.first_notice, retention.second_notice)
    # A notice that is late moves the purge; the other one then keeps its distance from it.
    first = given[0] if given else max(now, term.ends_at - leads[0])
    purge_at = max(term.ends_at, first + leads[0])
    second = given[1] if len(given) > 1 else max(now, purge_at - leads[1])
    return max(purge_at, second + leads[1])


def erasures_due(
    dossier: Dossier, history: Sequence[DeadVersion], policy: Policy, now: datetime
) -> tuple[Erasure, ...]:
    """Return the single objects whose time is over, by cause."""
    due: dict[Cause, list[str]] = {}
    for cause, at, stored in _ends(dossier, history, policy):
        if now >= at and not stored.is_erased:
            due.setdefault(cause, []).append(stored.key)
    return tuple(Erasure(cause, tuple(dict.fromkeys(keys))) for cause, keys in sorted(due.items()))


def objects_of(item: Item) -> tuple[StoredObject, ...]:
    """Return every object of an image version."""
    made = item.derivatives
    return (item.original, *((made.copy, made.thumbnail) if made else ()))


def _counted(dossier: Dossier, term: Term) -> tuple[datetime, ...]:
    return tuple(at for at in dossier.purge_notices if at >= term.since)[:2]


def _ends(
    dossier: Dossier, history: Sequence[DeadVersion], policy: Policy
) -> Iterator[tuple[Cause, datetime, StoredObject]]:
    retention = policy.retention
    # A version is buried before it ends: what is live still, or again, has not ended.
    live = {item.image_id for item in dossier.items}
    history = [dead for dead in history if dead.item.image_id not in live]
    for dead in history:
        if dead.cause != "replaced":
            yield from _all(Cause.REMOVED, dead.ended_at + retention.removed, dead.item)
    decided_at = dossier.decided_at if dossier.stage in FINAL else None
    if decided_at is None:
        return
    for dead in history:
        yield from _all(Cause.REPLACED, max(dead.ended_at, decided_at) + retention.originals, dead.item)
    for item in dossier.items:
        category = policy.find_category(item.category)
        if not _may_come_along(policy, category):
            yield Cause.ORIGINAL, decided_at + retention.originals, item.original
        if category is not None and category.erase_after_decision:
            yield from _all(Cause.ERASE_AFTER_DECISION, decided_at + retention.erase_wait, item)


def _may_come_along(policy: Policy, category: MaterialCategory | None) -> bool:
    """Tell whether next session's dossier may be given a copy, for which the original is needed."""
    is_durable = category is not None and category.validity is Validity.DURABLE
    return is_durable and policy.carry_over is CarryOver.APPROVED_DURABLE


def _all(cause: Cause, at: datetime, item: Item) -> Iterator[tuple[Cause, datetime, StoredObject]]:
    for stored in objects_of(item):
        yield cause, at, stored
