"""Live images that wait for the candidate's word: until it is given, they take room but are not handed in."""

from dataclasses import replace
from datetime import datetime

from services.uploads.announcing import refuse_closed, state_of
from services.uploads.autosave import autosaved
from services.uploads.dossier import ImageStep
from services.uploads.due import looked_at
from services.uploads.errors import ConfirmationMissingError, ImageNotFoundError, StillProcessingError
from services.uploads.instants import judged_at
from services.uploads.model import Awaits, Derivatives, Dossier, Item, ItemStatus, Rules
from services.uploads.openness import item_openness
from shared.events import Event
from shared.events.uploads import ImageReady


def hold_back(
    dossier: Dossier, rules: Rules, image_id: str, made: Derivatives, awaits: Awaits
) -> ImageStep | None:
    """Finish an image that its worker found reason to ask about; none if it is gone or done."""
    item = dossier.item(image_id)
    if item is None or item.status is not ItemStatus.PROCESSING:
        return None
    asked = replace(item, status=ItemStatus.READY, derivatives=made, awaits=awaits)
    event = ImageReady(image_id=image_id, category=item.category)
    return _step(replace(dossier, items=_with(dossier, asked)), rules, asked, (event,))


def confirm(dossier: Dossier, rules: Rules, image_id: str, now: datetime) -> ImageStep | None:
    """Let an image count as it is; none if it counts already.

    Whoever has just uploaded it may still confirm it, as the upload began in time.

    Raises:
        ImageNotFoundError: it is not live.
        ConflictError: it is closed, or its worker is not done.
    """
    item = dossier.item(image_id)
    if item is None:
        raise ImageNotFoundError
    if item.awaits is None:
        return None
    refuse_closed(item_openness(dossier, rules, item, judged_at(item.received_at, now)), dossier, rules)
    if item.status is ItemStatus.PROCESSING:
        raise StillProcessingError(retry_after=1)
    counting = replace(item, awaits=None)
    after = replace(dossier, items=_with(dossier, counting), changed_at=now)
    return _step(looked_at(autosaved(after, rules, now), rules, now), rules, counting, ())


def refuse_unconfirmed(dossier: Dossier, rules: Rules) -> None:
    """Refuse to put a dossier forward while an image waits for the candidate's word.

    Raises:
        ConfirmationMissingError: it names every such image.
    """
    waiting = [item for item in dossier.items if item.awaits is not None]
    if not waiting:
        return
    names = "、".join(dict.fromkeys(_name(rules, item) for item in waiting))
    raise ConfirmationMissingError(
        f"有 {len(waiting)} 张图片等待您确认：{names}。请先点“确认使用”，或重新上传",
        images=[
            {"image_id": item.image_id, "category": item.category, "slot": item.slot, "awaits": item.awaits}
            for item in waiting
        ],
    )


def _name(rules: Rules, item: Item) -> str:
    category = rules.policy.find_category(item.category)
    if category is None:
        return item.category
    slot = category.slot(item.slot) if item.slot else None
    return f"{category.name}（{slot.name}）" if slot else category.name


def _with(dossier: Dossier, item: Item) -> tuple[Item, ...]:
    return tuple(item if each.image_id == item.image_id else each for each in dossier.items)


def _step(after: Dossier, rules: Rules, item: Item, facts: tuple[Event, ...]) -> ImageStep:
    """Return the step after which an image counts, or does so no more: always announced."""
    after = replace(after, version=after.version + 1, revision=after.revision + 1, gate=after.gate + 1)
    return ImageStep(after, (*facts, state_of(after, rules)), changed=item)
