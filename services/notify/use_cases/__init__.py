"""What notify can do."""

from dataclasses import dataclass

from services.notify.use_cases.following import (
    CloseSendback,
    FollowRegistration,
    ForgetPerson,
    NoteRevocation,
)
from services.notify.use_cases.inbox import ListenForChanges, ReadMessages
from services.notify.use_cases.sms import SendDueSms, SettleSms
from services.notify.use_cases.telling import Tell


@dataclass(frozen=True, slots=True)
class UseCases:
    """What requests and events lead to."""

    follow_registration: FollowRegistration
    forget_person: ForgetPerson
    close_sendback: CloseSendback
    note_revocation: NoteRevocation
    tell: Tell
    read_messages: ReadMessages
    listen_for_changes: ListenForChanges


@dataclass(frozen=True, slots=True)
class Duties:
    """What falls due."""

    send_sms: SendDueSms
    settle_sms: SettleSms


__all__ = ["Duties", "UseCases"]
