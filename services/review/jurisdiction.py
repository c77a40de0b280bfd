"""Who may do what at which desk: the checks of review in one place."""

from services.review.errors import CaseNotFoundError
from services.review.model import Case, Staff
from shared.errors import ForbiddenError
from shared.events.review import ReviewLevel

LEVEL_OF_ROLE: dict[str, ReviewLevel] = {"site_reviewer": "site", "district_reviewer": "district"}


def level_of_role(role: str) -> ReviewLevel:
    """Return the level that a role reviews.

    Raises:
        ForbiddenError: the role reviews nothing.
    """
    try:
        return LEVEL_OF_ROLE[role]
    except KeyError:
        raise ForbiddenError from None


def oversees(staff: Staff, case: Case) -> bool:
    """Return whether the case belongs to the desk's jurisdiction."""
    registration = case.registration
    if registration is None or registration.district != staff.district:
        return False
    return staff.level == "district" or registration.site == staff.site


def require_jurisdiction(staff: Staff, case: Case) -> None:
    """Treat a foreign case as if it were not there.

    Raises:
        CaseNotFoundError: it belongs to another site or district.
    """
    if not oversees(staff, case):
        raise CaseNotFoundError


def owns(candidate_id: str, case: Case) -> bool:
    """Return whether the case is the candidate's own."""
    return case.registration is not None and case.registration.candidate_id == candidate_id
