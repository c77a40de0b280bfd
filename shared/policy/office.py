"""Settings of what the office does: review, results, notices, deadlines."""

from datetime import date, time, timedelta
from typing import Self

from pydantic import Field, model_validator

from shared.policy.placeholders import refuse_unknown_placeholders
from shared.policy.values import (
    CardState,
    Channel,
    ChannelSet,
    Duration,
    Handover,
    Instant,
    MessageCode,
    NoticeKind,
    OnExpiry,
    OpenWhen,
    Outcome,
    PhoneTo,
    PhoneToSet,
    PolicyModel,
    Release,
    ResubmitTo,
    ResultDisplay,
    ReviewLevel,
    ReviewMode,
    SerialIssueOn,
    Text,
    Weekday,
    WeekdaySet,
)

# The codes of the messages that the system itself writes on top of the page.
MESSAGE_CODES = (
    "SUBMITTED_LOCKED",
    "RETURNED",
    "SITE_PASSED",
    "PASSED",
    "REJECTED",
    "IMAGE_REFUSED",
    "WITHDRAWN",
    "ABANDONED",
    "SENDBACK_EXPIRED",
    "SENDBACK_WITHDRAWN",
    "SENDBACK_EXTENDED",
    "REQUIREMENTS_ADJUSTED",
    "PURGE_ANNOUNCED",
    "CONFIRMATION_WANTED",
)
_FORBIDDEN_IN_SMS = "【】¥★✓※"
_LEVEL_ORDER = (ReviewLevel.POINT, ReviewLevel.SITE, ReviewLevel.DISTRICT)


class TimeSpan(PolicyModel):
    """A span within a day, or over midnight when `until` is earlier than `since`."""

    since: time
    until: time


class ReviewCalendar(PolicyModel):
    """When an office reviews."""

    days: WeekdaySet = frozenset(Weekday)
    hours: tuple[TimeSpan, ...] = ()
    holidays: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()


class OutcomeChoice(PolicyModel):
    """A conclusion a reviewer may draw, and its button's text."""

    outcome: Outcome
    label: str = ""


class ReviewSettings(PolicyModel):
    """Who reviews when and with which conclusions."""

    levels: tuple[ReviewLevel, ...] = Field(default=(ReviewLevel.SITE, ReviewLevel.DISTRICT), min_length=1)
    start_at: Instant | None = None
    calendar: ReviewCalendar = ReviewCalendar()
    open_when: OpenWhen = OpenWhen.SUBMITTED
    outcomes: tuple[OutcomeChoice, ...] = (
        OutcomeChoice(outcome=Outcome.PASS),
        OutcomeChoice(outcome=Outcome.SUPPLEMENT),
        OutcomeChoice(outcome=Outcome.REJECT),
    )
    handover: Handover = Handover.EACH
    mode: ReviewMode = ReviewMode.ONLINE

    @model_validator(mode="after")
    def _levels_ascend(self) -> Self:
        if list(self.levels) != [level for level in _LEVEL_ORDER if level in self.levels]:
            raise ValueError(f"levels must ascend ({' < '.join(_LEVEL_ORDER)}) and stand once each")
        return self


class ResubmitSettings(PolicyModel):
    """When a send-back counts as answered, and who gets the answer."""

    settle: Duration = timedelta(minutes=2)
    to: ResubmitTo = ResubmitTo.SENDER


class ResultSettings(PolicyModel):
    """Where and when the candidate reads the result."""

    display: ResultDisplay = ResultDisplay.MESSAGES
    release: dict[ReviewLevel, Release] = Field(default_factory=dict)

    def release_of(self, level: ReviewLevel) -> Release:
        """Return when this level's result goes out."""
        return self.release.get(level, Release.IMMEDIATELY)


class SerialSettings(PolicyModel):
    """The serial number on the notice."""

    issue_on: SerialIssueOn = SerialIssueOn.NEVER


class PrintedNoticeSettings(PolicyModel):
    """The printable notice of successful registration (made by the registration system)."""

    print: bool = True


class NotifySettings(PolicyModel):
    """What a candidate is told, on which channels and in which words."""

    channels: dict[NoticeKind, ChannelSet] = Field(default_factory=dict)
    sms_signature: str = ""
    on_pass: bool = False
    phone_to: PhoneToSet = frozenset({PhoneTo.CANDIDATE})
    sms_texts: dict[NoticeKind, Text] = Field(default_factory=dict)
    message_texts: dict[MessageCode, Text] = Field(default_factory=dict)
    quiet_hours: TimeSpan | None = None

    @model_validator(mode="after")
    def _sms_can_be_sent(self) -> Self:
        for kind, text in self.sms_texts.items():
            bad = sorted(set(text) & set(_FORBIDDEN_IN_SMS))
            if bad:
                raise ValueError(f"sms_texts.{kind} contains {' '.join(bad)}, which no provider accepts")
            refuse_unknown_placeholders(f"sms_texts.{kind}", text, frozenset())
        return self

    def channels_of(self, kind: NoticeKind) -> frozenset[Channel]:
        """Return the channels for this kind of event: the page alone where nothing else is said."""
        channels = self.channels.get(kind, frozenset({Channel.INAPP}))
        passed = kind in {NoticeKind.PASSED, NoticeKind.SITE_PASSED}
        return channels - {Channel.SMS} if passed and not self.on_pass else channels

    def sms_text(self, kind: NoticeKind) -> str | None:
        """Return the SMS text for this kind of event, without the signature."""
        return self.sms_texts.get(kind)

    def message_text(self, code: str) -> str:
        """Return the page's text for a message code; a loaded policy has one for each."""
        return self.message_texts.get(code, code)


class Window(PolicyModel):
    """The time of first upload; an open end has no limit."""

    open: Instant | None = None
    close: Instant | None = None
    duration: Duration | None = None
    on_expiry: OnExpiry = OnExpiry.LOCK

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.open and self.close and self.open >= self.close:
            raise ValueError(f"close {self.close.isoformat()} is not after open {self.open.isoformat()}")
        if self.close and self.duration:
            raise ValueError("close and duration exclude each other")
        return self


class Deadline(PolicyModel):
    """A time limit: a duration from the occasion, a fixed instant, or none."""

    duration: Duration | None = None
    instant: Instant | None = None
    on_expiry: OnExpiry = OnExpiry.NONE

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.duration and self.instant:
            raise ValueError("duration and instant exclude each other")
        return self


class DeadlineSettings(PolicyModel):
    """The time limits of a session."""

    upload_window: Window = Window()
    supplement: Deadline = Deadline()
    due_paper: Deadline = Deadline()
    minimum_waking: Duration | None = None


class StatusSettings(PolicyModel):
    """The card's word for every internal state."""

    text: dict[CardState, Text] = Field(default_factory=dict)

    def word(self, state: CardState) -> str:
        """Return the card's word for this state; a loaded policy has one for each."""
        return self.text.get(state, state.value)
