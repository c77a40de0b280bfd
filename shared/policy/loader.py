"""Loading policies: from files with every fault named by file and line, and as the book services use."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.policy.candidate import AppliesTo
from shared.policy.conditions import ConditionError, compile_condition
from shared.policy.errors import Fault, PolicyError, PolicyNotFoundError, UnknownPolicyVersionError
from shared.policy.model import Policy
from shared.policy.office import DeadlineSettings, ReviewCalendar
from shared.policy.source import Place, Source, read_source
from shared.policy.supported import complaints
from shared.policy.values import Instant

__all__ = [
    "Calendar",
    "PolicyBook",
    "PolicyError",
    "PolicyFile",
    "PolicyNotFoundError",
    "UnknownPolicyVersionError",
    "load_policy",
    "read_policy",
]


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy and the files it was read from."""

    policy: Policy
    source: Source

    def obstacles(self) -> tuple[Fault, ...]:
        """Return why a service can't be started on this policy yet."""
        return tuple(self.source.fault(place, reason) for place, reason in complaints(self.policy))


def load_policy(path: Path) -> Policy:
    """Read a policy; it need not be one that a service can be started on.

    Raises:
        PolicyError: the file or one it inherits from is wrong.
    """
    return read_policy(path).policy


def read_policy(path: Path) -> PolicyFile:
    """Read a policy together with where its settings were written.

    Raises:
        PolicyError: the file or one it inherits from is wrong.
    """
    source = read_source(path)
    try:
        policy = Policy.model_validate(source.data)
    except ValidationError as error:
        raise PolicyError(*(_fault(source, detail) for detail in error.errors())) from error
    faults = tuple(_faulty_conditions(policy, source))
    if faults:
        raise PolicyError(*faults)
    return PolicyFile(policy, source)


def _fault(source: Source, detail: ErrorDetails) -> Fault:
    place = detail["loc"]
    setting = ".".join(map(str, place))
    if detail["type"] == "extra_forbidden":
        return source.fault(place, f"unknown setting {setting}")
    reason = detail["msg"].removeprefix("Value error, ")
    return source.fault(place, f"{setting}: {reason}" if setting else reason)


def _faulty_conditions(policy: Policy, source: Source) -> Iterable[Fault]:
    conditions: list[tuple[Place, str]] = []
    for index, category in enumerate(policy.categories):
        conditions.append((("categories", index, "required_when"), category.required_when))
    for index, group in enumerate(policy.groups):
        conditions.append((("groups", index, "required_when"), group.required_when))
    for index, exempt in enumerate(policy.exempt_groups):
        conditions.append((("exempt_groups", index, "when"), exempt.when))
    for place, expression in conditions:
        try:
            compile_condition(expression, policy.registration.attributes)
        except ConditionError as error:
            yield source.fault(place, f"{'.'.join(map(str, place))}: {error}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Windows, deadlines and review hours: they apply at once, whatever version a dossier keeps."""

    deadline: DeadlineSettings
    review_start_at: Instant | None
    review: ReviewCalendar


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """The active policies, by place, and every known version."""

    active: tuple[Policy, ...]
    versions: Mapping[str, Policy]

    @classmethod
    def load(cls, files: Iterable[Path]) -> Self:
        """Read the active policies.

        Raises:
            PolicyError: a file is wrong, names what has no effect yet, or two hold for the same place.
        """
        loaded = [read_policy(Path(file)) for file in files]
        faults = [fault for item in loaded for fault in item.obstacles()]
        faults += _overlaps(loaded)
        if faults:
            raise PolicyError(*faults)
        return cls.of(item.policy for item in loaded)

    @classmethod
    def of(cls, policies: Iterable[Policy]) -> Self:
        """Make a book of policies that are at hand."""
        active = tuple(policies)
        return cls(active, {policy.version: policy for policy in active})

    @property
    def default(self) -> Policy:
        """The first active policy: for pages that belong to no registration.

        Raises:
            PolicyNotFoundError: no policy is active.
        """
        if not self.active:
            raise PolicyNotFoundError
        return self.active[0]

    def resolve(self, session: str, district: str, site: str) -> Policy:
        """Return the active policy for a place; the most specific one wins.

        Raises:
            PolicyNotFoundError: none holds there.
        """
        holding = [policy for policy in self.active if _holds(policy.applies_to, session, district, site)]
        if not holding:
            raise PolicyNotFoundError
        return max(holding, key=lambda policy: _precision(policy.applies_to))

    def calendar(self, session: str, district: str, site: str) -> Calendar:
        """Return the windows and deadlines that hold for a place now.

        Raises:
            PolicyNotFoundError: no active policy holds there.
        """
        policy = self.resolve(session, district, site)
        return Calendar(policy.deadline, policy.review.start_at, policy.review.calendar)

    @property
    def calendar_version(self) -> str:
        """The SHA-256 of all active calendars."""
        calendars = [
            [
                policy.applies_to.model_dump(mode="json"),
                policy.deadline.model_dump(mode="json"),
                policy.review.model_dump(mode="json", include={"start_at", "calendar"}),
            ]
            for policy in self.active
        ]
        return hashlib.sha256(json.dumps(calendars, sort_keys=True).encode()).hexdigest()

    def version(self, version: str) -> Policy:
        """Return the policy of this version, active or archived.

        Raises:
            UnknownPolicyVersionError: the version is not known here (yet).
        """
        try:
            return self.versions[version]
        except KeyError as error:
            raise UnknownPolicyVersionError from error

    def with_versions(self, policies: Iterable[Policy]) -> "PolicyBook":
        """Return the book plus archived versions; of the same version the active one stays."""
        archived = {policy.version: policy for policy in policies}
        return PolicyBook(self.active, archived | dict(self.versions))


def _holds(place: AppliesTo, session: str, district: str, site: str) -> bool:
    return (
        place.session in (None, session)
        and (not place.districts or district in place.districts)
        and (not place.sites or site in place.sites)
    )


def _precision(place: AppliesTo) -> tuple[bool, bool, bool]:
    return bool(place.sites), bool(place.districts), place.session is not None


def _overlaps(loaded: list[PolicyFile]) -> list[Fault]:
    """Find pairs that would be equally right for one place, so that the order of files decided."""
    return [
        second.source.fault(
            ("applies_to",), f"holds for the same place as {first.source.file}; only one may be active"
        )
        for first, second in combinations(loaded, 2)
        if _precision(first.policy.applies_to) == _precision(second.policy.applies_to)
        and _meet(first.policy.applies_to, second.policy.applies_to)
    ]


def _meet(one: AppliesTo, other: AppliesTo) -> bool:
    return (
        one.session == other.session
        and (not one.districts or bool(set(one.districts) & set(other.districts)))
        and (not one.sites or bool(set(one.sites) & set(other.sites)))
    )
