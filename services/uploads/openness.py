"""What is open: a pure function of dossier, rules and time, never a stored flag."""

from dataclasses import dataclass
from datetime import datetime

from services.uploads.instants import (
    LOCKING,
    due_papers_close_at,
    send_back_expires_at,
    window_closes_at,
)
from services.uploads.model import ClosedReason, Dossier, Item, ReturnedPlace, Rules, SendBack
from shared.policy.values import LockOn, UnlockScope


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
    """How far the dossier is open: everything, what a send-back opens, or the papers that are due later."""

    scope: UnlockScope
    send_back: SendBack | None = None
    due_papers: frozenset[str] | None = None


OPEN = Open()
# What a send-back leaves closed is as it was handed in.
NEIGHBOUR = Closed("not_returned")
DECIDED = Closed("decided")
CARRIED = Closed("carried_over")
SUPERSEDED = Closed("superseded")


def reach(dossier: Dossier, rules: Rules, now: datetime) -> Reach | Closed:
    """Return how far the dossier as a whole is open now."""
    if dossier.superseded_by is not None:
        return SUPERSEDED
    if dossier.due_papers is not None:
        return _reach_of_due_papers(dossier, rules, now)
    if dossier.stage in {"passed", "rejected", "closed"}:
        return DECIDED
    if dossier.hold is not None:
        return Closed("review_in_progress", dossier.hold.since)
    if dossier.send_back is not None:
        return _reach_of(dossier, dossier.send_back, rules, now)
    return _locked(dossier, rules) or _outside(dossier, rules, now) or Reach(UnlockScope.DOSSIER)


def openness(
    dossier: Dossier, rules: Rules, category: str, now: datetime, slot: str | None = None
) -> Open | Closed:
    """Return whether an image may be added to a category, or to a slot of it; its number is not looked at."""
    whole = reach(dossier, rules, now)
    if isinstance(whole, Closed):
        return whole
    if whole.due_papers is not None:
        return OPEN if category in whole.due_papers else DECIDED
    if whole.send_back is None:
        return _category_locked(dossier, rules, category)
    if whole.scope is UnlockScope.DOSSIER:
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
    if whole.due_papers is not None:
        is_new = item.category in whole.due_papers and item.image_id not in dossier.verdicts
        return OPEN if is_new else DECIDED
    if item.awaits is not None:
        # No reviewer has seen it: it is neither handed in nor anybody's neighbour.
        return OPEN
    if whole.send_back is None:
        return _item_locked(dossier, rules, item)
    return OPEN if _is_reached(item, whole.scope, whole.send_back) else NEIGHBOUR


def _is_reached(item: Item, scope: UnlockScope, send_back: SendBack) -> bool:
    match scope:
        case UnlockScope.DOSSIER:
            return True
        case UnlockScope.CATEGORY:
            return any(place.category == item.category for place in send_back.places)
        case UnlockScope.IMAGE:
            return any(_concerns(place, item) for place in send_back.places)


def _reach_of_due_papers(dossier: Dossier, rules: Rules, now: datetime) -> Reach | Closed:
    close = due_papers_close_at(dossier, rules)
    if close is not None and now >= close:
        return Closed("due_paper_expired", close)
    papers = dossier.due_papers.categories if dossier.due_papers else frozenset()
    return Reach(UnlockScope.CATEGORY, due_papers=papers)


def is_empty_or_returned(dossier: Dossier, place: ReturnedPlace) -> bool:
    """Tell whether a returned place has no successor that is live."""
    return place.answered_by is None or dossier.item(place.answered_by) is None


def is_settled(dossier: Dossier, rules: Rules, place: ReturnedPlace) -> bool:
    """Tell whether a returned place needs nothing more.

    It has a successor that counts, or its picture was taken away, or was none, where the category does
    without it.
    """
    if not is_empty_or_returned(dossier, place):
        return any(item.image_id == place.answered_by for item in dossier.handed_in)
    is_automatic = dossier.send_back is not None and dossier.send_back.automatic
    if place.image_id is None and not is_automatic:
        return False
    if dossier.item(place.image_id) is not None:
        return False
    return not rules.lacks(dossier, place.category)


def settled_count(dossier: Dossier, rules: Rules) -> int:
    """Return how many places of the open send-back need nothing more."""
    places = dossier.send_back.places if dossier.send_back else ()
    return sum(is_settled(dossier, rules, place) for place in places)


def supplied_papers(dossier: Dossier) -> int:
    """Return for how many categories of papers that were due later something has come."""
    wanted = dossier.due_papers.categories if dossier.due_papers else frozenset()
    came = {item.category for item in dossier.handed_in if item.image_id not in dossier.verdicts}
    return len(wanted & came)


def _concerns(place: ReturnedPlace, item: Item) -> bool:
    return item.image_id in {place.image_id, place.answered_by}


def _reach_of(dossier: Dossier, send_back: SendBack, rules: Rules, now: datetime) -> Reach | Closed:
    expiry = send_back_expires_at(dossier, rules)
    if expiry is not None and now >= expiry:
        return Closed("sendback_expired", expiry)
    if send_back.automatic:
        return Reach(UnlockScope.IMAGE, send_back)
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
    locks = rules.window.on_expiry in LOCKING or LockOn.WINDOW_END in rules.policy.lock.on
    return Closed("window_closed", close) if locks else None


def _category_locked(dossier: Dossier, rules: Rules, code: str) -> Open | Closed:
    """Return the lock on a category that papers of an earlier session have completed."""
    category = rules.policy.find_category(code)
    is_carried = any(item.category == code and _is_carried(item, rules) for item in dossier.items)
    if category is None or not is_carried or dossier.count_handed_in(code) < category.min_images:
        return OPEN
    return CARRIED


def _is_carried(item: Item, rules: Rules) -> bool:
    is_approved = item.origin is not None and item.origin.is_approved
    return is_approved and not rules.policy.carry_over_replaceable


def _item_locked(dossier: Dossier, rules: Rules, item: Item) -> Open | Closed:
    if _is_carried(item, rules):
        return CARRIED
    locks = rules.policy.lock.on
    verdict = dossier.verdicts.get(item.image_id)
    if verdict is not None and verdict.verdict == "passed" and LockOn.REVIEW_DECISION in locks:
        return Closed("decided")
    return Closed("uploaded", item.received_at) if LockOn.UPLOAD in locks else OPEN
