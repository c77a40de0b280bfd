"""Failures about policies: a wrong file, a place without policy, a version nobody knows."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from shared.errors import NotFoundError, TransientError


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a policy file."""

    file: Path
    line: int
    reason: str

    @override
    def __str__(self) -> str:
        """Write it as editors expect it."""
        return f"{self.file}:{self.line}: {self.reason}"


class PolicyError(Exception):
    """Policy files are wrong; nothing is started on them."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class PolicyNotFoundError(NotFoundError):
    """No active policy holds for the session, district and site."""

    code: ClassVar[str] = "policy_not_found"
    title: ClassVar[str] = "本考区尚未开放网上审核"


class UnknownPolicyVersionError(TransientError):
    """The version is not known here yet."""

    code: ClassVar[str] = "unknown_policy_version"
    title: ClassVar[str] = "系统繁忙，请稍后再试"
