"""What is open: a pure function of dossier, rules and time, never a stored flag."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.uploads.model import ClosedReason, Dossier, Item, ReturnedPlace, Rules, SendBack
from shared.policy.values import LockOn, OnExpiry, UnlockScope


@dataclass(frozen=True, slots=True)
class Open:
    """May be changed."""


@dataclass(frozen=True, slots=True)
class Closed:
    """May not be changed: why, and since or until when."""

    reason: ClosedReason
    instant: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the dossier is open: everything, or what a send-back opens."""

    scope: UnlockScope
    send_back: SendBack | None


OPEN = Open()
# What a send-back leaves closed is as it was handed in.
NEIGHBOUR = Closed("submitted")
_LOCKING = frozenset({OnExpiry.LOCK, OnExpiry.ABANDON})


def reach(dossier: Dossier, rules: Rules, now: datetime) -> Reach | Closed:
    """Return how far the dossier as a whole is open now."""
    if dossier.stage in {"passed", "rejected", "closed"}:
        return Closed("decided")
    if dossier.hold is not None:
        return Closed("review_in_progress", dossier.hold.since)
    if dossier.send_back is not None:
        return _reach_of(dossier, dossier.send_back, rules, now)
    return _locked(dossier, rules) or _outside(dossier, rules, now) or Reach(UnlockScope.DOSSIER, None)


def openness(
    dossier: Dossier, rules: Rules, category: str, now: datetime, slot: str | None = None
) -> Open | Closed:
    """Return whether an image may be added to a category, or to a slot of it; its number is not looked at."""
    whole = reach(dossier, rules, now)
    if isinstance(whole, Closed):
        return whole
    if whole.send_back is None or whole.scope is UnlockScope.DOSSIER:
        return OPEN
    # A submission would be refused for it, and no reviewer could have sent it back.
    if rules.asks_anew(dossier, category):
        return OPEN
    places = [place for place in whole.send_back.places if place.category == category]
    if whole.scope is UnlockScope.IMAGE:
        places = [p for p in places if slot in {None, p.slot} and is_empty_or_returned(dossier, p)]
    return OPEN if places else NEIGHBOUR


def item_openness(dossier: Dossier, rules: Rules, item: Item, now: datetime) -> Open | Closed:
    """Return whether a live image may be removed or replaced."""
    whole = reach(dossier, rules, now)
    if isinstance(whole, Closed):
        return whole
    if item.awaits is not None:
        # No reviewer has seen it: it is neither handed in nor anybody's neighbour.
        return OPEN
    if whole.send_back is None:
        return _item_locked(dossier, rules, item)
    if whole.scope is UnlockScope.DOSSIER:
        return OPEN
    if whole.scope is UnlockScope.CATEGORY:
        return OPEN if any(p.category == item.category for p in whole.send_back.places) else NEIGHBOUR
    return OPEN if any(_concerns(place, item) for place in whole.send_back.places) else NEIGHBOUR


def is_empty_or_returned(dossier: Dossier, place: ReturnedPlace) -> bool:
    """Tell whether a returned place has no successor that is live."""
    return place.answered_by is None or dossier.item(place.answered_by) is None


def is_settled(dossier: Dossier, rules: Rules, place: ReturnedPlace) -> bool:
    """Tell whether a returned place needs nothing more.

    It has a successor that counts, or its picture was taken away where the category does without it.
    """
    if not is_empty_or_returned(dossier, place):
        return any(item.image_id == place.answered_by for item in dossier.handed_in)
    if place.image_id is None or dossier.item(place.image_id) is not None:
        return False
    return not rules.lacks(dossier, place.category)


def settled_count(dossier: Dossier, rules: Rules) -> int:
    """Return how many places of the open send-back need nothing more."""
    places = dossier.send_back.places if dossier.send_back else ()
    return sum(is_settled(dossier, rules, place) for place in places)


def expires_at(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return when the open send-back ends by itself; none where a missed deadline closes nothing."""
    if dossier.send_back is None or rules.policy.deadline.supplement.on_expiry not in _LOCKING:
        return None
    return dossier.send_back.deadline


def window_closes_at(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return the end of first upload for this dossier."""
    if rules.window.duration is not None:
        return dossier.opened_at + rules.window.duration
    return rules.window.close


def _concerns(place: ReturnedPlace, item: Item) -> bool:
    return item.image_id in {place.image_id, place.answered_by}


def _reach_of(dossier: Dossier, send_back: SendBack, rules: Rules, now: datetime) -> Reach | Closed:
    expiry = expires_at(dossier, rules)
    if expiry is not None and now >= expiry:
        return Closed("sendback_expired", expiry)
    if not rules.policy.unlock.after_window and (outside := _outside(dossier, rules, now)):
        return outside
    return Reach(rules.policy.unlock.scope, send_back)


def _locked(dossier: Dossier, rules: Rules) -> Closed | None:
    """Return the policy's lock that stands while no hold is live; a claim as such leaves none (S3-27)."""
    locks = rules.policy.lock.on
    if dossier.expired_at is not None:
        return Closed("sendback_expired", dossier.expired_at)
    if dossier.site_passed and locks & {LockOn.SITE_PASS, LockOn.SUBMIT, LockOn.REVIEW_DECISION}:
        return Closed("site_passed")
    if dossier.decided and LockOn.REVIEW_DECISION in locks:
        return Closed("decided")
    if dossier.submitted_at is not None and LockOn.SUBMIT in locks:
        return Closed("submitted", dossier.submitted_at)
    return None


def _outside(dossier: Dossier, rules: Rules, now: datetime) -> Closed | None:
    if rules.window.open is not None and now < rules.window.open:
        return Closed("not_open_yet", rules.window.open)
    close = window_closes_at(dossier, rules)
    if close is None or now < close:
        return None
    locks = rules.window.on_expiry in _LOCKING or LockOn.WINDOW_END in rules.policy.lock.on
    return Closed("window_closed", close) if locks else None


def _item_locked(dossier: Dossier, rules: Rules, item: Item) -> Open | Closed:
    locks = rules.policy.lock.on
    verdict = dossier.verdicts.get(item.image_id)
    if verdict is not None and verdict.verdict == "passed" and LockOn.REVIEW_DECISION in locks:
        return Closed("decided")
    return Closed("submitted", item.received_at) if LockOn.UPLOAD in locks else OPEN


GRACE = timedelta(seconds=60)


def judged_at(began_at: datetime, now: datetime) -> datetime:
    """Return the instant an upload is judged by: its beginning, if it is recorded within a minute."""
    return began_at if now - began_at <= GRACE else now
