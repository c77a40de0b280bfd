"""Events in, envelopes out: the producer's side of the published language."""

import json
from dataclasses import dataclass

import structlog

from shared.clock import Clock
from shared.events.envelope import Envelope, Event, Scope, ServiceName
from shared.ids import new_id
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class EventWriter:
    """Wraps a service's events; personal fields are sealed before anything is stored."""

    producer: ServiceName
    clock: Clock
    sealer: Sealer

    def envelope(self, event: Event, *, subject: str, sequence: int, scope: Scope) -> Envelope:
        """Return the event as it is stored in the outbox and sent."""
        context = structlog.contextvars.get_contextvars()
        event_id = new_id()
        sealed = None
        if event.private is not None:
            text = json.dumps(event.private.model_dump(mode="json"), ensure_ascii=False).encode()
            sealed = self.sealer.seal(text, event.audience, event_id)
        return Envelope(
            id=event_id,
            type=event.type,
            schema_version=event.schema_version,
            sequence=sequence,
            occurred_at=self.clock.now(),
            producer=self.producer,
            subject=subject,
            scope=scope,
            correlation_id=context.get("correlation_id"),
            causation_id=context.get("event_id"),
            data=event.public_data(),
            sealed=sealed,
        )


def read_event(kind: type[Event], envelope: Envelope, sealer: Sealer) -> Event:
    """Return the typed event in an envelope, with its personal fields where they are meant for us.

    Raises:
        ValueError: the content does not fit the type, or the seal is broken.
    """
    content = dict(envelope.data)
    if envelope.sealed is not None and sealer.service in envelope.sealed.keys:
        content["private"] = json.loads(sealer.unseal(envelope.sealed, envelope.id))
    return kind.model_validate(content)
