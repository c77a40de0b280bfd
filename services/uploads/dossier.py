"""The dossier's state machine, the candidate's half: (dossier, rules, command, now) to a step or a refusal.

No I/O and no clock of its own. The reviewers' half stands in `handshake.py`, what is open in `openness.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.uploads.announcing import refuse_closed, state_of
from services.uploads.autosave import autosaved
from services.uploads.due import looked_at
from services.uploads.errors import (
    CategoryFullError,
    CategoryUnknownError,
    ImageNotFoundError,
    SlotTakenError,
)
from services.uploads.model import (
    Awaits,
    CopyOrder,
    DeadVersion,
    DeathCause,
    Dossier,
    Hint,
    Item,
    ItemStatus,
    RefusedItem,
    ReturnedPlace,
    Rules,
    SendBack,
    Standing,
    StoredObject,
)
from services.uploads.openness import (
    Closed,
    is_empty_or_returned,
    item_openness,
    openness,
    settled_count,
    supplied_papers,
)
from services.uploads.returned import refuse_same_bytes
from shared.events import Event
from shared.events.uploads import (
    DossierChanged,
    ImageReceived,
    ImageRefused,
)
from shared.ids import derived_id
from shared.policy.category import MaterialCategory

REFUSED_KEPT = 20
UNREADABLE = "unreadable"
SEND_BACK_TIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image that has been read, judged and stored."""

    image_id: str
    category: str
    slot: str | None
    replaces: str | None
    sha256: str
    size_bytes: int
    received_at: datetime
    original: StoredObject
    awaits: Awaits | None = None
    hints: tuple[Hint, ...] = ()
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class ImageStep:
    """A change of the set of live images, for a guarded update.

    It holds as long as `gate` is the same and, with `exact_count`, the category's number of images too;
    otherwise as long as that number stays below `most`. One that changes what an image stands for, or
    takes in a copy that was `ordered`, holds only as long as nothing else has happened.
    """

    dossier: Dossier
    events: tuple[Event, ...]
    added: Item | None = None
    changed: Item | None = None
    dead: DeadVersion | None = None
    most: int = 0
    exact_count: bool = False
    ordered: CopyOrder | None = None


@dataclass(frozen=True, slots=True)
class RefusedAs:
    """What a refusal is told with."""

    code: str
    detail: str = ""


def add_image(dossier: Dossier, rules: Rules, new: NewImage, now: datetime) -> ImageStep:
    """Put an image into a category, or in the place of another one.

    Raises:
        ConflictError: the place is closed, taken or full, or the bytes are already there.
        CategoryUnknownError: the policy has no such category or place.
        ImageNotFoundError: the image to replace is not live.
    """
    category = _category(rules, new.category)
    index, old = _target(dossier, rules, new, now)
    place = dossier.send_back.places[index] if dossier.send_back and index is not None else None
    slot = _slot(dossier, category, new.slot, old, place)
    if dossier.count(category.code) - (old is not None) >= category.max_images:
        raise CategoryFullError(
            f"{category.name}最多上传 {category.max_images} 张图片", max_images=category.max_images
        )
    item = Item(
        image_id=new.image_id,
        category=category.code,
        slot=slot,
        sha256=new.sha256,
        size_bytes=new.size_bytes,
        received_at=new.received_at,
        original=new.original,
        replaces=_predecessor(dossier, old, place),
        awaits=new.awaits,
        hints=new.hints,
        insisted=new.anyway,
    )
    refuse_same_bytes(dossier, item, old)
    after = _with_items(dossier, _in_place(dossier.items, old, item), now)
    after = replace(_answering(after, index, item.image_id), refused=_still_refused(dossier, item))
    event = ImageReceived(image_id=item.image_id, category=item.category, slot=item.slot)
    return replace(
        _image_step(dossier, rules, after, (event,), now),
        added=item,
        dead=_dead(dossier, old, "replaced", now) if old else None,
        most=category.max_images,
        # Two that don't complete the category each may do so together: then one of them must see it.
        exact_count=rules.lacks(dossier, category.code),
    )


def ensure_room(dossier: Dossier, rules: Rules, new: NewImage, now: datetime) -> str | None:
    """Refuse what `add_image` would refuse, before the bytes are read; return the slot it would take.

    Raises:
        ConflictError: as in `add_image`.
        CategoryUnknownError: as in `add_image`.
        ImageNotFoundError: as in `add_image`.
    """
    step = add_image(dossier, rules, replace(new, sha256=""), now)
    return step.added.slot if step.added else None


