"""What auth listens to: nothing yet (the way back to the registration system comes with its interface)."""

from shared.messaging.topology import QueueSpec

QUEUES: tuple[QueueSpec, ...] = ()
