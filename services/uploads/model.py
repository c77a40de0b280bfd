"""The nouns of uploads: dossiers, image versions, holds, send-backs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

from services.uploads.requirements import Need, difference, needs_of
from services.uploads.traits import Doubt, Traits
from shared.events.review import ReviewLevel
from shared.events.uploads import DossierStage, Overdue
from shared.policy.model import Policy
from shared.policy.office import Deadline, Window

ClosedReason = Literal[
    "submitted",
    "review_in_progress",
    "site_passed",
    "decided",
    "window_closed",
    "not_open_yet",
    "sendback_expired",
    "due_paper_expired",
    "carried_over",
    "superseded",
    "not_returned",
    "uploaded",
]

DeathCause = Literal["removed", "replaced", "refused"]
Ender = Literal["candidate", "worker"]


class ItemStatus(StrEnum):
    """How far a live image version is."""

    PROCESSING = "processing"
    READY = "ready"


class Awaits(StrEnum):
    """What the candidate has to agree to before a live image counts as handed in."""

    SHRUNK = "shrunk"
    SAME_SHOT = "same_shot"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Where encrypted bytes lie and what opens them; the key itself is wrapped.

    They are the whole object, or with a `length` a part of one that several contents share. Deleted by rule,
    they stand here without a key: what was there once, and that nothing opens it any more. An original's hash
    is kept for good; what is made of one has none.
    """

    key: str
    wrapped_key: str
    nonce: str
    sha256: str
    size_bytes: int
    start: int = 0
    length: int | None = None

    @property
    def tag(self) -> str:
        """Return what names this content and no other one: a place is never used twice."""
        return self.sha256 or hashlib.sha256(f"{self.key}@{self.start}".encode()).hexdigest()

    @property
    def is_erased(self) -> bool:
        """Tell whether the object was deleted by rule and its key destroyed."""
        return not self.wrapped_key


@dataclass(frozen=True, slots=True)
class Derivatives:
    """What a worker makes of an original; the camera's hint is encrypted."""

    width: int
    height: int
    copy: StoredObject
    thumbnail: StoredObject
    traits: Traits | None = None
    camera: str | None = None
    made_at: datetime | None = None

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Return what a picture may be hard to see by; nothing where it was never measured."""
        return self.traits.doubts if self.traits else ()


# Left, top, right, bottom of a covered place, as parts of width and height.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Origin:
    """The image of another dossier that this one is a copy of; `is_approved` in that session."""

    registration_id: str
    image_id: str
    session: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """A copy that is still to be made: the id it will have, and where it goes."""

    image_id: str
    category: str
    slot: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Hint:
    """What is odd about an image without being a reason to refuse it, in the candidate's words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands behind a portrait: its usual colour, and how much of it has that colour (0 to 1)."""

    colour: tuple[int, int, int]
    plain: float


@dataclass(frozen=True, slots=True)
class Item:
    """A live image version; it is never changed, only finished, replaced or removed.

    `sha256` and `size_bytes` are those of the bytes that came; `original` is what is kept of them.
    `insisted`: the candidate was told that it is the returned shot again, and sent it all the same.
    `scanned_at`: when it was last found clean after it was ready.
    """

    image_id: str
    category: str
    slot: str | None
    sha256: str
    size_bytes: int
    received_at: datetime
    original: StoredObject
    replaces: str | None = None
    status: ItemStatus = ItemStatus.PROCESSING
    derivatives: Derivatives | None = None
    covers: tuple[Box, ...] = ()
    awaits: Awaits | None = None
    insisted: bool = False
    origin: Origin | None = None
    hints: tuple[Hint, ...] = ()
    scanned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """An image that its worker refused: kept so that the page can say so, and why."""

    image_id: str
    category: str
    slot: str | None
    sha256: str
    size_bytes: int
    received_at: datetime
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeadVersion:
    """An image version that is no longer live: who ended it, when and how.

    Where it was returned, or answered a return, `sendback_id` and `reason_code` say of which and why.
    """

    item: Item
    registration_id: str
    candidate_id: str
    cause: DeathCause
    ended_at: datetime
    sendback_id: str | None = None
    reason_code: str | None = None

    @property
    def ended_by(self) -> Ender:
        """Return who ended it."""
        return "worker" if self.cause == "refused" else "candidate"


@dataclass(frozen=True, slots=True)
class Hold:
    """A reviewer's claim: exclusive, freezes the manifest; `number` fences."""

    number: int
    level: ReviewLevel
    since: datetime


@dataclass(frozen=True, slots=True)
class EndedHold:
    """The greatest hold that has ended, and how; smaller numbers are old."""

    number: int = 0
    cause: Literal["none", "released", "refused", "sent_back", "decided"] = "none"


