"""The nouns of notify: whom a registration belongs to, what is told, and what a candidate reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.events import Scope
from shared.policy.values import NoticeKind

Author = Literal["system", "staff"]

# The message codes of the policy's texts, one per kind of notice.
CODES: dict[NoticeKind, str] = {
    NoticeKind.SUBMITTED: "SUBMITTED_LOCKED",
    NoticeKind.RETURNED: "RETURNED",
    NoticeKind.SITE_PASSED: "SITE_PASSED",
    NoticeKind.PASSED: "PASSED",
    NoticeKind.REJECTED: "REJECTED",
    NoticeKind.WITHDRAWN: "WITHDRAWN",
    NoticeKind.ABANDONED: "ABANDONED",
    NoticeKind.SENDBACK_EXPIRED: "SENDBACK_EXPIRED",
    NoticeKind.SENDBACK_WITHDRAWN: "SENDBACK_WITHDRAWN",
    NoticeKind.SENDBACK_EXTENDED: "SENDBACK_EXTENDED",
    NoticeKind.REQUIREMENTS_ADJUSTED: "REQUIREMENTS_ADJUSTED",
    NoticeKind.PURGE_ANNOUNCED: "PURGE_ANNOUNCED",
    NoticeKind.CONFIRMATION_WANTED: "CONFIRMATION_WANTED",
}


@dataclass(frozen=True, slots=True)
class Registration:
    """What notify needs of a registration; an empty phone means that there is none.

    Of one that was erased it knows no more than whose it was, so that old news brings nothing back.
    """

    id: str
    candidate_id: str
    scope: Scope
    name: str
    phone: str
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a candidate is to be told, once per event; not before `release_at`, if there is one."""

    event_id: str
    kind: NoticeKind
    registration_id: str
    scope: Scope
    at: datetime
    release_at: datetime | None = None
    author: Author = "system"
    words: tuple[str, ...] = ()
    sendback_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A line in the area of messages on top of the page (S0-23, S0-29)."""

    id: str
    registration_id: str
    scope: Scope
    at: datetime
    release_at: datetime | None
    author: Author
    code: str
    text: str
    sendback_id: str | None

    def is_visible(self, now: datetime) -> bool:
        """Return whether the candidate may read it."""
        return self.release_at is None or self.release_at <= now


def text_of(notice: Notice, own_text: str) -> str:
    """Return the message's text: the reviewer's words as they are, elsewhere the policy's, then the words.

    The same words for several pictures stand once.
    """
    words = tuple(dict.fromkeys(word for word in map(str.strip, notice.words) if word))
    if notice.kind is NoticeKind.RETURNED and words:
        return "\n".join(words)
    return "\n".join((own_text, *words))


def action_needed(message: Message, closed: frozenset[str]) -> bool:
    """Return whether the candidate is still asked to act: the send-back is open."""
    return message.sendback_id is not None and message.sendback_id not in closed
