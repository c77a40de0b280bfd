"""What other processes may know of a running system, in one file of its home."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deploy.embedded.child import Child
from deploy.embedded.plan import Plan


def status_of(plan: Plan, children: Iterable[Child]) -> dict[str, Any]:
    """Return pids, ports, states and addresses; no secrets."""
    return {
        "home": str(plan.layout.home),
        "supervisor_pid": os.getpid(),
        "url": plan.url,
        "registration_system_url": plan.registration_system_url,
        "sms_provider_url": plan.sms_provider_url,
        "clock_file": str(plan.layout.clock),
        "policy_files": [str(path) for path in plan.policy_files],
        "roster": str(plan.roster),
        "staff": str(plan.staff),
        "parts": {child.part.name: _part(plan, child) for child in children},
    }


def _part(plan: Plan, child: Child) -> dict[str, Any]:
    return {
        "state": child.state,
        "pid": child.pid,
        "ports": list(child.part.ports),
        "starts": child.starts,
        "log": str(plan.layout.log_of(child.part.name)),
    }


def write_status(path: Path, status: dict[str, Any]) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(status, indent=1))
    partial.replace(path)


def read_status(path: Path) -> dict[str, Any] | None:
    """Return the last status written, or nothing when there is none."""
    try:
        status: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return status
