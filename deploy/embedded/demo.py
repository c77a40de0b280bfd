"""What happens once the system is up: the roster and the staff are loaded, the story is played."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from deploy.embedded.console import Console
from deploy.embedded.layout import ROOT
from deploy.embedded.running import System


class DemoError(Exception):
    """A step after the start failed; `log` shows why."""

    def __init__(self, reason: str, log: Path | None = None) -> None:
        super().__init__(reason)
        self.log = log


@dataclass(frozen=True, slots=True)
class Demo:
    """Commands run beside the system, as a person would run them."""

    system: System
    console: Console

    def load(self) -> None:
        """Import the roster and the staff; those that are there already stay as they are.

        Raises:
            DemoError: a file could not be imported.
        """
        plan = self.system.plan
        for kind, file in (("roster", plan.roster), ("staff", plan.staff)):
            self.import_file(kind, file)
            self.console.step(f"{kind} loaded from {_short(file)}")

    def import_file(self, kind: str, file: Path) -> None:
        """Import a file of the registration system or of the staff.

        Raises:
            DemoError: it could not be imported.
        """
        log = self.system.log(f"import-{kind}")
        with log.open("wb") as output:
            result = subprocess.run(  # noqa: S603 - our own module; the file is the person's choice
                [sys.executable, "-m", "services.auth", kind, "import", str(file)],
                cwd=ROOT,
                env=self.system.env_for("auth"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
        if result.returncode != 0:
            raise DemoError(f"{kind} {_short(file)} could not be imported", log)

    def play_story(self) -> int:
        """Play the story and let it speak for itself; return its exit code."""
        return subprocess.run(
            [sys.executable, "-m", "tests.story"],
            cwd=ROOT,
            env={**os.environ, "KAOSHEN_HOME": str(self.system.plan.layout.home)},
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode

    def show_addresses(self) -> None:
        """Say where everything is and who may sign in."""
        plan, line = self.system.plan, self.console.line
        line()
        line(f"  candidate page        {plan.url}/")
        line(f"  reviewer page         {plan.url}/review/")
        line(f"  registration system   {plan.registration_system_url}/       (candidates enter here)")
        line(f"  staff codes (TOTP)    {plan.registration_system_url}/staff")
        line(f"  SMS sent              {plan.sms_provider_url}/")
        for account in _demo_staff(plan.staff):
            line(f"  staff account         {account}")
        line(f"  logs                  {_short(plan.layout.logs)}/")
        line()


def _demo_staff(path: Path) -> list[str]:
    """Return user name, password and role of the staff in a file; the file is the importer's to judge."""
    entries: Any = YAML(typ="safe").load(path) if path.exists() else []
    if isinstance(entries, dict):
        entries = entries.get("staff", [])
    shown = ("username", "password", "role", "display_name")
    return ["  ".join(str(entry[name]) for name in shown if name in entry) for entry in entries]


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