def remove_image(dossier: Dossier, rules: Rules, image_id: str, now: datetime) -> ImageStep:
    """Take a live image out (S0-19).

    Raises:
        ImageNotFoundError: it is not live.
        ConflictError: it is closed.
    """
    item = dossier.item(image_id)
    if item is None:
        raise ImageNotFoundError
    refuse_closed(item_openness(dossier, rules, item, now), dossier, rules)
    after = _without(dossier, item, now)
    step = _image_step(dossier, rules, after, (), now, always=True)
    return replace(step, dead=_dead(dossier, item, "removed", now))


def refuse_image(
    dossier: Dossier, rules: Rules, image_id: str, code: str, now: datetime, *, detail: str = ""
) -> ImageStep | None:
    """Empty the place of an image that its worker refused; none if it is gone or done.

    Where the window has closed meanwhile, the place is opened again by itself: it was filled in time. So is
    that of each further one, in the same send-back.
    """
    item = dossier.item(image_id)
    if item is None or item.status is not ItemStatus.PROCESSING:
        return None
    return _refused(dossier, rules, item, RefusedAs(code, detail), now)


def refuse_ready_image(
    dossier: Dossier, rules: Rules, image_id: str, code: str, now: datetime
) -> ImageStep | None:
    """Empty the place of a ready image that was found to be harmful; none if it is gone, or closed."""
    item = dossier.item(image_id)
    if item is None or item.status is not ItemStatus.READY:
        return None
    if isinstance(item_openness(dossier, rules, item, now), Closed):
        return None
    return _refused(dossier, rules, item, RefusedAs(code), now)


def _refused(dossier: Dossier, rules: Rules, item: Item, said: RefusedAs, now: datetime) -> ImageStep:
    entry = RefusedItem(
        image_id=item.image_id,
        category=item.category,
        slot=item.slot,
        sha256=item.sha256,
        size_bytes=item.size_bytes,
        received_at=item.received_at,
        code=said.code,
        detail=said.detail,
    )
    after = _without(dossier, item, now)
    after = replace(after, refused=(*dossier.refused, entry)[-REFUSED_KEPT:])
    is_answer = _place_of(dossier, item) is not None
    after = after if is_answer else _with_place_opened(after, rules, item, now)
    event = ImageRefused(image_id=item.image_id, category=item.category, code=said.code)
    step = _image_step(dossier, rules, after, (event,), now, always=True)
    return replace(step, dead=_dead(dossier, item, "refused", now))


def _with_place_opened(dossier: Dossier, rules: Rules, item: Item, now: datetime) -> Dossier:
    place = ReturnedPlace(item.category, item.slot, None, UNREADABLE, "", "")
    deadline = now + (rules.policy.deadline.supplement.duration or SEND_BACK_TIME)
    already = dossier.send_back
    if already is not None:
        longer = replace(already, places=(*already.places, place), deadline=deadline)
        return replace(dossier, send_back=longer) if already.automatic else dossier
    closed = openness(dossier, rules, item.category, now, item.slot)
    if not isinstance(closed, Closed) or closed.reason != "window_closed":
        return dossier
    opened = SendBack(
        sendback_id=derived_id(dossier.registration_id, "unreadable", item.image_id),
        round=dossier.rounds,
        level="site",
        deadline=deadline,
        created_at=now,
        places=(place,),
        automatic=True,
        before=Standing(dossier.stage, dossier.submitted_at, dossier.site_passed, dossier.decided),
    )
    return replace(dossier, stage="returned", submitted_at=None, send_back=opened)


def _category(rules: Rules, code: str) -> MaterialCategory:
    category = rules.policy.find_category(code)
    if category is None:
        raise CategoryUnknownError
    return category


def _target(dossier: Dossier, rules: Rules, new: NewImage, now: datetime) -> tuple[int | None, Item | None]:
    """Return the place of the send-back that is answered, and the live image that is replaced."""
    if new.replaces is not None:
        old = dossier.item(new.replaces)
        if old is None or old.category != new.category:
            raise ImageNotFoundError
        refuse_closed(item_openness(dossier, rules, old, now), dossier, rules)
        return _place_of(dossier, old), old
    refuse_closed(openness(dossier, rules, new.category, now, new.slot), dossier, rules)
    for index, place in enumerate(dossier.send_back.places if dossier.send_back else ()):
        fits = place.category == new.category and new.slot in {None, place.slot}
        if fits and is_empty_or_returned(dossier, place):
            return index, dossier.item(place.image_id)
    return None, None


def _place_of(dossier: Dossier, item: Item) -> int | None:
    for index, place in enumerate(dossier.send_back.places if dossier.send_back else ()):
        if item.image_id in {place.image_id, place.answered_by}:
            return index
    return None


