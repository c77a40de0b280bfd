"""Who may do what, where and in which state: the one table of rights.

A route names its action and is closed to every role that the table does not list (`shared.web.permission`).
How far a role's right reaches is asked by the use case, once it knows whose and where the thing is: what is
beyond is answered as if it were not there. Tests walk the table endpoint by endpoint
(`tests/architecture/rights.yaml`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Literal, Protocol

StaffRole = Literal["site_reviewer", "district_reviewer", "clerk", "operator", "auditor", "admin"]
Role = Literal["candidate"] | StaffRole


class Action(StrEnum):
    """What a caller can ask for, named as the use case that does it."""

    SHOW_ME = "auth.show-me"
    STEP_UP = "auth.step-up"

    OPEN_DOSSIER = "uploads.open-dossier"
    ACCEPT_IMAGE = "uploads.accept-image"
    REMOVE_IMAGE = "uploads.remove-image"
    CONFIRM_IMAGE = "uploads.confirm-image"
    SUBMIT_DOSSIER = "uploads.submit-dossier"
    ANSWER_SEND_BACK = "uploads.answer-send-back"
    WITHDRAW_DOSSIER = "uploads.withdraw-dossier"
    READ_HISTORY = "uploads.read-history"
    READ_IMAGE_HISTORY = "uploads.read-image-history"
    SHOW_IMAGE = "uploads.show-image"
    UNCOVER_IMAGE = "uploads.uncover-image"
    OPEN_ORIGINAL = "uploads.open-original"
    COVER_IMAGE = "uploads.cover-image"
    CLEAR_COVERS = "uploads.clear-covers"
    SHOW_IMAGE_FACTS = "uploads.show-image-facts"
    SHOW_ATTEMPTS = "uploads.show-attempts"
    CHECK_PORTRAIT = "uploads.check-portrait"

    READ_STATUS = "review.read-status"
    READ_QUEUE = "review.read-queue"
    CLAIM_CASE = "review.claim-case"
    READ_CASE = "review.read-case"
    GRANT_VIEWS = "review.grant-views"
    GIVE_VERDICT = "review.give-verdict"
    TAKE_BACK_VERDICT = "review.take-back-verdict"
    CONCLUDE_CASE = "review.conclude-case"
    WITHDRAW_SEND_BACK = "review.withdraw-send-back"
    EXTEND_SEND_BACK = "review.extend-send-back"
    RENEW_CLAIM = "review.renew-claim"
    RELEASE_CLAIM = "review.release-claim"

    READ_MESSAGES = "notify.read-messages"
    LISTEN_FOR_CHANGES = "notify.listen-for-changes"


class Scope(StrEnum):
    """How far a right reaches."""

    SESSION = auto()  # the caller's own session and account
    OWN = auto()  # what belongs to the candidate
    SITE = auto()  # the site of the role
    DISTRICT = auto()  # the whole district of the role
    GRANTED = auto()  # exactly the pictures that review has signed a grant for


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may do: how far, and in which states of the thing.

    Without `states` the thing's own state machine alone decides when.
    """

    scope: Scope
    states: frozenset[str] | None = None


class Desk(Protocol):
    """A staff member's role and the jurisdiction that comes with it."""

    @property
    def role(self) -> StaffRole:
        """Return the role."""
        ...

    @property
    def district(self) -> str:
        """Return the role's district."""
        ...

    @property
    def site(self) -> str | None:
        """Return the role's site, if it has one."""
        ...


class Place(Protocol):
    """Where something belongs; a site's code means nothing outside its district."""

    @property
    def district(self) -> str:
        """Return the district."""
        ...

    @property
    def site(self) -> str:
        """Return the site."""
        ...


Rights = Mapping[Role, Right]

