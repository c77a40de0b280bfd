"""One command on one case: read, decide, store if nobody was quicker, else decide again."""

from collections.abc import Callable
from dataclasses import replace

from services.review.case import Step
from services.review.errors import CaseBusyError, CaseNotFoundError
from services.review.model import Case
from services.review.ports import Cases, Policies
from shared.policy.model import Policy

TRIES = 10


async def change(cases: Cases, case_id: str, decide: Callable[[Case], Step]) -> Case:
    """Return the case as the command leaves it.

    Raises:
        CaseNotFoundError: there is none.
        CaseBusyError: others were quicker, ten times.
    """
    for _ in range(TRIES):
        case = await cases.find_for_change(case_id)
        if case is None:
            raise CaseNotFoundError
        changed = await apply(cases, case, decide(case))
        if changed is not None:
            return changed
    raise CaseBusyError


async def follow(cases: Cases, case_id: str, decide: Callable[[Case], Case]) -> Case:
    """Take over what another service says; an unknown case begins as a stub.

    Raises:
        CaseBusyError: others were quicker, ten times.
    """
    for _ in range(TRIES):
        case = await cases.find(case_id) or Case(case_id)
        changed = await apply(cases, case, Step(decide(case)))
        if changed is not None:
            return changed
    raise CaseBusyError


async def apply(cases: Cases, before: Case, step: Step) -> Case | None:
    """Store a step; return `None` when somebody was quicker."""
    if step.case == before:
        return before
    if not await cases.save(before, step.case, step.events):
        return None
    return replace(step.case, version=before.version + 1)


def policy_of(policies: Policies, case: Case) -> Policy:
    """Return the policy that the case's dossier keeps, or before it is opened the one in force.

    Raises:
        CaseNotFoundError: neither the dossier nor the registration is known.
    """
    if case.policy is not None:
        return policies.version(case.policy)
    if case.registration is None:
        raise CaseNotFoundError
    place = case.registration
    return policies.resolve(place.session, place.district, place.site)
