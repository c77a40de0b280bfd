"""The commands of auth: importing the roster and the staff."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from services.auth.app import composed
from services.auth.roster import Counts, RosterError
from services.auth.settings import AuthSettings
from shared.errors import DomainError
from shared.keys import KeyMissingError
from shared.policy.errors import PolicyError

WRONG_FILE = 2
FAILED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run `roster import FILE` or `staff import FILE`; return the exit code."""
    given = _parser().parse_args(argv)
    try:
        # The environment gives every field.
        counts = asyncio.run(_import(AuthSettings(), given.what, given.file))
    except RosterError as error:
        sys.stderr.write(f"nothing was imported:\n{error}\n")
        return WRONG_FILE
    except (PolicyError, KeyMissingError) as error:
        sys.stderr.write(f"nothing was imported: {error}\n")
        return FAILED
    except DomainError as error:
        sys.stderr.write(f"stopped before the end ({error.code}): {error.detail}; run it again\n")
        return FAILED
    sys.stdout.write(f"{given.what}: {_in_words(counts)}\n")
    return 0


async def _import(settings: AuthSettings, what: str, file: Path) -> Counts:
    async with composed(settings, "cli") as (_, use_cases):
        if what == "roster":
            return await use_cases.import_roster(file)
        return await use_cases.import_staff(file)


def _in_words(counts: Counts) -> str:
    return f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaoshen auth", description="Candidates' roster and staff.")
    subjects = parser.add_subparsers(dest="what", required=True)
    helps = {"roster": "the directory and the registrations", "staff": "reviewers and their rights"}
    for what, text in helps.items():
        commands = subjects.add_parser(what, help=text).add_subparsers(required=True)
        command = commands.add_parser("import", help="bring the store up to a YAML file")
        command.add_argument("file", type=Path)
    return parser
