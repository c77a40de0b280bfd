"""The words and small value types that policy settings are made of."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer


class PolicyModel(BaseModel):
    """Base of every group of settings: frozen, and a key nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UploadButton(StrEnum):
    """When the registration card shows the way in."""

    OFF = "off"
    ALWAYS = "always"
    IN_WINDOW = "in_window"


class AuthMode(StrEnum):
    """How a candidate proves who he is."""

    LOCAL_PASSWORD = "local_password"  # noqa: S105 - a mode, not a password
    SAME_CREDENTIALS = "same_credentials"
    AUTHORISE = "authorise"


class CommitmentAt(StrEnum):
    """When the candidate agrees to the commitments."""

    NONE = "none"
    ACTIVATION = "activation"
    UPLOAD = "upload"
    SUBMIT = "submit"


class ProfileEditable(StrEnum):
    """When the candidate may change the own contact data."""

    NEVER = "never"
    UNTIL_SUBMIT = "until_submit"
    ALWAYS = "always"


class SubmitMode(StrEnum):
    """Whether the candidate hands in with a button or by uploading."""

    EXPLICIT = "explicit"
    AUTOSAVE = "autosave"


class LockOn(StrEnum):
    """What keeps pictures closed while no reviewer holds the dossier."""

    UPLOAD = "upload"
    SUBMIT = "submit"
    REVIEW_CLAIM = "review_claim"
    REVIEW_DECISION = "review_decision"
    SITE_PASS = "site_pass"  # noqa: S105 - an occasion, not a password
    WINDOW_END = "window_end"


class UnlockScope(StrEnum):
    """How much a send-back opens."""

    DOSSIER = "dossier"
    CATEGORY = "category"
    IMAGE = "image"


class Watermark(StrEnum):
    """Whether copies carry a visible mark."""

    NONE = "none"
    VISIBLE = "visible"


class ImageFormat(StrEnum):
    """File formats a picture may have, judged by content."""

    JPEG = "jpeg"
    PNG = "png"


class Severity(StrEnum):
    """What a broken picture rule leads to."""

    REFUSE = "refuse"
    HINT = "hint"


class ImageRule(StrEnum):
    """The picture rules whose severity can be chosen."""

    BYTES = "bytes"
    PIXELS = "pixels"
    RATIO = "ratio"
    BACKGROUND = "background"
    UPRIGHT = "upright"


class Background(StrEnum):
    """What stands behind a portrait."""

    WHITE = "white"
    PLAIN = "plain"


class Validity(StrEnum):
    """Whether an approved paper may serve again next year."""

    DURABLE = "durable"
    SESSION = "session"


class Duplicates(StrEnum):
    """How identical pictures of different candidates are treated."""

    OFF = "off"
    SAME_EMPLOYER_OK = "same_employer_ok"
    FLAG = "flag"


class CategoryList(StrEnum):
    """How the page lists categories that the candidate does not need."""

    ALL = "all"
    MINE_FIRST = "mine_first"


class ReviewLevel(StrEnum):
    """The levels a dossier is reviewed on, lowest first."""

    POINT = "point"
    SITE = "site"
    DISTRICT = "district"


class OpenWhen(StrEnum):
    """When a dossier is up for review."""

    SUBMITTED = "submitted"
    ANY_IMAGE = "any_image"
    REQUIRED_COMPLETE = "required_complete"
    WINDOW_CLOSED = "window_closed"


class Outcome(StrEnum):
    """What a reviewer may conclude."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    SUPPLEMENT = "supplement"
    CONDITIONAL = "conditional"
    REJECT = "reject"


class Handover(StrEnum):
    """How passed dossiers go to the next level."""

    EACH = "each"
    BATCH = "batch"


class ReviewMode(StrEnum):
    """Where the papers are looked at."""

    ONLINE = "online"
    ONSITE = "onsite"
    HYBRID = "hybrid"


class ResubmitTo(StrEnum):
    """Which level an answered send-back goes to."""

    SENDER = "sender"
    FIRST = "first"


class ResultDisplay(StrEnum):
    """Where the candidate reads the result."""

    MESSAGES = "messages"
    SERIAL_ON_NOTICE = "serial_on_notice"
    CARD_STATUS = "card_status"
    FINAL_ONLY = "final_only"


class Release(StrEnum):
    """When a level's result may reach the candidate."""

    IMMEDIATELY = "immediately"
    AFTER_DISTRICT_FINISHED = "after_district_finished"


