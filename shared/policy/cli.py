"""Checking policy files before a service is started on them."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.policy.errors import PolicyError
from shared.policy.loader import PolicyFile, read_policy
from shared.policy.model import Policy


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `check FILE...`; return 1 when a file is wrong (with `--startable`: or has no effect yet)."""
    parser = argparse.ArgumentParser(prog="kaoshen policy", description="Check policy files.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="read policies as a service would and show what results")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    check.add_argument(
        "--startable", action="store_true", help="fail also on settings that have no effect yet"
    )
    chosen = parser.parse_args(arguments)
    return max(_check(file, startable=chosen.startable) for file in chosen.files)


def _check(file: Path, *, startable: bool) -> int:
    try:
        loaded = read_policy(file)
    except PolicyError as error:
        _say(str(error))
        return 1
    _say("\n".join(_summary(loaded)))
    return int(startable and bool(loaded.obstacles()))


def _summary(loaded: PolicyFile) -> Iterator[str]:
    policy, obstacles = loaded.policy, loaded.obstacles()
    yield f"{loaded.source.file}: {policy.name}, version {policy.version}"
    yield from (f"  {setting:<12} {value}" for setting, value in _highlights(policy))
    for category in policy.categories:
        count = f"{category.min_images}..{category.max_images}"
        yield f"  {category.code:<28} {count:<6} required when {category.required_when}"
    for group in policy.groups:
        yield f"  one of {' | '.join(group.any_of)} required when {group.required_when}"
    yield f"  a service {'can' if not obstacles else 'can NOT yet'} be started on it"
    yield from (f"  {fault}" for fault in obstacles)


def _highlights(policy: Policy) -> Iterator[tuple[str, str]]:
    place = policy.applies_to
    where = " ".join([*place.districts, *place.sites]) or "every district"
    yield "portal", policy.portal.title
    yield "applies to", f"session {place.session or 'any'}, {where}"
    yield "auth", f"{policy.auth.mode}, commitments at {policy.commitment_at}"
    yield "submit", policy.submit.mode
    yield "lock on", ", ".join(sorted(policy.lock.on)) or "nothing"
    yield "unlock", policy.unlock.scope
    yield "watermark", policy.image.watermark
    yield "review", " > ".join(policy.review.levels)
    yield "result", policy.result.display
    yield "supplement", str(policy.deadline.supplement.duration or policy.deadline.supplement.instant or "-")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
