"""What a reviewer has returned, and whether it comes again: the same bytes are a question, not an answer."""

from collections.abc import Iterable
from dataclasses import replace

from services.uploads.errors import IdenticalImageError, SameAsReturnedError
from services.uploads.model import Dossier, Item, ReturnedPlace, ReturnedVersion

MOST_REMEMBERED = 60


def remembering(dossier: Dossier, places: Iterable[ReturnedPlace]) -> Dossier:
    """Return the dossier with the live images of these places noted as returned."""
    items = [item for place in places if (item := dossier.item(place.image_id)) is not None]
    fresh = [ReturnedVersion(item.image_id, item.category, item.slot, item.sha256) for item in items]
    kept = (*dossier.returned_versions, *fresh)[-MOST_REMEMBERED:]
    return replace(dossier, returned_versions=kept)


def forgetting(dossier: Dossier, places: Iterable[ReturnedPlace]) -> Dossier:
    """Return the dossier as if these places had not been returned: the send-back was withdrawn."""
    gone = {place.image_id for place in places}
    kept = tuple(each for each in dossier.returned_versions if each.image_id not in gone)
    return replace(dossier, returned_versions=kept)


def returned_before(dossier: Dossier, category: str, slot: str | None) -> tuple[ReturnedVersion, ...]:
    """Return the versions that were returned from a place, the last one first."""
    found = [each for each in dossier.returned_versions if (each.category, each.slot) == (category, slot)]
    return tuple(reversed(found))


def refuse_same_bytes(dossier: Dossier, item: Item, old: Item | None) -> None:
    """Refuse bytes that are live already, or that were returned from this place unless the candidate insists.

    Raises:
        IdenticalImageError: another image, or the one to be replaced, has these bytes.
        SameAsReturnedError: the version that a reviewer returned has them.
    """
    returned = returned_before(dossier, item.category, item.slot)
    same = next((each for each in returned if each.sha256 == item.sha256), None)
    twin = next((each for each in dossier.items if each.sha256 == item.sha256), None)
    if twin is not None and not (twin is old and same is not None):
        raise IdenticalImageError(image_id=twin.image_id, category=twin.category)
    if same is not None and not item.insisted:
        raise SameAsReturnedError(image_id=same.image_id, category=same.category, slot=same.slot)
