"""Deciding."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from services.review.case import Step
from services.review.conclusion import Concluding, conclude
from services.review.deadlines import Times, times_of_send_back
from services.review.jurisdiction import require_jurisdiction
from services.review.model import Case, Conclusion, Staff
from services.review.ports import Cases, Policies
from services.review.use_cases.changing import change, policy_of
from shared.clock import Clock
from shared.rights import Action

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ConcludeCase:
    """Pass, send back or reject a claimed case; what is stored is final.

    Raises:
        CaseNotFoundError: the case is not at this desk.
        HoldLostError: the reviewer does not hold it.
        ImagesNotPassedError: a pass with a picture that did not.
        NothingReturnedError: a send-back without a returned picture.
        CommentNeededError: a rejection without a comment.
        SupplementOverError: a send-back after the last day for supplements.
    """

    cases: Cases
    policies: Policies
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str, outcome: Conclusion, comment: str) -> Case:
        """Return the decided case."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.CONCLUDE_CASE, staff, case)
            now = self.clock.now()
            concluding = Concluding(
                outcome=outcome,
                comment=comment.strip(),
                policy=policy_of(self.policies, case),
                times=self._times(case, outcome, now),
            )
            return conclude(case, staff, concluding, now)

        case = await change(self.cases, case_id, decide)
        log.info("case.concluded", case_id=case_id, outcome=outcome, level=staff.level, state=case.state)
        return case

    def _times(self, case: Case, outcome: Conclusion, now: datetime) -> Times:
        if outcome != "send_back" or case.registration is None:
            return Times(now, None)
        place = case.registration
        return times_of_send_back(self.policies.calendar(place.session, place.district, place.site), now)
