"""Roster and staff files: what their rows must look like, every fault named by row and field."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from services.auth.model import Level, Status
from shared.rights import StaffRole

MOST_FAULTS = 50
SECTIONS = ("directory", "registrations", "staff")


def _number_as_text(value: object) -> object:
    """Take an unquoted year or code as the text it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Code = Annotated[str, BeforeValidator(_number_as_text), Field(pattern=r"^[0-9A-Za-z_.-]{1,60}$")]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Username = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S+$")]
RegistrationId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9-]{5,20}$")]
Base32 = Annotated[str, Field(pattern=r"^[A-Z2-7]{16,128}$")]


class RosterError(Exception):
    """A file can't be imported; nothing of it was stored."""

    def __init__(self, *faults: str) -> None:
        shown = faults[:MOST_FAULTS]
        more = (f"... and {len(faults) - MOST_FAULTS} more",) if len(faults) > MOST_FAULTS else ()
        super().__init__("\n".join((*shown, *more)))
        self.faults = faults


class Row(BaseModel):
    """A part of a file; a field nobody knows is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SiteRow(Row):
    """A site of a district."""

    site: Code
    name: Line


class DistrictRow(Row):
    """A district of the directory."""

    district: Code
    name: Line
    sites: tuple[SiteRow, ...]


class RegistrationRow(Row):
    """A registration."""

    registration_id: RegistrationId
    session: Code
    category_code: Code
    category_name: Line
    level: Level
    username: Username
    name: Line
    id_type: Line
    id_number: Line
    phone: Phone
    admission_ticket_no: Line
    district: Code
    site: Code
    stage: Line
    registered_on: date
    status: Status = "active"
    supersedes: RegistrationId | None = None
    attributes: dict[str, JsonValue] = Field(default_factory=dict)


class StaffRow(Row):
    """A staff member; a left-out password or secret stays as it is stored."""

    username: Username
    display_name: Line
    role: StaffRole
    district: Code
    site: Code | None = None
    password: Annotated[str, Field(min_length=8, max_length=128)] | None = None
    totp_secret: Base32 | None = None
    disabled: bool = False


class RosterFile(Row):
    """The whole of a file; each import takes its own sections."""

    directory: tuple[DistrictRow, ...] = ()
    registrations: tuple[RegistrationRow, ...] = ()
    staff: tuple[StaffRow, ...] = ()


def read_roster(path: Path, section: Literal["registrations", "staff"]) -> RosterFile:
    """Read a file that must have the section.

    Raises:
        RosterError: it can't be read, or rows are wrong; every fault is named.
    """
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RosterError(f"{path}: can't be read ({type(error).__name__})") from None
    except YAMLError as error:
        raise RosterError(f"{path}: not YAML: {_place(error)}") from None
    if not isinstance(content, dict) or not content.get(section):
        raise RosterError(f"{path}: has no section '{section}'")
    return _validated(path, content)


def _validated(path: Path, content: dict[object, object]) -> RosterFile:
    try:
        file = RosterFile.model_validate(content)
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        raise RosterError(*(f"{path}: {_in_words(detail)}" for detail in details)) from None
    faults = [
        *_repeated("directory", "district", [row.district for row in file.directory]),
        *_repeated("registrations", "registration_id", [r.registration_id for r in file.registrations]),
        *_repeated("staff", "username", [row.username.casefold() for row in file.staff]),
    ]
    if faults:
        raise RosterError(*(f"{path}: {fault}" for fault in faults))
    return file


def fault(section: str, row: int, field: str, reason: str) -> str:
    """Return a fault as the operator reads it; rows count from 1. It never quotes the value."""
    return f"{section}, row {row + 1}, {field}: {reason}"


def _in_words(detail: ErrorDetails) -> str:
    section, *place = detail["loc"]
    reason = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "string_type":
        reason = "must be text; put numbers into quotes"
    if not place or not isinstance(place[0], int):
        return f"{'.'.join(map(str, detail['loc']))}: {reason}"
    return fault(str(section), place[0], ".".join(map(str, place[1:])) or "row", reason)


Value = TypeVar("Value")


def _repeated(section: str, field: str, values: list[Value]) -> list[str]:
    first: dict[Value, int] = {}
    faults = []
    for row, value in enumerate(values):
        if value in first:
            faults.append(fault(section, row, field, f"the same as in row {first[value] + 1}"))
        first.setdefault(value, row)
    return faults


def _place(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or "malformed"
    return f"line {mark.line + 1}: {reason}" if mark is not None else str(reason)


@dataclass(slots=True)
class Counts:
    """What an import did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
