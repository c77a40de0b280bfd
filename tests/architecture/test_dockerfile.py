"""The Dockerfile read as text, and what it does done by hand: one extra, one service, nothing else."""

import posixpath
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
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


PAGES = {"service-pages": ROOT / "services" / "review" / "web", "portal": ROOT / "deploy/gateway/portal"}
IMPORT = re.compile(r"""(?:\bfrom|import\(?|url\()\s*["']?([.@][^"'?)\s]+)""")
ALIAS = re.compile(r"""["'](@\w*)["']: fileURLToPath\(new URL\(["']([^"']+)["']""")


@pytest.mark.parametrize("stage", PAGES)
def test_what_a_page_imports_from_outside_its_folder_is_copied_to_where_it_is_looked_for(stage: str) -> None:
    outside = set(_imports_from_outside(stage))

    assert {path.rpartition("/")[2] for path in outside} >= {"tokens.css", "icons.svg"}
    assert {path for path in outside if not _is_in(stage, path)} == set()


def test_what_the_pages_share_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()

    assert "!shared/**" in lines
    assert not [line for line in lines if line.startswith("shared") or "design" in line]


def _workdir(stage: str) -> str:
    return str(re.findall(r"^WORKDIR (\S+)$", stages()[stage], re.MULTILINE)[-1])


def _imports_from_outside(stage: str) -> Iterator[str]:
    """Yield where a page's files look, in the stage's own tree, for what lies outside the page's folder."""
    folder, home = PAGES[stage], _workdir(stage)
    aliases = dict(ALIAS.findall((folder / "vite.config.ts").read_text()))
    for file in folder.joinpath("src").rglob("*.*"):
        if file.suffix not in {".ts", ".vue", ".css"}:
            continue
        for wanted in IMPORT.findall(file.read_text()):
            alias, _, rest = wanted.partition("/")
            start, end = posixpath.join(home, file.parent.relative_to(folder).as_posix()), wanted
            if alias in aliases:
                start, end = home, posixpath.join(aliases[alias], rest)
            found = posixpath.normpath(posixpath.join(start, end))
            if end.startswith(".") and not found.startswith(f"{home}/"):
                yield found


def _is_in(stage: str, path: str) -> bool:
    """Tell whether a stage has a file of the project at this place."""
    for line in re.findall(r"^COPY (?!--from)(.+)$", stages()[stage], re.MULTILINE):
        *sources, target = line.split()
        place = posixpath.normpath(posixpath.join(_workdir(stage), target))
        for source in sources:
            if path.startswith(f"{place}/") and (ROOT / source / posixpath.relpath(path, place)).is_file():
                return True
    return False


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
