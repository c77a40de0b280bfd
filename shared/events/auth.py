"""What auth says."""

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import JsonValue

from shared.events.envelope import Code, Event, Id, Private, ServiceName


class RegistrationPrivate(Private):
    """Who the candidate is and what was registered, in words."""

    name: str
    id_type: str
    id_number: str
    phone: str
    admission_ticket_no: str
    category_name: str
    district_name: str
    site_name: str
    attributes: dict[str, JsonValue]


class RegistrationChanged(Event):
    """The registration's full state, as the registration system gave it.

    `supersedes` is the registration that this one replaces (重新报考).
    """

    type: ClassVar[str] = "auth.registration.changed"
    is_state: ClassVar[bool] = True
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads", "review", "notify"})

    registration_id: Id
    candidate_id: Id
    session: Code
    category_code: Code
    level: Literal["physician", "assistant"]
    district: Code
    site: Code
    status: Literal["active", "cancelled"]
    registered_on: date
    supersedes: Id | None = None
    private: RegistrationPrivate


class AccountActivated(Event):
    """A candidate has set the password and made the commitments (S0-09)."""

    type: ClassVar[str] = "auth.account.activated"

    candidate_id: Id
    registration_id: Id


class SessionRevoked(Event):
    """Tokens of a session family issued before an instant are void."""

    type: ClassVar[str] = "auth.session.revoked"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads", "review", "notify"})

    session_id: Id
    account_id: Id
    reason: Literal["signed_out", "reuse", "disabled", "password_changed"]
    revoked_at: datetime
