"""The commands of uploads, by subject: the pictures' objects, their keys, their keeping; refused attempts."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from services.uploads.app import composed
from services.uploads.cli import attempts, images, keys, retention
from services.uploads.cli.command import FAILED, Command
from services.uploads.settings import UploadsSettings
from shared.errors import DomainError

SUBJECTS = (attempts, images, keys, retention)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `SUBJECT VERB ...`; return the exit code."""
    parser = argparse.ArgumentParser(prog="kaoshen uploads")
    subjects = parser.add_subparsers(required=True, metavar="SUBJECT")
    for subject in SUBJECTS:
        subject.add_commands(subjects)
    given = parser.parse_args(argv)
    try:
        return asyncio.run(_run(given.command, given))
    except DomainError as error:
        sys.stderr.write(f"stopped before the end ({error.code}): {error.__cause__ or error.detail}\n")
        return FAILED


async def _run(command: Command, given: argparse.Namespace) -> int:
    async with composed(UploadsSettings(), "cli") as service:
        return await command(service, given)
