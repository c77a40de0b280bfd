"""Pictures that another candidate seems to have handed in too: noted once per pair, never decided upon."""

from dataclasses import replace

from services.review.model import Case, Duplicate

MOST_NOTED = 50


def note_duplicate(case: Case, found: Duplicate) -> Case:
    """Note a pair; one that is known, or beyond what a reviewer could look at, changes nothing."""
    known = {(each.image_id, each.other_image) for each in case.duplicates}
    if (found.image_id, found.other_image) in known or len(case.duplicates) >= MOST_NOTED:
        return case
    return replace(case, duplicates=(*case.duplicates, found))


def duplicates_of(case: Case, image_id: str) -> tuple[Duplicate, ...]:
    """Return what resembles one of the case's pictures."""
    return tuple(each for each in case.duplicates if each.image_id == image_id)
