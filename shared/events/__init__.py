"""The published language: every event type there is."""

from shared.events import auth, notify, review, uploads
from shared.events.envelope import Envelope, Event, Scope

_MODULES = (auth, uploads, review, notify)

EVENT_TYPES: dict[str, type[Event]] = {
    candidate.type: candidate
    for module in _MODULES
    for candidate in vars(module).values()
    if isinstance(candidate, type) and issubclass(candidate, Event) and candidate is not Event
}

__all__ = ["EVENT_TYPES", "Envelope", "Event", "Scope"]
