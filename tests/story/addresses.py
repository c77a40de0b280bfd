"""Where the system under the story is: told by the environment, or by the running system's status file."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]


class NotRunningError(Exception):
    """No system was found to play the story on."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The doors of the system and of the simulated outer world, and the data it was started with."""

    gateway: str
    registration_system: str
    sms_provider: str
    roster: Path
    staff: Path
    policy: str


def find_addresses() -> Addresses:
    """Return where the system is.

    Raises:
        NotRunningError: neither the environment nor the home's status file says it.
    """
    status = _status(Path(os.environ.get("KAOSHEN_HOME") or _ROOT / ".run"))
    gateway = os.environ.get("KAOSHEN_GATEWAY") or status.get("url")
    registration_system = os.environ.get("KAOSHEN_REGISTRATION_SYSTEM") or status.get(
        "registration_system_url"
    )
    sms_provider = os.environ.get("KAOSHEN_SMS") or status.get("sms_provider_url")
    if gateway is None or registration_system is None or sms_provider is None:
        raise NotRunningError("no running system found: start it with `make run`, or set KAOSHEN_GATEWAY")
    demo = _ROOT / "deploy" / "demo"
    policies = status.get("policy_files") or ["demo.yaml"]
    return Addresses(
        gateway=str(gateway),
        registration_system=str(registration_system),
        sms_provider=str(sms_provider),
        roster=Path(status.get("roster") or demo / "roster.yaml"),
        staff=Path(status.get("staff") or demo / "staff.yaml"),
        policy=Path(policies[0]).stem,
    )


def _status(home: Path) -> dict[str, Any]:
    try:
        status: dict[str, Any] = json.loads((home / "status.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return status