@dataclass(frozen=True, slots=True)
class ReturnedPlace:
    """One item of a send-back; the reason's texts are encrypted."""

    category: str
    slot: str | None
    image_id: str | None
    reason_code: str
    reason_label: str
    reason_text: str
    answered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a dossier was when a send-back opened it; withdrawn, or automatic and over, it puts it back."""

    stage: DossierStage
    submitted_at: datetime | None
    site_passed: bool
    decided: bool


@dataclass(frozen=True, slots=True)
class ReturnedVersion:
    """An image version that a reviewer has returned, and where it stood."""

    image_id: str
    category: str
    slot: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class SendBack:
    """The open send-back; an automatic one asks for what no worker could read, nobody has reviewed it."""

    sendback_id: str
    round: int
    level: ReviewLevel
    deadline: datetime | None
    created_at: datetime
    places: tuple[ReturnedPlace, ...]
    acted: bool = False
    automatic: bool = False
    before: Standing | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer said about an image version."""

    verdict: Literal["passed", "returned"]
    level: ReviewLevel


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that a dossier was put forward."""

    number: str
    submitted_at: datetime
    images: int
    revision: int


@dataclass(frozen=True, slots=True)
class DuePapers:
    """The categories of papers that a conditional approval asks for later (S3-18)."""

    categories: frozenset[str]
    since: datetime


@dataclass(frozen=True, slots=True)
class Erased:
    """The whole dossier was deleted by rule or on request; what stays says only that it was there."""

    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Place:
    """Session, district and site of a registration."""

    session: str
    district: str
    site: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One registration's papers.

    `version` counts commands; `revision` changes of the set of live images; `gate` changes of what is open
    or announced, so that uploads which don't touch that need not fight each other; `deaths` live images that
    were removed, replaced or refused: as long as there were none, no history needs to be asked; `rounds` the
    send-backs of reviewers. `expired` is the send-back that time has ended, as long as staff may give it
    more. `required` is what the registration's facts asked for when they were last followed (none: before
    that was kept), `previously` what they had asked for until a change that no submission has answered,
    `words` what a watermark says of the candidate, encrypted (none: before that was kept).
    `reminded` names the images about which the candidate was told that they wait for a word.
    """

    registration_id: str
    candidate_id: str
    place: Place
    policy_version: str
    opened_at: datetime
    version: int = 1
    revision: int = 0
    gate: int = 0
    stage: DossierStage = "draft"
    items: tuple[Item, ...] = ()
    refused: tuple[RefusedItem, ...] = ()
    hold: Hold | None = None
    ended_hold: EndedHold = EndedHold()
    submitted_at: datetime | None = None
    submissions: int = 0
    receipt: Receipt | None = None
    send_back: SendBack | None = None
    expired: SendBack | None = None
    returned_versions: tuple[ReturnedVersion, ...] = ()
    expired_at: datetime | None = None
    rounds: int = 0
    decided: bool = False
    site_passed: bool = False
    due_papers: DuePapers | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    required: frozenset[str] | None = None
    previously: frozenset[str] | None = None
    words: str | None = None
    superseded_by: str | None = None
    overdue: tuple[Overdue, ...] = ()
    changed_at: datetime | None = None
    copying: tuple[CopyOrder, ...] = ()
    next_due_at: datetime | None = None
    deaths: int = 0
    reminded: tuple[str, ...] = ()
    decided_at: datetime | None = None
    purge_notices: tuple[datetime, ...] = ()
    erased: Erased | None = None

    def item(self, image_id: str | None) -> Item | None:
        """Return a live image version."""
        return next((item for item in self.items if item.image_id == image_id), None)

    def count(self, category: str) -> int:
        """Return how many live images a category has."""
        return sum(item.category == category for item in self.items)

    @property
    def handed_in(self) -> tuple[Item, ...]:
        """Return the live images that count: all but those that wait for the candidate's word."""
        return tuple(item for item in self.items if item.awaits is None)

    def count_handed_in(self, category: str) -> int:
        """Return how many images of a category count; one that waits takes room all the same."""
        return sum(item.category == category for item in self.handed_in)

    @property
    def is_processing(self) -> bool:
        """Tell whether a worker still has to finish an image, or to bring one in."""
        return bool(self.copying) or any(item.status is ItemStatus.PROCESSING for item in self.items)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for a dossier: its policy version, the calendar of today, and what its facts require.

    `required` has the codes of categories and of groups of which one category suffices.
    """

    policy: Policy
    window: Window
    required: frozenset[str]
    due_paper: Deadline = field(default_factory=Deadline)
    review_starts_at: datetime | None = None

    @property
    def needs(self) -> tuple[Need, ...]:
        """What must be handed in, in the order of the list."""
        return needs_of(self.policy, self.required)

    def missing(self, dossier: Dossier) -> tuple[Need, ...]:
        """Return what is needed and lacks images, in the order of the list."""
        return tuple(need for need in self.needs if not need.is_met(dossier.count_handed_in))

    def lacks(self, dossier: Dossier, category: str) -> bool:
        """Tell whether images of this category would meet a need that is not met."""
        return any(need.includes(category) for need in self.missing(dossier))

    def asks_anew(self, dossier: Dossier, category: str) -> bool:
        """Tell whether images of this category would meet a need that a changed registration has brought."""
        if dossier.previously is None or not self.lacks(dossier, category):
            return False
        added = difference(self.policy, dossier.previously, self.required).added
        return any(need.includes(category) for need in added)


@dataclass(frozen=True, slots=True)
class Registration:
    """What uploads keeps of a registration; facts and words are personal and encrypted at rest."""

    registration_id: str
    candidate_id: str
    place: Place
    category_code: str
    is_active: bool
    facts: Mapping[str, JsonValue]
    district_name: str
    site_name: str
    ticket_tail: str
    supersedes: str | None = None
    superseded_by: str | None = None
    masked_name: str = ""
