"""Judging pictures."""

from dataclasses import dataclass

import structlog

from services.review.case import Step, judge, take_back
from services.review.jurisdiction import require_jurisdiction
from services.review.model import Case, Judgement, Staff
from services.review.ports import Cases, Policies
from services.review.use_cases.changing import change, policy_of
from shared.clock import Clock
from shared.rights import Action

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class GiveVerdict:
    """Judge one picture of a claimed case.

    Raises:
        CaseNotFoundError: the case is not at this desk.
        HoldLostError: the reviewer does not hold it.
        NotLockedYetError: uploads has not locked the dossier yet.
        ImageNotFoundError: the picture is not among those locked.
        ReasonNeededError: a return without a reason.
        ReasonUnknownError: the category has no such reason.
    """

    cases: Cases
    policies: Policies
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str, image_id: str, judgement: Judgement) -> Case:
        """Return the case with the verdict."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.GIVE_VERDICT, staff, case)
            policy = policy_of(self.policies, case)
            return judge(case, staff, image_id, judgement, policy=policy, now=self.clock.now())

        case = await change(self.cases, case_id, decide)
        log.info("image.judged", case_id=case_id, image_id=image_id, verdict=judgement.verdict)
        return case


@dataclass(frozen=True, slots=True)
class TakeBackVerdict:
    """Undo one picture's verdict before the conclusion.

    Raises:
        CaseNotFoundError: the case is not at this desk.
        HoldLostError: the reviewer does not hold it.
        ImageNotFoundError: the picture is not among those locked.
    """

    cases: Cases
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str, image_id: str) -> Case:
        """Return the case without this level's verdict on the picture."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.TAKE_BACK_VERDICT, staff, case)
            return take_back(case, staff, image_id, self.clock.now())

        return await change(self.cases, case_id, decide)
