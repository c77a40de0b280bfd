"""Images that come from another dossier of the candidate: after re-registration, or approved last session.

They come as copies of their own, one after the other, while the dossier already stands; pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.uploads.announcing import Step, announced, state_of
from services.uploads.dossier import REFUSED_KEPT, ImageStep
from services.uploads.due import COPYING_TIME, PROCESSING_TIME
from services.uploads.model import (
    CopyOrder,
    Dossier,
    Item,
    ItemStatus,
    Origin,
    RefusedItem,
    Rules,
    StoredObject,
)
from shared.events.uploads import ImageReceived
from shared.ids import derived_id
from shared.policy.category import MaterialCategory
from shared.policy.model import Policy
from shared.policy.values import CarryOver, Validity

NOT_CARRIED_OVER = "not_carried_over"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The candidate's other dossiers: of the registration that was replaced, and those of the district."""

    replaced: Dossier | None = None
    others: tuple[Dossier, ...] = ()


def plan(fresh: Dossier, policy: Policy, earlier: Earlier) -> tuple[CopyOrder, ...]:
    """Return which images come into a fresh dossier.

    What the replaced registration had goes first; of the last session only approved durable papers come, into
    categories that are still empty. The same images always get the same new ids.
    """
    orders: list[CopyOrder] = []
    if earlier.replaced is not None:
        orders += _orders(fresh, policy.ordered_categories, earlier.replaced)
        # What it was itself still waiting for comes from where it would have come from.
        orders += [_handed_on(fresh, order) for order in earlier.replaced.copying]
    last = _last_session(fresh, earlier.others)
    if policy.carry_over is CarryOver.APPROVED_DURABLE and last is not None:
        covered = {order.category for order in orders}
        durable = [c for c in policy.ordered_categories if c.validity is Validity.DURABLE]
        orders += _orders(fresh, [c for c in durable if c.code not in covered], last, is_approved=True)
    return tuple(orders)


def receive(
    dossier: Dossier, rules: Rules, order: CopyOrder, original: StoredObject, now: datetime
) -> ImageStep | None:
    """Take a copy in and put it to the workers, for a watermark of this dossier's own; none without room."""
    category = _category_with_room(dossier, rules, order)
    if category is None or _is_known(dossier, order, original):
        return None
    item = Item(
        image_id=order.image_id,
        category=order.category,
        slot=order.slot,
        sha256=original.sha256,
        size_bytes=original.size_bytes,
        received_at=now,
        original=original,
        origin=order.origin,
    )
    due = now + PROCESSING_TIME
    after = replace(
        _without(dossier, order),
        items=(*dossier.items, item),
        revision=dossier.revision + 1,
        gate=dossier.gate + 1,
        version=dossier.version + 1,
        changed_at=now,
        next_due_at=min(dossier.next_due_at or due, due),
    )
    received = ImageReceived(image_id=item.image_id, category=item.category, slot=item.slot)
    events = (received, state_of(after, rules))
    return ImageStep(after, events, added=item, most=category.max_images, ordered=order)


def is_awaited(dossier: Dossier, rules: Rules, order: CopyOrder, now: datetime) -> bool:
    """Tell whether a source in processing is waited for: not for ever, nor where its place is filled."""
    is_early = now - dossier.opened_at < COPYING_TIME
    return is_early and _category_with_room(dossier, rules, order) is not None


def give_up(dossier: Dossier, rules: Rules, order: CopyOrder, now: datetime, *, is_lost: bool) -> Step:
    """Do without a copy: its place was filled meanwhile, or its source is lost; then a note says so."""
    after = _without(dossier, order)
    if is_lost and _category_with_room(dossier, rules, order) is not None:
        note = RefusedItem(order.image_id, order.category, order.slot, "", 0, now, NOT_CARRIED_OVER)
        after = replace(after, refused=(*dossier.refused, note)[-REFUSED_KEPT:])
    # What has waited for the last copy is looked at by the scheduler.
    return announced(replace(after, next_due_at=now), rules, [])


def _orders(
    fresh: Dossier, categories: Iterable[MaterialCategory], source: Dossier, *, is_approved: bool = False
) -> list[CopyOrder]:
    orders: list[CopyOrder] = []
    for category in categories:
        fitting = [item for item in source.items if _is_reusable(source, item) and _fits(category, item)]
        if is_approved:
            fitting = [item for item in fitting if item.status is ItemStatus.READY]
        for item in fitting[: category.max_images]:
            image_id = derived_id("copy", fresh.registration_id, item.image_id)
            origin = _origin(source, item, is_approved=is_approved)
            orders.append(CopyOrder(image_id, category.code, item.slot, origin))
    return orders


def _handed_on(fresh: Dossier, order: CopyOrder) -> CopyOrder:
    return replace(order, image_id=derived_id("copy", fresh.registration_id, order.image_id))


def _origin(source: Dossier, item: Item, *, is_approved: bool) -> Origin:
    """Return where a copy comes from; what was approved once stays so through a re-registration."""
    was_carried = item.origin is not None and item.origin.is_approved
    session = item.origin.session if item.origin and was_carried else source.place.session
    return Origin(source.registration_id, item.image_id, session, is_approved or was_carried)


def _is_reusable(source: Dossier, item: Item) -> bool:
    """Tell whether an image may come along; one that is still in processing does once it is ready."""
    verdict = source.verdicts.get(item.image_id)
    is_returned = verdict is not None and verdict.verdict == "returned"
    return not item.original.is_erased and item.awaits is None and not is_returned


def _fits(category: MaterialCategory, item: Item) -> bool:
    if item.category != category.code:
        return False
    return category.slot(item.slot) is not None if item.slot else not category.slots


def _last_session(fresh: Dossier, others: Iterable[Dossier]) -> Dossier | None:
    """Return the passed dossier of the last session that the candidate took part in, if it was passed."""
    before = [
        each
        for each in others
        if each.candidate_id == fresh.candidate_id
        and each.place.district == fresh.place.district
        and each.place.session < fresh.place.session
        and each.superseded_by is None
    ]
    last = max((each.place.session for each in before), default=None)
    passed = [each for each in before if each.place.session == last and each.stage == "passed"]
    return max(passed, key=lambda each: (each.opened_at, each.registration_id), default=None)


def _category_with_room(dossier: Dossier, rules: Rules, order: CopyOrder) -> MaterialCategory | None:
    """Return the category of a copy; none without room for it."""
    category = rules.policy.find_category(order.category)
    if category is None or dossier.stage == "closed":
        return None
    here = [item for item in dossier.items if item.category == category.code]
    is_taken = order.slot is not None and any(item.slot == order.slot for item in here)
    return category if len(here) < category.max_images and not is_taken else None


def _is_known(dossier: Dossier, order: CopyOrder, original: StoredObject) -> bool:
    return any(original.sha256 == i.sha256 or order.image_id == i.image_id for i in dossier.items)


def _without(dossier: Dossier, order: CopyOrder) -> Dossier:
    return replace(dossier, copying=tuple(one for one in dossier.copying if one != order))
