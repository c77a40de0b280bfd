"""The services' processes and the simulators of the outer world."""

import sys
from functools import partial

from deploy.embedded import probes
from deploy.embedded.environment import service_environment
from deploy.embedded.layout import ROOT
from deploy.embedded.parts import Part
from deploy.embedded.plan import Plan, ServicePart

_SERVERS_OF_ALL = ("broker", "database")


def service(plan: Plan, part: ServicePart) -> Part:
    """Return one process of a service."""
    ports = plan.ports.of_slot(part.slot)
    return Part(
        name=part.name,
        command=(sys.executable, "-m", f"services.{part.service}", part.role),
        probe=probes.http(ports[1], "/readyz"),
        directory=ROOT,
        environment={**service_environment(plan, part), **plan.environment.get(part.name, {})},
        needs=(*_SERVERS_OF_ALL, "objects") if part.service == "uploads" else _SERVERS_OF_ALL,
        ports=ports,
        stop_patience=15.0,
    )


def registration_system(plan: Plan) -> Part:
    """Return the simulated system from which candidates arrive."""
    key = plan.layout.keys / "registration-system" / "registration-system.private.pem"
    port = plan.ports.registration_system
    return _simulator(
        plan,
        "registration-system",
        port,
        *("--gateway", plan.url, "--key", str(key)),
        *("--roster", str(plan.roster), "--staff", str(plan.staff)),
    )


def sms_provider(plan: Plan) -> Part:
    """Return the simulated provider that keeps what it was asked to send."""
    outbox = plan.layout.data / "sms-outbox.jsonl"
    return _simulator(plan, "sms-provider", plan.ports.sms_provider, "--outbox", str(outbox))


def _simulator(plan: Plan, name: str, port: int, *options: str) -> Part:
    module = f"tests.support.simulators.{name.replace('-', '_')}"
    return Part(
        name=name,
        command=(sys.executable, "-m", module, "--port", str(port), *options),
        probe=probes.http(port),
        directory=ROOT,
        environment={"CLOCK_FILE": str(plan.layout.clock)},
        ports=(port,),
    )


def all_services(plan: Plan) -> list[Part]:
    """Return every process of every service, and the simulators."""
    return [
        *map(partial(service, plan), plan.service_parts()),
        registration_system(plan),
        sms_provider(plan),
    ]
