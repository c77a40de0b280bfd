"""Reading: the reviewer's queue and case, the candidate's status."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.review.deadlines import Times, times_of_send_back
from services.review.errors import CaseNotFoundError, SupplementOverError
from services.review.jurisdiction import owns, require_jurisdiction
from services.review.model import Case, Counts, Item, Row, Staff, View
from services.review.ports import Cases, Policies
from services.review.use_cases.changing import policy_of
from services.review.visible_status import VisibleStatus, visible_status
from shared.clock import Clock
from shared.policy.conditions import is_required
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
    """A case with what it takes to show it; `numbers` are those of the categories on the candidate's page."""

    case: Case
    policy: Policy
    numbers: Mapping[str, int]
    times: Times | None
    now: datetime

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the pictures in the catalogue's order.

        They are those locked last, unless the candidate has changed them since and waits for review.
        """
        case, manifest = self.case, self.case.manifest
        if manifest is None:
            return ()
        locked = case.hold is not None and case.hold.state == "locked"
        unchanged = case.dossier is not None and case.dossier.revision <= manifest.revision
        decided = not case.state.startswith("awaiting")
        return in_catalogue_order(manifest.items, self.policy) if locked or unchanged or decided else ()


@dataclass(frozen=True, slots=True)
class ShowCase:
    """Put a case beside its policy and the times that a send-back would have now."""

    policies: Policies
    clock: Clock

    def __call__(self, case: Case) -> OpenCase:
        """Return what is shown of a case; no times where a send-back is no longer possible."""
        now, policy = self.clock.now(), policy_of(self.policies, case)
        return OpenCase(case, policy, _numbers(case, policy), self._times(case, now), now)

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


def in_catalogue_order(items: Iterable[Item], policy: Policy) -> tuple[Item, ...]:
    """Return pictures by category and slot as the policy orders them; within one, as they were uploaded."""
    places: dict[tuple[str, str | None], int] = {}
    for category in sorted(policy.categories, key=lambda each: each.order):
        for slot in (*(slot.code for slot in category.slots), None):
            places[category.code, slot] = len(places)

    def place(item: Item) -> int:
        loose = places.get((item.category, None), len(places))
        return places.get((item.category, item.slot), loose)

    return tuple(sorted(items, key=place))


def _numbers(case: Case, policy: Policy) -> dict[str, int]:
    """Number the categories that the registration requires, as the candidate's page does."""
    registration = case.registration
    if registration is None:
        return {}
    facts = {
        **registration.person.attributes,
        "exam_category_code": registration.category_code,
        "level": registration.level,
    }
    required = (
        category.code
        for category in sorted(policy.categories, key=lambda each: each.order)
        if not category.other and is_required(category, facts, policy.registration.attributes)
    )
    return {code: number for number, code in enumerate(required, 1)}
