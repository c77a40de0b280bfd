"""The picture of allowed dependencies holds, and its contracts fail when it does not."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLANTED = {
    "services-independent": ("services/review/model.py", "import services.notify.errors"),
    "shared-knows-no-service": ("shared/ids.py", "import services.auth.errors"),
    "layers": ("services/uploads/use_cases/__init__.py", "import services.uploads.repository"),
    "rules-without-drivers": ("services/uploads/dossier.py", "import aiohttp"),
    "mongo-owner": ("services/auth/routes.py", "import pymongo"),
    "broker-owner": ("services/notify/routes.py", "import aio_pika"),
    "objects-owner": ("services/uploads/routes.py", "import minio"),
    "imaging-owner": ("services/uploads/routes.py", "import PIL"),
    "likeness-owner": ("services/uploads/routes.py", "import cv2"),
    "tokens-owner": ("services/uploads/routes.py", "import jwt"),
}


def lint(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run the import contracts on a tree."""
    chosen = [option for contract in contracts for option in ("--contract", contract)]
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(  # noqa: S603 - our own tool on our own tree
        [program, "--no-cache", "--no-logo", *chosen],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the code that a test may spoil."""
    for name in ("services", "shared"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("web/node_modules", "node_modules", "dist"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    result = lint(tree)

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_its_planted_violation() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert {contract["id"] for contract in project["tool"]["importlinter"]["contracts"]} == set(PLANTED)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_reported(contract: str, tree: Path) -> None:
    file, violation = PLANTED[contract]
    with (tree / file).open("a") as source:
        source.write(f"\n{violation}\n")

    result = lint(tree, contract)

    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{_module(file)} -> {violation.removeprefix('import ')}" in result.stdout


def test_a_module_without_a_layer_is_reported(tree: Path) -> None:
    (tree / "services" / "notify" / "astray.py").write_text('"""Belongs nowhere."""\n')

    result = lint(tree, "layers")

    assert result.returncode == 1, result.stdout + result.stderr
    assert "services.notify.astray" in result.stdout


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
