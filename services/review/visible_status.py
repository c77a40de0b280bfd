"""What a candidate may know of a case: the one function behind every candidate-facing read."""

from dataclasses import dataclass
from typing import Literal

from services.review.model import LEVELS, Case
from shared.events.review import ReviewLevel
from shared.policy.model import Policy
from shared.policy.values import CardState

Status = Literal["filling", "site_passed", "passed", "rejected"]

RETURNED: dict[ReviewLevel, CardState] = {
    "site": CardState.RETURNED_BY_SITE,
    "district": CardState.RETURNED_BY_DISTRICT,
}
STATUS: dict[CardState, Status] = {
    CardState.SITE_PASSED: "site_passed",
    CardState.PASSED: "passed",
    CardState.REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True)
class VisibleStatus:
    """The card's word, its code, and the levels whose result is out."""

    word: str
    status: Status
    reviewed_by: tuple[ReviewLevel, ...]


def visible_status(case: Case, policy: Policy) -> VisibleStatus:
    """Return what the candidate may know; a result that is not out yet changes nothing."""
    state = CardState.ABANDONED if _is_given_up(case) else _card_state(case)
    return VisibleStatus(
        policy.status.word(state),
        STATUS.get(state, "filling"),
        tuple(level for level in LEVELS if level in case.announced),
    )


def _is_given_up(case: Case) -> bool:
    return (
        case.state in {"collecting", "returned"}
        and case.dossier is not None
        and (case.dossier.stage == "abandoned")
    )


def _card_state(case: Case) -> CardState:
    match case.state:
        case "collecting" | "closed":
            return CardState.DRAFT
        case "returned":
            return RETURNED[case.level or "site"]
        case "awaiting_site":
            return CardState.SUBMITTED
        case "awaiting_district":
            return _before_the_end(case)
        case "passed":
            return CardState.PASSED if _is_out(case) else _before_the_end(case)
        case "rejected":
            return CardState.REJECTED if _is_out(case) else _before_the_end(case)


def _before_the_end(case: Case) -> CardState:
    # The deciding level's own announcement is the end, so only the one below it counts here.
    below = "site" in case.announced and not (case.state in {"passed", "rejected"} and case.level == "site")
    return CardState.SITE_PASSED if below else CardState.SUBMITTED


def _is_out(case: Case) -> bool:
    return case.decision is not None and case.decision.level in case.announced
