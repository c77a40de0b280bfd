"""The Dockerfile read as text, and what it does done by hand: one extra, one service, nothing else."""

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from deploy.embedded.layout import ROOT
from deploy.rabbitmq.definitions import SERVICES
from deploy.service_requirements import requirements_of

DOCKERFILE = (ROOT / "deploy" / "service.Dockerfile").read_text()


def stages() -> dict[str, str]:
    """Return the text of each stage by its name."""
    parts = re.split(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    return {parts[n + 1]: parts[n + 2] for n in range(1, len(parts) - 2, 3)}


def copied(stage: str) -> list[str]:
    """Return what a stage copies from the project."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", stages()[stage], re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_a_service_image_holds_the_shared_kernel_and_its_own_folder_only() -> None:
    assert copied("service") == ["shared/", "services/__init__.py", "services/${SERVICE}/"]
    assert copied("service-with-pages") == []


def test_everything_that_is_copied_is_there() -> None:
    for stage in stages():
        for source in copied(stage):
            for service in ("review",) if "web" in source else SERVICES:
                assert list(ROOT.glob(source.replace("${SERVICE}", service).rstrip("/"))), source


@pytest.mark.parametrize("stage", ["service", "setup", "gateway"])
def test_what_runs_is_not_root(stage: str) -> None:
    assert re.search(r"^USER 10001$", stages()[stage], re.MULTILINE)


@pytest.mark.parametrize("stage", ["dependencies", "setup"])
def test_only_tested_versions_are_installed(stage: str) -> None:
    installs = re.findall(r"pip install [^&\n]*", stages()[stage])

    assert installs
    assert all("--constraint requirements.lock" in line for line in installs)


def test_the_lock_pins_every_requirement_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = {_plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    wanted = {
        _plain(line) for service in SERVICES for line in requirements_of(service, ROOT / "pyproject.toml")
    }

    assert wanted <= pinned
    assert "://" not in lock
    assert all(re.match(r"(#|[\w.-]+==[\w.+!]+( ;.*)?$)", line) for line in lock.splitlines())


def _plain(requirement: str) -> str:
    name = re.split(r"[\[<>=~! ;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.real
@pytest.mark.parametrize("service", SERVICES)
def test_a_clean_environment_with_one_extra_imports_its_app(service: str, tmp_path: Path) -> None:
    app = tmp_path / "app"
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    shutil.copytree(ROOT / "shared", app / "shared", ignore=ignored)
    shutil.copytree(ROOT / "services" / service, app / "services" / service, ignore=ignored)
    shutil.copy(ROOT / "services" / "__init__.py", app / "services")
    python = _environment_for(service, tmp_path)

    assert _failure(python, "-c", f"import services.{service}.app, services.{service}.cli", folder=app) == ""

    others = [other for other in SERVICES if other != service]
    for absent in (*(f"services.{other}" for other in others), "pytest", "secantus"):
        assert "ModuleNotFoundError" in _failure(python, "-c", f"import {absent}", folder=app)


def _environment_for(service: str, folder: Path) -> str:
    """Install one service's requirements, at the tested versions, into an environment of its own."""
    venv.create(folder / "venv", symlinks=True)
    python = str(folder / "venv" / "bin" / "python")
    failure = _failure(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--constraint", str(ROOT / "requirements.lock")),
        *requirements_of(service, ROOT / "pyproject.toml"),
        folder=folder,
    )
    assert failure == ""
    return python


def _failure(*command: str, folder: Path) -> str:
    """Run a command; return what it says when it fails."""
    result = subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=120, text=True)  # noqa: S603 - our own
    return result.stderr if result.returncode != 0 else ""
