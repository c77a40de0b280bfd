"""The console script `kaoshen`: the kernel's commands, and each service's own by its name."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from shared.env_files import load_environment

Command = Callable[[Sequence[str]], int]

KERNEL = {
    "clock": "shared.clock_cli",
    "keys": "shared.keys",
    "parked": "shared.messaging.parked_cli",
    "policy": "shared.policy.cli",
}
SERVICES = {name: f"services.{name}.cli" for name in ("auth", "uploads", "review", "notify")}
# What people look for by its own name.
SHORT = {
    "roster": "services.auth.cli",
    "staff": "services.auth.cli",
    "images": "services.uploads.cli",
    "retention": "services.uploads.cli",
}
# Verbs of the kernel's commands that one service alone can carry out.
VERBS = {("keys", verb): "services.uploads.cli" for verb in ("list", "add", "rotate", "retire")}
USAGE = f"""usage: kaoshen [--env FILE] COMMAND ...

commands: {", ".join(sorted({**KERNEL, **SERVICES, **SHORT}))}
--env FILE reads a service's environment first; the embedded system writes .run/env/<service>.env.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command by name; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["--env"] and len(given) > 1:
        load_environment(Path(given[1]))
        given = given[2:]
    modules = {**KERNEL, **SERVICES, **SHORT}
    if not given or given[0] not in modules:
        sys.stderr.write(USAGE)
        return 2
    name, *rest = given
    of_a_service = VERBS.get((name, rest[0] if rest else ""))
    command: Command = import_module(of_a_service or modules[name]).main
    return command(given if of_a_service or name in SHORT else rest)


if __name__ == "__main__":
    sys.exit(main())
