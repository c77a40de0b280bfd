"""Files with a service's environment, as the embedded system writes them for the console script."""

import os
from pathlib import Path

from shared.keys import SERVICES

DEVELOPMENT_HOME = Path(".run")


def load_environment(file: Path) -> None:
    """Add the lines `NAME=value` of a file to the environment."""
    for line in file.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.startswith("#"):
            os.environ[name] = value


def configured_services() -> list[str]:
    """Return the services that the environment holds settings for.

    Without any, those of the embedded system in `.run` (or `KAOSHEN_HOME`) are loaded first.
    """
    if not _named_in_environment():
        home = Path(os.environ.get("KAOSHEN_HOME", DEVELOPMENT_HOME))
        for file in sorted((home / "env").glob("*.env")):
            load_environment(file)
    return _named_in_environment()


def _named_in_environment() -> list[str]:
    return [service for service in SERVICES if f"{service.upper()}_MONGO__URL" in os.environ]
