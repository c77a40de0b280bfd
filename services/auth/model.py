"""The nouns of auth: registrations, accounts, staff, places."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import JsonValue

from shared.rights import StaffRole

Level = Literal["physician", "assistant"]
Status = Literal["active", "cancelled"]


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registration system knows about one registration; `policy` is a version.

    `supersedes` and `superseded_by` name what it has replaced and what has replaced it (重新报考).
    """

    id: str
    candidate_id: str
    session: str
    category_code: str
    category_name: str
    level: Level
    district: str
    district_name: str
    site: str
    site_name: str
    status: Status
    stage: str
    registered_on: date
    name: str
    id_type: str
    id_number: str
    phone: str
    admission_ticket_no: str
    attributes: Mapping[str, JsonValue]
    policy: str
    supersedes: str | None = None
    superseded_by: str | None = None

    @property
    def heading(self) -> str:
        """Return the card's heading: `2020110 临床执业医师` (S0-02)."""
        return f"{self.session}{self.category_code} {self.category_name}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A registration as it is stored, with the version that compare-and-set needs."""

    registration: Registration
    version: int


@dataclass(frozen=True, slots=True)
class Card:
    """A registration as its candidate sees it."""

    registration: Registration
    upload_button: bool


@dataclass(frozen=True, slots=True)
class Account:
    """A candidate's account; without a password until it is activated."""

    id: str
    username: str
    activated_at: datetime | None = None
    password_hash: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a forgotten password is won back; only the hash of the answer is kept."""

    question: str
    answer_hash: str


@dataclass(frozen=True, slots=True)
class Commitments:
    """Which text was agreed to, by the version of its policy, and when."""

    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Activation:
    """What an account gets when it is activated."""

    at: datetime
    password_hash: str
    recovery: Recovery | None
    commitments: Commitments | None


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Someone who reviews or runs the system, with the jurisdiction of the role."""

    id: str
    username: str
    display_name: str
    role: StaffRole
    district: str
    site: str | None
    password_hash: str
    totp_secret: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class District:
    """A district and the names of its sites by code."""

    code: str
    name: str
    sites: Mapping[str, str]


def folded(text: str) -> str:
    """Return a text as people mean it: width, case and outer blanks don't count."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
