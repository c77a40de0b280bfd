"""`kaoshen uploads attempts`: uploads that overload, fault or closing refused, as evidence for extra time."""

import argparse
from typing import TYPE_CHECKING

from services.uploads.app import Composed
from services.uploads.cli.command import say
from shared.clock import shanghai_text

if TYPE_CHECKING:
    from services.uploads.cli.command import Subjects


def add_commands(subjects: "Subjects") -> None:
    """Add what can be asked about refused attempts."""
    attempts = subjects.add_parser("attempts", help="uploads that overload, fault or closing refused")
    attempts.add_argument("registration")
    attempts.set_defaults(command=list_attempts)


async def list_attempts(service: Composed, given: argparse.Namespace) -> int:
    """List a registration's refused attempts, oldest first."""
    found = await service.ports.attempts.of(given.registration)
    for each in found:
        place = f"{each.category}/{each.slot or '-'}"
        say(f"{shanghai_text(each.at)} {each.code} {place} {each.candidate_id}")
    say(f"refused attempts: {len(found)}")
    return 0
