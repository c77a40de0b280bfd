"""What stands at the broker: one topic exchange, a queue per subscription, retry tiers, parked queues.

Services only look; `definitions()` is loaded by the broker itself, so that no event is published before
the queues of all its listeners exist.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from shared.events.envelope import Event, ServiceName

EXCHANGE = "kaoshen"
RETRY_TIERS: tuple[tuple[str, int], ...] = (
    ("retry.1s", 1_000),
    ("retry.10s", 10_000),
    ("retry.1m", 60_000),
    ("retry.10m", 600_000),
)
DELIVERY_LIMIT = 20
VIRTUAL_HOST = "/"

Definition = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A durable queue of one use case and the event types it takes."""

    name: str
    events: tuple[type[Event], ...]
    prefetch: int = 20

    @property
    def service(self) -> str:
        """Return the service that reads the queue."""
        return self.name.partition(".")[0]


def parked_queue(service: str) -> str:
    """Return the queue where a service's undeliverable messages wait to be parked."""
    return f"{service}.parked"


def queue_arguments(queue: QueueSpec) -> Definition:
    """Return the arguments of a subscription's queue."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": parked_queue(queue.service),
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def retry_arguments(delay_ms: int) -> Definition:
    """Return the arguments of a retry tier: what expires goes back to the queue named by its routing key."""
    return {
        "x-queue-type": "quorum",
        "x-message-ttl": delay_ms,
        "x-dead-letter-exchange": "",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def definitions(queues: Iterable[QueueSpec], services: Iterable[ServiceName]) -> Definition:
    """Return the broker's exchanges, queues and bindings in its own definitions format."""
    queues = sorted(queues, key=lambda queue: queue.name)
    return {
        "exchanges": [
            _exchange(EXCHANGE, "topic"),
            *(_exchange(name, "fanout") for name, _ in RETRY_TIERS),
        ],
        "queues": [
            *(_queue(queue.name, queue_arguments(queue)) for queue in queues),
            *(_queue(name, retry_arguments(delay)) for name, delay in RETRY_TIERS),
            *(_queue(parked_queue(service), {"x-queue-type": "quorum"}) for service in sorted(services)),
        ],
        "bindings": [
            *(
                _binding(EXCHANGE, queue.name, event.type)
                for queue in queues
                for event in sorted(queue.events, key=lambda event: event.type)
            ),
            *(_binding(name, name, "") for name, _ in RETRY_TIERS),
        ],
    }


def _exchange(name: str, kind: str) -> Definition:
    return {
        "name": name,
        "vhost": VIRTUAL_HOST,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _queue(name: str, arguments: Definition) -> Definition:
    return {
        "name": name,
        "vhost": VIRTUAL_HOST,
        "durable": True,
        "auto_delete": False,
        "arguments": arguments,
    }


def _binding(source: str, queue: str, routing_key: str) -> Definition:
    return {
        "source": source,
        "vhost": VIRTUAL_HOST,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": routing_key,
        "arguments": {},
    }
