"""What notify says."""

from typing import ClassVar, Literal

from shared.events.envelope import Code, Event, Id


class MessagePosted(Event):
    """A message stands on the candidate's page; the live streams listen, nobody else."""

    type: ClassVar[str] = "notify.message.posted"

    message_id: Id
    code: Code


class MessageDelivered(Event):
    """The provider took the message over, or reports it as delivered."""

    type: ClassVar[str] = "notify.message.delivered"

    message_id: Id
    channel: Literal["sms"]


class MessageFailed(Event):
    """The message will not arrive by this channel."""

    type: ClassVar[str] = "notify.message.failed"

    message_id: Id
    channel: Literal["sms"]
    code: Code
