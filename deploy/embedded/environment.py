"""The environment of a service's process; the compose file sets the same names."""

import json

from deploy.embedded.plan import Plan, ServicePart
from deploy.embedded.ports import LOOPBACK

DEVELOPMENT_ONLY = ("CLOCK__FILE",)
"""Names that production must not set."""


def service_environment(plan: Plan, part: ServicePart) -> dict[str, str]:
    """Return what a process of a service reads its settings from."""
    settings = _settings_of_all(plan, part)
    if part.service == "uploads":
        settings |= {**_objects(plan), "MALWARE__CLAMD": ""}
    if part.service == "auth":
        # Only the gateway's word on a visitor's address counts.
        settings |= {"GATEWAY__NETWORKS": json.dumps([f"{LOOPBACK}/32"])}
    if part.service == "notify":
        settings |= {"SMS__PROVIDER": "development", "SMS__URL": plan.sms_provider_url}
    prefix = part.service.upper()
    return {f"{prefix}_{name}": value for name, value in settings.items()}


def _settings_of_all(plan: Plan, part: ServicePart) -> dict[str, str]:
    port, internal_port = plan.ports.of_slot(part.slot)
    origins = [plan.url, plan.url.replace(LOOPBACK, "localhost")]
    return {
        "MONGO__URL": plan.mongo_url(part.service),
        "MONGO__DATABASE": database_of(part.service),
        "BROKER__URL": plan.broker_url(part.service),
        "HTTP__HOST": LOOPBACK,
        "HTTP__PORT": str(port),
        "HTTP__INTERNAL_PORT": str(internal_port),
        "HTTP__ORIGINS": json.dumps(origins),
        "KEYS__DIRECTORY": str(plan.layout.keys / part.service),
        "POLICY__FILES": json.dumps([str(path) for path in plan.policy_files]),
        "LOG__FORMAT": "json",
        "LOG__LEVEL": "INFO",
        "CLOCK__FILE": str(plan.layout.clock),
        "DEVELOPMENT": "true",
    }


def _objects(plan: Plan) -> dict[str, str]:
    return {
        "OBJECTS__ENDPOINT": f"{LOOPBACK}:{plan.ports.objects}",
        "OBJECTS__ACCESS_KEY": plan.accounts.objects_access,
        "OBJECTS__SECRET_KEY": plan.accounts.objects_secret,
        "OBJECTS__BUCKET": "kaoshen-images",
        "OBJECTS__SECURE": "false",
    }


def write_environments(plan: Plan) -> None:
    """Write each service's environment to a file of its own, for the console script."""
    plan.layout.environments.mkdir(exist_ok=True)
    for part in plan.service_parts():
        if part.role == "api":
            target = plan.layout.environments / f"{part.service}.env"
            target.touch(mode=0o600)
            lines = (f"{name}={value}" for name, value in service_environment(plan, part).items())
            target.write_text("\n".join(lines) + "\n")


def database_of(service: str) -> str:
    """Return the name of a service's own database."""
    return f"kaoshen_{service}"
