"""Whose a case is: what the table of rights says of its place and its owner."""

from services.review.errors import CaseNotFoundError
from services.review.model import Case, Staff
from shared import rights
from shared.rights import Action


def oversees(action: Action, staff: Staff, case: Case) -> bool:
    """Return whether the case belongs to the desk's jurisdiction."""
    return case.registration is not None and rights.oversees(action, staff, case.registration)


def require_jurisdiction(action: Action, staff: Staff, case: Case) -> None:
    """Treat a foreign case as if it were not there.

    Raises:
        CaseNotFoundError: it belongs to another site or district.
    """
    if not oversees(action, staff, case):
        raise CaseNotFoundError


def owns(action: Action, candidate_id: str, case: Case) -> bool:
    """Return whether the case is the candidate's own."""
    place = case.registration
    return place is not None and rights.owns(action, candidate_id, place.candidate_id)
