"""Policies for tests: the shipped ones, and files written for one test."""

from pathlib import Path

from shared.policy.loader import load_policy
from shared.policy.model import Policy

SHIPPED = Path(__file__).parents[3] / "deploy" / "policies"


def shipped(name: str) -> Policy:
    """Return a shipped policy."""
    return load_policy(SHIPPED / f"{name}.yaml")


def written(folder: Path, text: str, name: str = "trial") -> Path:
    """Write a policy file and return its path."""
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file
