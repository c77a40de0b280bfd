"""The commands of uploads: looking whether a dossier's pictures still lie as they were stored."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from services.uploads.app import Composed, composed
from services.uploads.errors import ObjectBrokenError
from services.uploads.settings import UploadsSettings
from shared.errors import DomainError

FAILED = 1
BROKEN = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run `images check REGISTRATION`; return the exit code."""
    parser = argparse.ArgumentParser(prog="kaoshen uploads")
    images = parser.add_subparsers(required=True).add_parser("images", help="the pictures' objects")
    check = images.add_subparsers(required=True).add_parser("check", help="read and verify every object")
    check.add_argument("registration")
    given = parser.parse_args(argv)
    try:
        broken = asyncio.run(_check(given.registration))
    except DomainError as error:
        sys.stderr.write(f"stopped before the end ({error.code}): {error.detail}\n")
        return FAILED
    for line in broken:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write("broken objects: " + str(len(broken)) + "\n")
    return BROKEN if broken else 0


async def _check(registration_id: str) -> list[str]:
    async with composed(UploadsSettings(), "cli") as service:
        return await _broken(service, registration_id)


async def _broken(service: Composed, registration_id: str) -> list[str]:
    dossier = await service.ports.dossiers.find(registration_id)
    items = dossier.items if dossier else ()
    broken: list[str] = []
    for item in items:
        made = item.derivatives
        for stored in (item.original, *((made.copy, made.thumbnail) if made else ())):
            try:
                await service.ports.objects.read(stored)
            except ObjectBrokenError as error:
                broken.append(f"{stored.key} {type(error.__cause__ or error).__name__}")
    return broken
