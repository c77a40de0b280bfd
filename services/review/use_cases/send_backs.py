"""Undoing a send-back, or giving it more time."""

from dataclasses import dataclass

import structlog

from services.review.case import Step
from services.review.jurisdiction import require_jurisdiction
from services.review.model import Case, Staff
from services.review.ports import Cases
from services.review.send_backs import Extension, ask_to_withdraw, extend
from services.review.use_cases.changing import change
from shared.clock import Clock
from shared.rights import Action

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WithdrawSendBack:
    """Ask for the end of a send-back that should not have gone out; uploads answers.

    Raises:
        CaseNotFoundError: the case is not at this desk.
        SendBackNotOpenError: the send-back is over, or another one.
        ForeignSendBackError: the other level asked for it.
        WhyNeededError: no reason was given.
    """

    cases: Cases
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str, sendback_id: str, why: str) -> Case:
        """Return the case with the request on record."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.WITHDRAW_SEND_BACK, staff, case)
            return ask_to_withdraw(case, staff, sendback_id, why, self.clock.now())

        case = await change(self.cases, case_id, decide)
        log.info("case.withdrawal_requested", case_id=case_id, staff_id=staff.staff_id)
        return case


@dataclass(frozen=True, slots=True)
class ExtendSendBack:
    """Give a candidate more time for a send-back.

    Raises:
        CaseNotFoundError: the case is not at this desk.
        SendBackNotOpenError: it was answered or undone, is another one, or a reviewer has the case.
        ForeignSendBackError: the other level asked for it.
        DeadlineNotLaterError: the new deadline is not later.
        WhyNeededError: no reason was given.
    """

    cases: Cases
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str, extension: Extension) -> Case:
        """Return the case with the new deadline."""

        def decide(case: Case) -> Step:
            require_jurisdiction(Action.EXTEND_SEND_BACK, staff, case)
            return extend(case, staff, extension, self.clock.now())

        case = await change(self.cases, case_id, decide)
        log.info("case.deadline_extended", case_id=case_id, staff_id=staff.staff_id)
        return case
