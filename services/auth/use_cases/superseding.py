"""Re-registration (重新报考): a registration that replaces another one ends it for good."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.auth.model import Registration
from services.auth.ports import Registrations


def successors_in(wanted: Sequence[Registration]) -> dict[str, str]:
    """Return what replaces what, by the id of what is replaced."""
    return {each.supersedes: each.id for each in wanted if each.supersedes is not None}


def ended(registration: Registration, successor: str) -> Registration:
    """Return a registration as its successor leaves it."""
    return replace(registration, status="cancelled", superseded_by=successor)


def stays_ended(wanted: Registration, stored: Registration | None) -> Registration:
    """Return what is to be stored: a file that does not know of the successor yet revives nothing."""
    if stored is None or stored.superseded_by is None:
        return wanted
    return ended(wanted, stored.superseded_by)


async def superseding_faults(
    registrations: Registrations, wanted: Sequence[Registration]
) -> Mapping[str, str]:
    """Return what is wrong with the registrations that replace another one, by their id."""
    by_id = {each.id: each for each in wanted}
    claimed: dict[str, str] = {}
    faults: dict[str, str] = {}
    for each in wanted:
        if each.supersedes is None:
            continue
        stored = await registrations.get(each.supersedes)
        known = stored.registration if stored else None
        before = by_id.get(each.supersedes, known)
        rival = claimed.setdefault(each.supersedes, (known.superseded_by if known else None) or each.id)
        fault = _fault(each, before, rival)
        if fault:
            faults[each.id] = fault
    return faults


def _fault(each: Registration, before: Registration | None, successor: str) -> str | None:
    if each.supersedes == each.id:
        return "a registration can't replace itself"
    if before is None:
        return "no such registration, neither in this file nor stored"
    if before.candidate_id != each.candidate_id:
        return "that registration belongs to another username"
    if successor != each.id:
        return "that registration was replaced by another one already"
    return None
