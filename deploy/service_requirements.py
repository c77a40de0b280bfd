"""Writes what one service needs from the package index: the shared dependencies and the service's own extra.

`python deploy/service_requirements.py uploads` for the image of uploads; nothing but the standard library.
"""

import sys
import tomllib
from pathlib import Path


def requirements_of(service: str, project: Path) -> list[str]:
    """Return the requirements of a service as the project file states them."""
    declared = tomllib.loads(project.read_text())["project"]
    return [*declared["dependencies"], *declared["optional-dependencies"][service]]


if __name__ == "__main__":
    sys.stdout.write("\n".join(requirements_of(sys.argv[1], Path("pyproject.toml"))) + "\n")
