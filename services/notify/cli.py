"""The commands of notify: looking at SMS that need people."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import get_args

from services.notify.repository import listed_sms
from services.notify.settings import NotifySettings
from services.notify.sms import Sms, State
from shared.mongo import database_at

MOST_LISTED = 500


def main(argv: Sequence[str]) -> int:
    """Run `sms list [--state STATE]`; ids only, never a phone number."""
    given = _parser().parse_args(argv)
    # The environment gives every field.
    found = asyncio.run(_listed(NotifySettings(), given.state))
    for sms in found:
        reason = f"  {sms.failure}" if sms.failure else ""
        line = f"{sms.id}  {sms.registration_id}  {sms.kind}  {sms.state}  attempts={sms.attempt}{reason}"
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(found)} {given.state}\n")
    return 0


async def _listed(settings: NotifySettings, state: State) -> list[Sms]:
    async with database_at(settings.mongo) as database:
        return await listed_sms(database["sms"], state, MOST_LISTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaoshen notify", description="SMS that candidates were sent.")
    subjects = parser.add_subparsers(required=True)
    commands = subjects.add_parser("sms", help="SMS and what became of them").add_subparsers(required=True)
    listing = commands.add_parser("list", help="list SMS in one state, oldest release first")
    listing.add_argument("--state", choices=get_args(State), default="unknown")
    return parser
