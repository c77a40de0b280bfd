"""The candidate's side: reading messages and listening for changes."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from services.notify.errors import RegistrationNotFoundError
from services.notify.live import LiveHub, Stream
from services.notify.model import Message, action_needed
from services.notify.ports import Messages, Registrations, Sendbacks
from shared.clock import Clock
from shared.rights import Action, owns


@dataclass(frozen=True, slots=True)
class Line:
    """A message as it is shown now."""

    message: Message
    action_needed: bool


@dataclass(frozen=True, slots=True)
class ReadMessages:
    """Show the messages of an own registration, newest first.

    Raises:
        RegistrationNotFoundError: there is none of this id, or it is somebody else's.
    """

    registrations: Registrations
    messages: Messages
    sendbacks: Sendbacks
    clock: Clock

    async def __call__(self, candidate_id: str, registration_id: str) -> list[Line]:
        """Return what may be read now."""
        await ensure_own(Action.READ_MESSAGES, self.registrations, candidate_id, registration_id)
        messages = await self.messages.of_registration(registration_id)
        closed = await self.sendbacks.closed_of(registration_id)
        now = self.clock.now()
        return [
            Line(message, action_needed(message, closed)) for message in messages if message.is_visible(now)
        ]


@dataclass(frozen=True, slots=True)
class ListenForChanges:
    """Listen for changes of an own registration.

    Raises:
        RegistrationNotFoundError: there is none of this id, or it is somebody else's.
    """

    registrations: Registrations
    hub: LiveHub

    async def __call__(self, candidate_id: str, registration_id: str) -> AbstractContextManager[Stream]:
        """Return the stream; it is counted while it is held."""
        await ensure_own(Action.LISTEN_FOR_CHANGES, self.registrations, candidate_id, registration_id)
        return self.hub.listening(candidate_id, registration_id)


async def ensure_own(
    action: Action, registrations: Registrations, candidate_id: str, registration_id: str
) -> None:
    """Refuse what is not the candidate's own, exactly as if it did not exist.

    Raises:
        RegistrationNotFoundError: it is absent or foreign.
    """
    registration = await registrations.find(registration_id)
    if registration is None or not owns(action, candidate_id, registration.candidate_id):
        raise RegistrationNotFoundError
