"""A whole system of one's own with the demo's people in it, for the story and the browser tests."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded import System, plan_for, started
from deploy.embedded.console import Console
from deploy.embedded.demo import Demo
from deploy.embedded.plan import DEMO_POLICY
from deploy.embedded.ports import Ports, free_ports
from tests.story.addresses import Addresses


@contextmanager
def demo_system(
    home: Path,
    policy_files: Sequence[Path] = (DEMO_POLICY,),
    *,
    uploads_instances: int = 1,
    ports: Ports | None = None,
    environment: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[System]:
    """Run a fresh system with roster and staff loaded, as long as the block lasts."""
    plan = plan_for(
        home,
        ports=ports or free_ports(),
        policy_files=policy_files,
        uploads_instances=uploads_instances,
        environment=environment,
    )
    with started(plan) as running:
        Demo(running, Console()).load()
        yield running


def addresses_of(system: System) -> Addresses:
    """Return the system's doors, as the story wants them."""
    plan = system.plan
    return Addresses(
        gateway=plan.url,
        registration_system=plan.registration_system_url,
        sms_provider=plan.sms_provider_url,
        roster=plan.roster,
        staff=plan.staff,
        policy=plan.policy_files[0].stem,
    )
