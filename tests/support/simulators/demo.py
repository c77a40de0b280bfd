"""The demo roster and staff as the simulators and the story read them."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML


class Registration(BaseModel):
    """What the outer system knows of a candidate's registration."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    registration_id: str
    session: str
    category_code: str
    category_name: str
    username: str
    name: str
    id_number: str
    phone: str
    admission_ticket_no: str
    district: str
    site: str
    stage: str
    registered_on: str

    @property
    def heading(self) -> str:
        """Return the card's head line, such as `2020110 临床执业医师` (S0-02)."""
        return f"{self.session}{self.category_code} {self.category_name}"


class StaffMember(BaseModel):
    """An account of the demo staff, secrets and all."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    username: str
    display_name: str
    role: str
    district: str
    site: str | None = None
    password: str
    totp_secret: str


class Roster(BaseModel):
    """The registrations, and the names of districts and sites."""

    registrations: tuple[Registration, ...]
    district_names: dict[str, str]
    site_names: dict[str, str]


def load_roster(path: Path) -> Roster:
    """Read a roster file."""
    content = _yaml(path)
    directory = content["directory"]
    rows = ({**row, "registered_on": str(row["registered_on"])} for row in content["registrations"])
    return Roster(
        registrations=tuple(Registration.model_validate(row) for row in rows),
        district_names={str(row["district"]): row["name"] for row in directory},
        site_names={str(site["site"]): site["name"] for row in directory for site in row["sites"]},
    )


def load_staff(path: Path) -> tuple[StaffMember, ...]:
    """Read a file of demo staff."""
    return tuple(StaffMember.model_validate(row) for row in _yaml(path)["staff"])


def _yaml(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(path)
    return content