_OWNER: Rights = {"candidate": Right(Scope.OWN)}
_STAFF: Rights = {
    "site_reviewer": Right(Scope.SESSION),
    "district_reviewer": Right(Scope.SESSION),
    "clerk": Right(Scope.SESSION),
    "operator": Right(Scope.SESSION),
    "auditor": Right(Scope.SESSION),
    "admin": Right(Scope.SESSION),
}
_GRANTED: Rights = {"site_reviewer": Right(Scope.GRANTED), "district_reviewer": Right(Scope.GRANTED)}
_REVIEWERS: Rights = {"site_reviewer": Right(Scope.SITE), "district_reviewer": Right(Scope.DISTRICT)}

RIGHTS: Mapping[Action, Rights] = {
    Action.SHOW_ME: {"candidate": Right(Scope.SESSION), **_STAFF},
    Action.STEP_UP: _STAFF,
    Action.OPEN_DOSSIER: _OWNER,
    Action.ACCEPT_IMAGE: _OWNER,
    Action.REMOVE_IMAGE: _OWNER,
    Action.CONFIRM_IMAGE: _OWNER,
    Action.SUBMIT_DOSSIER: _OWNER,
    Action.ANSWER_SEND_BACK: _OWNER,
    Action.WITHDRAW_DOSSIER: _OWNER,
    Action.READ_HISTORY: _OWNER,
    Action.READ_IMAGE_HISTORY: _GRANTED,
    Action.SHOW_IMAGE: {**_OWNER, **_GRANTED},
    Action.UNCOVER_IMAGE: _GRANTED,
    # The site only ever gets copies with the mark (E5).
    Action.OPEN_ORIGINAL: {"district_reviewer": Right(Scope.GRANTED)},
    Action.COVER_IMAGE: _GRANTED,
    Action.CLEAR_COVERS: _GRANTED,
    Action.SHOW_IMAGE_FACTS: _GRANTED,
    Action.SHOW_ATTEMPTS: _REVIEWERS,
    Action.CHECK_PORTRAIT: _OWNER,
    Action.READ_STATUS: _OWNER,
    Action.READ_QUEUE: _REVIEWERS,
    Action.CLAIM_CASE: {
        "site_reviewer": Right(Scope.SITE, frozenset({"awaiting_site"})),
        "district_reviewer": Right(Scope.DISTRICT, frozenset({"awaiting_district"})),
    },
    Action.READ_CASE: _REVIEWERS,
    Action.GRANT_VIEWS: _REVIEWERS,
    Action.GIVE_VERDICT: _REVIEWERS,
    Action.TAKE_BACK_VERDICT: _REVIEWERS,
    Action.CONCLUDE_CASE: _REVIEWERS,
    Action.WITHDRAW_SEND_BACK: _REVIEWERS,
    Action.EXTEND_SEND_BACK: _REVIEWERS,
    Action.RENEW_CLAIM: _REVIEWERS,
    Action.RELEASE_CLAIM: _REVIEWERS,
    Action.READ_MESSAGES: _OWNER,
    Action.LISTEN_FOR_CHANGES: _OWNER,
}


def allows(action: Action, role: Role) -> bool:
    """Return whether a role may ask for an action at all."""
    return role in RIGHTS[action]


def scope_of(action: Action, role: Role) -> Scope | None:
    """Return how far a role's right to an action reaches; `None` where there is no right."""
    right = RIGHTS[action].get(role)
    return right.scope if right else None


def owns(action: Action, candidate_id: str, owner_id: str) -> bool:
    """Return whether a candidate may do it with what belongs to `owner_id`."""
    return scope_of(action, "candidate") is Scope.OWN and candidate_id == owner_id


def oversees(action: Action, desk: Desk, place: Place) -> bool:
    """Return whether a staff member may do it with what belongs to a place."""
    match scope_of(action, desk.role):
        case Scope.SITE:
            return (place.district, place.site) == (desk.district, desk.site)
        case Scope.DISTRICT:
            return place.district == desk.district
        case _:
            return False


def is_possible_in(state: str, action: Action, role: Role) -> bool:
    """Return whether a role may do it with something in this state."""
    right = RIGHTS[action].get(role)
    return right is not None and (right.states is None or state in right.states)
