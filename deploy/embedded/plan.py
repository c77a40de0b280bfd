"""One system as it shall run: its home, ports, passwords, policies and how many of what."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from deploy.embedded.accounts import Accounts
from deploy.embedded.layout import ROOT, Layout
from deploy.embedded.ports import LOOPBACK, Ports

DEMO = ROOT / "deploy" / "demo"
DEMO_POLICY = ROOT / "deploy" / "policies" / "demo.yaml"
DEMO_ROSTER = DEMO / "roster.yaml"
DEMO_STAFF = DEMO / "staff.yaml"
MOST_UPLOADS = 10
MOST_WORKERS = 20


@dataclass(frozen=True, slots=True)
class ServicePart:
    """A process of a service: which role it has and which place in the block of ports."""

    name: str
    service: str
    role: str
    slot: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the parts of one system are derived from."""

    layout: Layout
    ports: Ports
    accounts: Accounts
    policy_files: tuple[Path, ...] = (DEMO_POLICY,)
    roster: Path = DEMO_ROSTER
    staff: Path = DEMO_STAFF
    uploads_instances: int = 1
    workers: int = 1
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the gateway serves the pages."""
        return f"http://{LOOPBACK}:{self.ports.gateway}"

    @property
    def registration_system_url(self) -> str:
        """Where the simulated registration system is."""
        return f"http://{LOOPBACK}:{self.ports.registration_system}"

    @property
    def sms_provider_url(self) -> str:
        """Where the simulated SMS provider is."""
        return f"http://{LOOPBACK}:{self.ports.sms_provider}"

    def mongo_url(self, user: str) -> str:
        """Return a user's address of the database; a service's user sees its own data only."""
        password = quote(self.accounts.database(user))
        options = "authSource=admin&w=majority&journal=true"
        return f"mongodb://{user}:{password}@{LOOPBACK}:{self.ports.database}/?{options}"

    def broker_url(self, user: str) -> str:
        """Return a user's address of the broker."""
        return f"amqp://{user}:{quote(self.accounts.broker(user))}@{LOOPBACK}:{self.ports.broker}/"

    def service_parts(self) -> list[ServicePart]:
        """Return every process of every service."""
        return [
            ServicePart("auth", "auth", "api", 10),
            *(uploads_part(n) for n in range(1, self.uploads_instances + 1)),
            *(worker_part(n) for n in range(1, self.workers + 1)),
            ServicePart("uploads-scheduler", "uploads", "scheduler", 20),
            ServicePart("review", "review", "api", 12),
            ServicePart("review-scheduler", "review", "scheduler", 14),
            ServicePart("notify", "notify", "api", 16),
            ServicePart("notify-scheduler", "notify", "scheduler", 18),
        ]


def uploads_part(number: int) -> ServicePart:
    """Return the n-th instance of the uploads interface; the first carries no number."""
    return ServicePart(_numbered("uploads", number), "uploads", "api", 28 + 2 * number)


def worker_part(number: int) -> ServicePart:
    """Return the n-th watermark worker; the first carries no number."""
    return ServicePart(_numbered("watermark", number), "uploads", "worker", 48 + 2 * number)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


async def run_to_end(command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> int:
    """Run a short command of the preparations; return its exit code."""
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        return await process.wait()
