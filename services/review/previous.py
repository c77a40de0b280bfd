"""Old beside new: which picture a resubmitted one replaces, and why that was returned."""

from dataclasses import dataclass

from services.review.model import Case, Item, ReturnedItem


@dataclass(frozen=True, slots=True)
class Previous:
    """The replaced version and the reason of its return."""

    image_id: str
    reason_label: str | None
    text: str | None


def previous_versions(case: Case) -> dict[str, Previous]:
    """Return the replaced version of every new picture in the manifest."""
    if case.manifest is None:
        return {}
    live = {item.image_id for item in case.manifest.items}
    returned = {item.image_id: item for item in _returned(case) if item.image_id not in live}
    found: dict[str, Previous] = {}
    for item in case.manifest.items:
        old = returned.pop(item.replaces or "", None)
        if old is not None:
            found[item.image_id] = _known(old)
        elif item.replaces is not None:
            found[item.image_id] = _of_verdict(case, item.replaces)
    for item in case.manifest.items:
        # Deleted and uploaded anew: the picture names nothing it replaces, its place does.
        if item.image_id not in found and _is_new(case, item):
            same_place = _same_place(item, returned)
            if same_place is not None:
                found[item.image_id] = _known(returned.pop(same_place))
    return found


def _returned(case: Case) -> tuple[ReturnedItem, ...]:
    return case.send_back.items if case.send_back is not None else ()


def _is_new(case: Case, item: Item) -> bool:
    return case.send_back is not None and item.image_id not in case.send_back.images


def _same_place(item: Item, returned: dict[str, ReturnedItem]) -> str | None:
    return next(
        (key for key, old in returned.items() if (old.category, old.slot) == (item.category, item.slot)),
        None,
    )


def _known(old: ReturnedItem) -> Previous:
    return Previous(old.image_id, old.label, old.text)


def _of_verdict(case: Case, image_id: str) -> Previous:
    given = [v for v in case.verdicts.get(image_id, {}).values() if v.verdict == "returned"]
    last = max(given, key=lambda verdict: verdict.at, default=None)
    return Previous(image_id, last.label if last else None, last.text if last else None)
