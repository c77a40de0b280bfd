"""Writes `topology.json` from the services' subscriptions: `python -m deploy.rabbitmq.topology`."""

import json
from importlib import import_module
from pathlib import Path
from typing import get_args

from shared.events.envelope import ServiceName
from shared.messaging.topology import Definition, QueueSpec, definitions

TOPOLOGY = Path(__file__).with_name("topology.json")
SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)


def all_queues() -> list[QueueSpec]:
    """Return the queues of all services."""
    return [queue for name in SERVICES for queue in import_module(f"services.{name}.consumers").QUEUES]


def topology() -> Definition:
    """Return what stands at the broker before any service starts."""
    return definitions(all_queues(), SERVICES)


if __name__ == "__main__":
    TOPOLOGY.write_text(json.dumps(topology(), indent=1) + "\n")
