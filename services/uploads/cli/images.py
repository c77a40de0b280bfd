"""`kaoshen images check`: whether pictures still lie as they were stored."""

import argparse
from typing import TYPE_CHECKING

from services.uploads.app import Composed
from services.uploads.cli.command import UNCLEAN, say
from services.uploads.errors import ObjectBrokenError
from services.uploads.object_crypto import ObjectKeyMissingError

if TYPE_CHECKING:
    from services.uploads.cli.command import Subjects


def add_commands(subjects: "Subjects") -> None:
    """Add what can be done with the pictures' objects."""
    verbs = subjects.add_parser("images", help="the pictures' objects").add_subparsers(required=True)
    check = verbs.add_parser("check", help="read and verify every object of a dossier")
    check.add_argument("registration")
    check.set_defaults(command=check_objects)


async def check_objects(service: Composed, given: argparse.Namespace) -> int:
    """Read and verify every object of a dossier's live images."""
    broken = await _broken(service, given.registration)
    for line in broken:
        say(line)
    say(f"broken objects: {len(broken)}")
    return UNCLEAN if broken else 0


async def _broken(service: Composed, registration_id: str) -> list[str]:
    dossier = await service.ports.dossiers.find(registration_id)
    items = dossier.items if dossier else ()
    broken: list[str] = []
    for item in items:
        made = item.derivatives
        for stored in (item.original, *((made.copy, made.thumbnail) if made else ())):
            try:
                if not stored.is_erased:
                    await service.ports.objects.read(stored)
            except ObjectKeyMissingError as error:
                broken.append(f"{stored.key}: {error.__cause__}")
            except ObjectBrokenError as error:
                broken.append(str(error))
    return broken