class SerialIssueOn(StrEnum):
    """When the serial number on the notice appears."""

    NEVER = "never"
    SITE_PASS = "site_pass"  # noqa: S105 - an occasion, not a password
    DISTRICT_PASS = "district_pass"  # noqa: S105 - an occasion, not a password


class Channel(StrEnum):
    """A way to reach a candidate."""

    SMS = "sms"
    INAPP = "inapp"
    PHONE = "phone"


class NoticeKind(StrEnum):
    """The kinds of event a candidate is told about."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    SITE_PASSED = "site_passed"
    PASSED = "passed"
    REJECTED = "rejected"
    IMAGE_REFUSED = "image_refused"
    REMINDER = "reminder"
    WITHDRAWN = "withdrawn"
    ABANDONED = "abandoned"
    SENDBACK_EXPIRED = "sendback_expired"
    SENDBACK_WITHDRAWN = "sendback_withdrawn"
    SENDBACK_EXTENDED = "sendback_extended"
    REQUIREMENTS_ADJUSTED = "requirements_adjusted"
    PURGE_ANNOUNCED = "purge_announced"
    CONFIRMATION_WANTED = "confirmation_wanted"


class PhoneTo(StrEnum):
    """Who is phoned."""

    CANDIDATE = "candidate"
    EMPLOYER = "employer"


class OnExpiry(StrEnum):
    """What a missed deadline leads to."""

    NONE = "none"
    LOCK = "lock"
    ABANDON = "abandon"
    FLAG = "flag"


class MessageOrder(StrEnum):
    """The order of messages on top of the page."""

    NEWEST_FIRST = "newest_first"
    OLDEST_FIRST = "oldest_first"


class TimeFormat(StrEnum):
    """How message times are written."""

    SLASHED = "slashed"  # 2020/3/12 22:02:08
    ISO = "iso"  # 2020-03-12 22:02:08


class CarryOver(StrEnum):
    """What stays from the last session."""

    NONE = "none"
    APPROVED_DURABLE = "approved_durable"


class CardState(StrEnum):
    """Every internal state that the card has a word for."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    POINT_REVIEWING = "point_reviewing"
    RETURNED_BY_POINT = "returned_by_point"
    POINT_PASSED = "point_passed"
    SITE_REVIEWING = "site_reviewing"
    RETURNED_BY_SITE = "returned_by_site"
    SITE_PASSED = "site_passed"
    DISTRICT_REVIEWING = "district_reviewing"
    RETURNED_BY_DISTRICT = "returned_by_district"
    CONDITIONALLY_PASSED = "conditionally_passed"
    PASSED = "passed"
    REJECTED = "rejected"
    ABANDONED = "abandoned"


class AttributeType(StrEnum):
    """What values a registration attribute has."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"


class AttributeSource(StrEnum):
    """Where a registration attribute comes from."""

    IMPORT = "import"
    CANDIDATE = "candidate"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_SHORT_DURATION = re.compile(r"(\d+) ?(s|min|h|d)")


def _read_duration(value: object) -> object:
    """Read `24h`, `2min`, `30s` and `7d`; leave everything else to pydantic (ISO 8601)."""
    match = _SHORT_DURATION.fullmatch(value) if isinstance(value, str) else None
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]]) if match else value


def _ordered(values: frozenset[str]) -> list[str]:
    return sorted(values)


# A set has no order of its own; the canonical form that the version is a hash of needs one.
_SORTED = PlainSerializer(_ordered, return_type=list[str], when_used="json")

# The gateway lets no larger body through (`deploy/gateway/Caddyfile`).
MOST_ACCEPTED_BYTES = 16 * 1024 * 1024
AcceptedBytes = Annotated[int, Field(ge=1, le=MOST_ACCEPTED_BYTES)]
Duration = Annotated[timedelta, BeforeValidator(_read_duration), Field(gt=timedelta(0))]
Instant = AwareDatetime
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
PolicyName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
MessageCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1)]
LockOnSet = Annotated[frozenset[LockOn], _SORTED]
ChannelSet = Annotated[frozenset[Channel], _SORTED]
PhoneToSet = Annotated[frozenset[PhoneTo], _SORTED]
WeekdaySet = Annotated[frozenset[Weekday], _SORTED]
