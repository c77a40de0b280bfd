"""The nouns of review: cases, holds, verdicts, send-backs and decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from shared.clock import start_of_day
from shared.events.review import ReviewLevel
from shared.events.uploads import DossierStage, Doubt, Overdue
from shared.rights import Role, StaffRole

CaseState = Literal[
    "collecting", "awaiting_site", "returned", "awaiting_district", "passed", "rejected", "closed"
]
HoldState = Literal["waiting", "locked", "refused"]
Mark = Literal["passed", "returned"]
Conclusion = Literal["pass", "send_back", "reject"]
Lane = Literal["waiting", "resubmitted", "with_candidate", "done"]
View = Literal["waiting", "resubmitted", "mine", "with_candidate", "done"]
EntryKind = Literal[
    "submitted",
    "resubmitted",
    "claimed",
    "claim_refused",
    "released",
    "claim_expired",
    "sent_back",
    "sendback_expired",
    "withdrawal_requested",
    "withdrawal_refused",
    "sendback_withdrawn",
    "deadline_extended",
    "passed",
    "rejected",
    "closed",
    "erased",
]

LEVELS: tuple[ReviewLevel, ...] = ("site", "district")
ROLES: Mapping[ReviewLevel, StaffRole] = {"site": "site_reviewer", "district": "district_reviewer"}
LEVEL_OF_ROLE: Mapping[Role, ReviewLevel] = {role: level for level, role in ROLES.items()}
AWAITING: Mapping[ReviewLevel, CaseState] = {"site": "awaiting_site", "district": "awaiting_district"}

LEASE = timedelta(minutes=20)
LOCK_WAIT = timedelta(seconds=60)
OTHER_REASON = "other"
MOST_TEXT = 200
MOST_COMMENT = 500


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acts: a staff member at the desk of one level and jurisdiction."""

    staff_id: str
    display_name: str
    level: ReviewLevel
    district: str
    site: str | None
    session_id: str

    @property
    def role(self) -> StaffRole:
        """Return the role that reviews on this level."""
        return ROLES[self.level]


@dataclass(frozen=True, slots=True)
class Person:
    """Who the candidate is and what was registered, in words: personal fields only."""

    name: str
    id_type: str
    id_number: str
    phone: str
    admission_ticket_no: str
    category_name: str
    district_name: str
    site_name: str
    attributes: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Registration:
    """The registration as auth last told it."""

    candidate_id: str
    session: str
    category_code: str
    level: str
    district: str
    site: str
    active: bool
    person: Person

    @property
    def heading(self) -> str:
        """Return the card's heading, as in `2020110 临床执业医师` (S0-02)."""
        return f"{self.session}{self.category_code} {self.person.category_name}"


@dataclass(frozen=True, slots=True)
class Dossier:
    """The dossier as uploads last told it; `sequence` orders what uploads says."""

    sequence: int
    stage: DossierStage
    revision: int
    submissions: int
    submitted_at: datetime | None
    image_count: int
    hold: int | None
    overdue: tuple[Overdue, ...] = ()
    doubtful: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One image version under review."""

    image_id: str
    category: str
    slot: str | None
    width: int
    height: int
    replaces: str | None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the dossier held when it was last locked."""

    hold: int
    sequence: int
    revision: int
    items: tuple[Item, ...]

    def item(self, image_id: str) -> Item | None:
        """Return the item of an image version."""
        return next((item for item in self.items if item.image_id == image_id), None)


