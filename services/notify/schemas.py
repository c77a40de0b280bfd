"""What the page asks and reads."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.notify.use_cases.inbox import Line
from shared.clock import shanghai_text
from shared.web.requests import Answer, Request

# Who speaks when it was not the system: the office, never a person's name (S4-11).
STAFF_NAME = "考务人员"


class StreamQuery(Request):
    """Which registration the page shows."""

    registration: str = Field(min_length=1, max_length=80)


class MessageView(Answer):
    """A line in the area of messages."""

    message_id: str
    at: datetime
    time_text: str
    author: Literal["system", "staff"]
    author_name: str | None
    code: str
    text: str
    action_needed: bool

    @classmethod
    def of(cls, line: Line) -> "MessageView":
        """Return the line as it is read."""
        message = line.message
        return cls(
            message_id=message.id,
            at=message.at,
            time_text=shanghai_text(message.at),
            author=message.author,
            author_name=STAFF_NAME if message.author == "staff" else None,
            code=message.code,
            text=message.text,
            action_needed=line.action_needed,
        )


class MessageList(Answer):
    """All messages, newest first."""

    items: list[MessageView]
