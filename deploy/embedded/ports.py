"""The ports of one embedded system: a block of loopback ports counted from one base."""

import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
BLOCK = 100
DEFAULT_BASE = 18100
DEFAULT_GATEWAY = 8080


class PortTakenError(Exception):
    """Another program listens on a port that the system needs."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port by its place in the block; services have theirs from 10 on."""

    base: int = DEFAULT_BASE
    gateway: int = DEFAULT_GATEWAY

    @property
    def broker(self) -> int:
        """Where the broker speaks AMQP."""
        return self.base

    @property
    def broker_distribution(self) -> int:
        """Where the broker's node listens for its command line tools."""
        return self.base + 1

    @property
    def port_mapper(self) -> int:
        """Where the broker's port mapper listens."""
        return self.base + 2

    @property
    def database(self) -> int:
        """Where the database listens."""
        return self.base + 3

    @property
    def objects(self) -> int:
        """Where the object store listens."""
        return self.base + 4

    @property
    def registration_system(self) -> int:
        """Where the simulated registration system listens."""
        return self.base + 5

    @property
    def sms_provider(self) -> int:
        """Where the simulated SMS provider listens."""
        return self.base + 6

    def of_slot(self, slot: int) -> tuple[int, int]:
        """Return the public and the internal port of a service's process."""
        return self.base + slot, self.base + slot + 1


def free_ports() -> Ports:
    """Return a block below the ephemeral range in which nothing listens, for tests."""
    while True:
        base = random.SystemRandom().randrange(20_000, 32_000, BLOCK)
        if all(is_free(port) for port in range(base, base + BLOCK)):
            return Ports(base=base, gateway=base + BLOCK - 1)


def is_free(port: int) -> bool:
    """Tell whether a port of the loopback address can be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(wanted: Iterable[tuple[str, int]]) -> None:
    """Check that each named part can have its port.

    Raises:
        PortTakenError: with a sentence that says which port, for what, and how to choose another.
    """
    for part, port in wanted:
        if not is_free(port):
            option = "PORT" if part == "gateway" else "PORTS_FROM"
            raise PortTakenError(
                f"port {port}, needed by {part}, is taken by another program;"
                f" choose another with {option}=<number>"
            )