@dataclass(frozen=True, slots=True)
class Hold:
    """A reviewer's claim; `number` fences it: it grows with every claim of the case."""

    number: int
    staff_id: str
    display_name: str
    level: ReviewLevel
    state: HoldState
    since: datetime
    until: datetime
    refusal: str | None = None

    @property
    def ends_at(self) -> datetime:
        """Return when the hold ends by itself: a claim that uploads doesn't answer ends soon."""
        return min(self.until, self.since + LOCK_WAIT) if self.state == "waiting" else self.until

    @property
    def is_open(self) -> bool:
        """Return whether uploads may hold the dossier for it, so that its end must be announced."""
        return self.state != "refused"

    def is_live(self, now: datetime) -> bool:
        """Return whether nobody else may claim now."""
        return self.is_open and now < self.ends_at


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict on one image version; `label` and `text` are what the candidate reads."""

    verdict: Mark
    reason_code: str | None
    label: str | None
    text: str | None
    staff_id: str
    display_name: str
    level: ReviewLevel
    at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict as the reviewer gives it."""

    verdict: Mark
    reason_code: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnedItem:
    """One returned picture, with the words the candidate reads."""

    image_id: str
    category: str
    slot: str | None
    reason_code: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class SendBack:
    """The last send-back, with all images that were locked then; its life is ended by uploads alone.

    `withdrawal` says how far staff's wish to undo it has come.
    """

    id: str
    round: int
    level: ReviewLevel
    release_at: datetime
    deadline: datetime | None
    items: tuple[ReturnedItem, ...]
    images: tuple[str, ...]
    outcome: str | None = None
    withdrawal: Literal["requested", "refused"] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The last conclusion, and the hold under which it was stored."""

    outcome: Conclusion
    level: ReviewLevel
    hold: int
    staff_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody stored a verdict or decision on a level."""

    level: ReviewLevel
    staff_id: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another candidate's picture that shows the same paper as one of this case's: a hint, no conclusion.

    District and site are the other case's, as they were when it was found.
    """

    image_id: str
    other_case: str
    other_image: str
    district: str
    site: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the case's history."""

    at: datetime
    kind: EntryKind
    level: ReviewLevel | None = None
    who: str | None = None
    count: int | None = None
    text: str | None = None


Verdicts = Mapping[str, Mapping[ReviewLevel, Verdict]]


@dataclass(frozen=True, slots=True)
class Case:
    """One dossier's way through review; `version` 0 is a case that is not stored yet."""

    id: str
    version: int = 0
    seen_auth: int = 0
    policy: str | None = None
    registration: Registration | None = None
    dossier: Dossier | None = None
    state: CaseState = "collecting"
    since: datetime | None = None
    resubmitted: bool = False
    hold: Hold | None = None
    last_hold: int = 0
    manifest: Manifest | None = None
    verdicts: Verdicts = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    history: tuple[Entry, ...] = ()
    send_back: SendBack | None = None
    decision: Decision | None = None
    announced: tuple[ReviewLevel, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    erased_at: datetime | None = None

    @property
    def level(self) -> ReviewLevel | None:
        """Return the level the case is on, or was decided on."""
        awaiting = next((level for level, state in AWAITING.items() if state == self.state), None)
        return awaiting or (self.decision.level if self.decision else None)

    @property
    def round(self) -> int:
        """Return the round of review, 1 before the first send-back."""
        return 1 if self.send_back is None else self.send_back.round + 1

    def verdict(self, image_id: str, level: ReviewLevel) -> Verdict | None:
        """Return what holds for an image version on a level: its own verdict, or a lower level's."""
        given = self.verdicts.get(image_id, {})
        known = LEVELS[: LEVELS.index(level) + 1]
        return next((given[lower] for lower in reversed(known) if lower in given), None)

    def own_verdict(self, image_id: str, level: ReviewLevel) -> Verdict | None:
        """Return the verdict given on this very level."""
        return self.verdicts.get(image_id, {}).get(level)

    def lane(self, level: ReviewLevel) -> Lane | None:
        """Return where a level's desk lists the case; `None` where it never came to that desk."""
        if self.state == AWAITING[level]:
            return "resubmitted" if self.resubmitted else "waiting"
        if self.state == "returned" and self.level == level:
            return "with_candidate"
        return "done" if any(entry.level == level and _decided(entry) for entry in self.history) else None

    def turn(self, level: ReviewLevel) -> datetime | None:
        """Return by what a level's desk orders its lists.

        A case that waits with pictures that may be hard to see comes first on its day: its candidate needs
        the time to send others. Nobody from an earlier day is overtaken.
        """
        is_doubtful = self.dossier is not None and self.dossier.doubtful > 0
        if self.since is None or not is_doubtful or self.state != AWAITING[level]:
            return self.since
        return start_of_day(self.since)


def _decided(entry: Entry) -> bool:
    return entry.kind in {"passed", "rejected"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a queue."""

    case_id: str
    name: str
    admission_ticket_no: str
    heading: str
    site_name: str
    state: CaseState
    round: int
    resubmitted: bool
    since: datetime | None
    submitted_at: datetime | None
    image_count: int
    hold: Hold | None
    overdue: tuple[Overdue, ...] = ()
    doubtful: int = 0
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases each view of a desk has."""

    waiting: int
    resubmitted: int
    mine: int
    with_candidate: int
    done: int
