"""How a dossier appears to its candidate: states of pictures, words for what is closed, what is released."""

from typing import Literal

from services.uploads.announcing import is_released, refusal_of, visible
from services.uploads.autosave import is_autosaved
from services.uploads.model import Item, ItemStatus
from services.uploads.openness import Closed, Reach, is_empty_or_returned, openness
from services.uploads.submission import withdraw
from services.uploads.use_cases.opening import DossierPage, Reason
from shared.errors import ConflictError
from shared.policy.category import MaterialCategory
from shared.policy.values import ReviewLevel


def reason_of(page: DossierPage, item: Item) -> Reason | None:
    """Return why a live image was returned, until it has a successor."""
    places = page.dossier.send_back.places if page.dossier.send_back else ()
    for number, place in enumerate(places):
        if place.image_id == item.image_id and is_empty_or_returned(page.dossier, place):
            return page.reasons[number]
    return None


def state_of_image(
    page: DossierPage, item: Item, *, is_open: bool, is_returned: bool
) -> Literal["processing", "awaiting", "uploaded", "locked", "passed", "returned"]:
    """Return the word for a live image; a pass shows where the policy ticks it and the result is out."""
    if item.status is ItemStatus.PROCESSING:
        return "processing"
    if item.awaits is not None:
        return "awaiting"
    if is_returned:
        return "returned"
    verdict = page.dossier.verdicts.get(item.image_id)
    has_passed = (
        verdict is not None
        and verdict.verdict == "passed"
        and is_released(page.rules, ReviewLevel(verdict.level))
    )
    if has_passed and page.rules.policy.image.tick_on_pass:
        return "passed"
    return "uploaded" if is_open else "locked"


def why_closed(page: DossierPage, category: MaterialCategory) -> str | None:
    """Return why no image can be added, in words; none if one can."""
    state = openness(page.dossier, page.rules, category.code, page.now)
    if isinstance(state, Closed):
        return refusal_of(visible(state, page.dossier, page.rules), page.rules).detail
    if page.dossier.count(category.code) < category.max_images or _has_returned(page, category):
        return None
    return f"已有 {category.max_images} 张，不能再添加"


def _has_returned(page: DossierPage, category: MaterialCategory) -> bool:
    """Tell whether a returned image is still there, whose place a new one would take."""
    places = page.dossier.send_back.places if page.dossier.send_back else ()
    return any(
        place.category == category.code
        and is_empty_or_returned(page.dossier, place)
        and page.dossier.item(place.image_id) is not None
        for place in places
    )


def may_withdraw(page: DossierPage) -> bool:
    """Tell whether the candidate may pull the dossier back now."""
    try:
        withdraw(page.dossier, page.rules, page.now)
    except ConflictError:
        return False
    return True


def may_answer(page: DossierPage, whole: Reach | Closed) -> bool:
    """Tell whether a send-back is open that needs no submission but the candidate's word, or quiet."""
    return is_autosaved(page.rules) and isinstance(whole, Reach) and whole.send_back is not None


def may_submit(page: DossierPage, whole: Reach | Closed) -> bool:
    """Tell whether 提交审核 is the way on."""
    return not is_autosaved(page.rules) and isinstance(whole, Reach) and whole.due_papers is None
