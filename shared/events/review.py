"""What review says."""

from datetime import datetime
from typing import ClassVar, Literal

from shared.events.envelope import Code, Event, Id, Private, ServiceName, Words

ReviewLevel = Literal["site", "district"]


class CaseClaimed(Event):
    """A reviewer wants the dossier frozen; `hold` grows with every claim of the case."""

    type: ClassVar[str] = "review.case.claimed"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads"})

    hold: int
    level: ReviewLevel
    staff_id: Id


class CaseReleased(Event):
    """The hold has ended without a decision."""

    type: ClassVar[str] = "review.case.released"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads"})

    hold: int
    cause: Literal["released", "expired", "refused"]


class ImageVerdict(Words):
    """A verdict belongs to an image version."""

    image_id: Id
    verdict: Literal["passed", "returned"]


class SentBackItem(Words):
    """One picture to replace, or with no image a category to add to."""

    image_id: Id | None
    category: Code
    slot: Code | None
    reason_code: Code


class SentBackItemText(Words):
    """What the candidate reads about one item, in the order of `items`."""

    label: str
    text: str


class SentBackPrivate(Private):
    """The reviewer's words."""

    items: tuple[SentBackItemText, ...]


class CaseSentBack(Event):
    """A decision: these items are to be replaced until the deadline."""

    type: ClassVar[str] = "review.case.sent-back"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads", "notify"})

    hold: int
    level: ReviewLevel
    round: int
    sendback_id: Id
    items: tuple[SentBackItem, ...]
    verdicts: tuple[ImageVerdict, ...]
    deadline: datetime | None
    release_at: datetime
    private: SentBackPrivate


class DecisionPrivate(Private):
    """The reviewer's comment, empty where none is needed."""

    comment: str


class CaseDecided(Event):
    """A level's decision (internal: the candidate learns of it by the result's announcement)."""

    type: ClassVar[str] = "review.case.decided"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads"})

    hold: int
    level: ReviewLevel
    outcome: Literal["passed", "rejected"]
    final: bool
    verdicts: tuple[ImageVerdict, ...]
    # The categories of papers that a conditional approval (S3-18) asks for later.
    due_papers: tuple[Code, ...] = ()


class SendbackWithdrawalRequested(Event):
    """Staff want a send-back undone; `hold` is that of the decision which opened it."""

    type: ClassVar[str] = "review.sendback.withdrawal-requested"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads"})

    hold: int
    sendback_id: Id


class SendbackDeadlineExtended(Event):
    """Staff give a send-back more time, also one that time has ended."""

    type: ClassVar[str] = "review.sendback.deadline-extended"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads", "notify"})

    hold: int
    sendback_id: Id
    deadline: datetime


class ResultAnnounced(Event):
    """A result that the candidate may know."""

    type: ClassVar[str] = "review.case.result-announced"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"notify"})

    level: ReviewLevel
    outcome: Literal["passed", "rejected"]
    final: bool
    release_at: datetime
    private: DecisionPrivate
