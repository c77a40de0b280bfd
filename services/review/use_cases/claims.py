"""Claiming: one reviewer at a time, for as long as he works on it."""

import random
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from services.review.case import Step, claim, expire, release, renew
from services.review.errors import (
    CaseAlreadyClaimedError,
    CaseBusyError,
    CaseNotWaitingError,
    QueueEmptyError,
    SamePersonError,
)
from services.review.jurisdiction import oversees, require_jurisdiction
from services.review.model import Case, Staff
from services.review.ports import Cases
from services.review.use_cases.changing import TRIES, apply, change
from shared.clock import Clock
from shared.errors import TransientError
from shared.rights import Action

NEXT_PAGE = 50
EXPIRY_PAGE = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ClaimCase:
    """Give a reviewer a certain case of his desk.

    Raises:
        CaseNotFoundError: it is not at this desk.
        CaseAlreadyClaimedError: a colleague holds it.
        CaseNotWaitingError: it is not up for review here.
        SamePersonError: the reviewer has acted on the other level.
    """

    cases: Cases
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str) -> Case:
        """Return the case with the reviewer's claim."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.CLAIM_CASE, staff, case)
            return claim(case, staff, self.clock.now())

        case = await change(self.cases, case_id, decide)
        log.info("case.claimed", case_id=case_id, hold=case.last_hold, staff_id=staff.staff_id)
        return case


@dataclass(frozen=True, slots=True)
class ClaimNext:
    """Give a reviewer the case that waits longest at his desk.

    Raises:
        QueueEmptyError: nothing waits that he may review.
        CaseBusyError: colleagues were quicker at every try.
    """

    cases: Cases
    clock: Clock
    dice: random.Random = field(default_factory=random.Random)

    async def __call__(self, staff: Staff) -> Case:
        """Return a case with the reviewer's claim."""
        for _ in range(TRIES):
            now = self.clock.now()
            waiting = await self.cases.free(staff, now, NEXT_PAGE)
            case, beaten = await self._first_of(waiting, staff, now)
            if case is not None:
                log.info("case.claimed", case_id=case.id, hold=case.last_hold, staff_id=staff.staff_id)
                return case
            if not beaten:
                raise QueueEmptyError
        raise CaseBusyError

    async def _first_of(self, waiting: list[str], staff: Staff, now: datetime) -> tuple[Case | None, bool]:
        """Return the first case that can be claimed, and whether colleagues were quicker at some."""
        beaten = skipped = 0
        for case_id in waiting:
            if skipped:
                skipped -= 1
                continue
            case = await self.cases.find_for_change(case_id)
            try:
                step = self._claimed(case, staff, now)
            except (CaseNotWaitingError, SamePersonError):
                continue
            except CaseAlreadyClaimedError:
                step = None
            claimed = await apply(self.cases, case, step) if case and step else None
            if claimed is not None:
                return claimed, True
            beaten += 1
            # Many reviewers at one queue step aside, each a different distance.
            skipped = self.dice.randrange(2 * beaten)
        return None, bool(beaten)

    def _claimed(self, case: Case | None, staff: Staff, now: datetime) -> Step:
        if case is None or not oversees(Action.CLAIM_CASE, staff, case):
            raise CaseNotWaitingError
        if case.hold is not None and case.hold.is_live(now):
            raise CaseAlreadyClaimedError
        return claim(case, staff, now)


@dataclass(frozen=True, slots=True)
class RenewClaim:
    """Extend the lease while the reviewer works.

    Raises:
        CaseNotFoundError: it is not at this desk.
        HoldLostError: the reviewer does not hold it.
    """

    cases: Cases
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str) -> Case:
        """Return the case with the longer lease."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.RENEW_CLAIM, staff, case)
            return renew(case, staff, self.clock.now())

        return await change(self.cases, case_id, decide)


@dataclass(frozen=True, slots=True)
class ReleaseClaim:
    """Give a case back to the queue.

    Raises:
        CaseNotFoundError: it is not at this desk.
        HoldLostError: somebody else holds it.
    """

    cases: Cases
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str) -> None:
        """End the reviewer's claim, if there is one."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.RELEASE_CLAIM, staff, case)
            return release(case, staff, self.clock.now())

        await change(self.cases, case_id, decide)
        log.info("case.released", case_id=case_id, staff_id=staff.staff_id)


@dataclass(frozen=True, slots=True)
class ExpireClaims:
    """End the claims whose time is over, or that uploads has not answered."""

    cases: Cases
    clock: Clock

    async def __call__(self) -> int:
        """Return how many were looked at; doing it twice does nothing."""
        overdue = await self.cases.overdue(self.clock.now(), EXPIRY_PAGE)
        for case_id in overdue:
            try:
                await change(self.cases, case_id, lambda case: expire(case, self.clock.now()))
            except TransientError as error:
                # The others are not to wait for this one.
                log.warning("case.expiry_postponed", case_id=case_id, code=error.code)
            else:
                log.info("case.claim_expired", case_id=case_id)
        return len(overdue)
