"""Reading: the reviewer's queue and case, the candidate's status."""

from dataclasses import dataclass
from datetime import datetime

from services.review.deadlines import Times, times_of_send_back
from services.review.errors import CaseNotFoundError, SupplementOverError
from services.review.jurisdiction import owns, require_jurisdiction
from services.review.model import Case, Counts, Row, Staff, View
from services.review.ports import Cases, Policies
from services.review.use_cases.changing import policy_of
from services.review.visible_status import VisibleStatus, visible_status
from shared.clock import Clock
from shared.policy.model import Policy
from shared.rights import Action

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Queue:
    """One view of a desk and the sizes of all of them."""

    rows: tuple[Row, ...]
    counts: Counts
    now: datetime


@dataclass(frozen=True, slots=True)
class ReadQueue:
    """Show a desk's cases."""

    cases: Cases
    clock: Clock

    async def __call__(self, staff: Staff, view: View) -> Queue:
        """Return up to 200 cases of one view."""
        now = self.clock.now()
        rows = await self.cases.rows(staff, view, now, MOST_ROWS)
        return Queue(tuple(rows), await self.cases.counts(staff, now), now)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case with what it takes to show it."""

    case: Case
    policy: Policy
    times: Times | None
    now: datetime


@dataclass(frozen=True, slots=True)
class ShowCase:
    """Put a case beside its policy and the times that a send-back would have now."""

    policies: Policies
    clock: Clock

    def __call__(self, case: Case) -> OpenCase:
        """Return what is shown of a case; no times where a send-back is no longer possible."""
        now = self.clock.now()
        return OpenCase(case, policy_of(self.policies, case), self._times(case, now), now)

    def _times(self, case: Case, now: datetime) -> Times | None:
        if case.registration is None:
            return None
        place = case.registration
        calendar = self.policies.calendar(place.session, place.district, place.site)
        try:
            return times_of_send_back(calendar, now)
        except SupplementOverError:
            return None


@dataclass(frozen=True, slots=True)
class ReadCase:
    """Show one case of the desk's jurisdiction.

    Raises:
        CaseNotFoundError: it is not there, or somebody else's.
    """

    cases: Cases

    async def __call__(self, staff: Staff, case_id: str) -> Case:
        """Return the case."""
        case = await self.cases.find(case_id)
        if case is None:
            raise CaseNotFoundError
        require_jurisdiction(Action.READ_CASE, staff, case)
        return case


@dataclass(frozen=True, slots=True)
class ReadStatus:
    """Tell a candidate the status of the own registration.

    Raises:
        CaseNotFoundError: it is not there, or somebody else's.
    """

    cases: Cases
    policies: Policies

    async def __call__(self, candidate_id: str, case_id: str) -> VisibleStatus:
        """Return what the candidate may know."""
        case = await self.cases.find(case_id)
        if case is None or not owns(Action.READ_STATUS, candidate_id, case):
            raise CaseNotFoundError
        return visible_status(case, policy_of(self.policies, case))