def _slot(
    dossier: Dossier,
    category: MaterialCategory,
    wanted: str | None,
    old: Item | None,
    place: ReturnedPlace | None,
) -> str | None:
    if not category.slots:
        if wanted is not None:
            raise CategoryUnknownError(f"{category.name}没有这个位置")
        return None
    taken = {item.slot for item in dossier.items if item.category == category.code and item is not old}
    if old is not None and wanted is None:
        return old.slot
    if place is not None and wanted is None and place.slot not in {None, *taken}:
        return place.slot
    return _free_slot(category, wanted, taken)


def _free_slot(category: MaterialCategory, wanted: str | None, taken: set[str | None]) -> str:
    if wanted is not None and category.slot(wanted) is None:
        raise CategoryUnknownError(f"{category.name}没有这个位置")
    free = [slot.code for slot in category.slots if slot.code not in taken]
    if not free:
        raise CategoryFullError(
            f"{category.name}最多上传 {category.max_images} 张图片", max_images=category.max_images
        )
    if wanted is None:
        return free[0]
    if wanted not in free:
        raise SlotTakenError
    return wanted


def _predecessor(dossier: Dossier, old: Item | None, place: ReturnedPlace | None) -> str | None:
    """Return the version that a reviewer has seen in this place, not one that came and went since."""
    if place is not None and place.image_id is not None:
        return place.image_id
    if old is None:
        return None
    return old.image_id if old.image_id in dossier.verdicts else old.replaces


def _still_refused(dossier: Dossier, item: Item) -> tuple[RefusedItem, ...]:
    where = (item.category, item.slot)
    return tuple(entry for entry in dossier.refused if (entry.category, entry.slot) != where)


def _with_items(dossier: Dossier, items: tuple[Item, ...], now: datetime) -> Dossier:
    return replace(dossier, items=items, revision=dossier.revision + 1, changed_at=now)


def _without(dossier: Dossier, item: Item, now: datetime) -> Dossier:
    after = _with_items(dossier, tuple(i for i in dossier.items if i is not item), now)
    index = _place_of(dossier, item)
    place = dossier.send_back.places[index] if dossier.send_back and index is not None else None
    answers = place is not None and place.answered_by == item.image_id
    return _answering(after, index, None if answers or place is None else place.answered_by)


def _answering(dossier: Dossier, index: int | None, image_id: str | None) -> Dossier:
    """Mark the send-back as acted on, and one of its places as answered or not."""
    if dossier.send_back is None:
        return dossier
    places = tuple(
        replace(place, answered_by=image_id) if number == index else place
        for number, place in enumerate(dossier.send_back.places)
    )
    return replace(dossier, send_back=replace(dossier.send_back, places=places, acted=True))


def _dead(dossier: Dossier, item: Item, cause: DeathCause, now: datetime) -> DeadVersion:
    dead = DeadVersion(item, dossier.registration_id, dossier.candidate_id, cause, now)
    index = _place_of(dossier, item)
    if dossier.send_back is None or index is None:
        return dead
    reason = dossier.send_back.places[index].reason_code
    return replace(dead, sendback_id=dossier.send_back.sendback_id, reason_code=reason)


def _in_place(items: tuple[Item, ...], old: Item | None, new: Item) -> tuple[Item, ...]:
    return (*items, new) if old is None else tuple(new if item is old else item for item in items)


def _image_step(
    before: Dossier,
    rules: Rules,
    after: Dossier,
    facts: tuple[Event, ...],
    now: datetime,
    *,
    always: bool = False,
) -> ImageStep:
    """Announce the new state only where others act on the difference: not every further picture.

    What decides about that moves the gate, so that of two uploads which would complete the list together
    the later one sees it.
    """
    after = looked_at(autosaved(after, rules, now), rules, now)
    gone = sum(after.item(item.image_id) is None for item in before.items)
    after = replace(after, version=after.version + 1, deaths=after.deaths + gone)
    if not always and _watched(before, rules) == _watched(after, rules):
        # Whoever has not seen a version go must look again: its id may be the one about to be given anew.
        return ImageStep(replace(after, gate=after.gate + gone), facts)
    after = replace(after, gate=after.gate + 1)
    told, now_so = _told(state_of(before, rules)), state_of(after, rules)
    return ImageStep(after, (*facts, now_so) if always or told != _told(now_so) else facts)


def _watched(dossier: Dossier, rules: Rules) -> tuple[object, ...]:
    places = dossier.send_back.places if dossier.send_back else ()
    settled, supplied = settled_count(dossier, rules), supplied_papers(dossier)
    return (bool(dossier.handed_in), rules.missing(dossier), settled, supplied, places, dossier.stage)


def _told(state: DossierChanged) -> DossierChanged:
    """Return of a state what others act on; the first picture is one, how many there are is not."""
    return state.model_copy(update={"revision": 0, "image_count": min(state.image_count, 1)})
