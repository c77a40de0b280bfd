"""`kaoshen parked SERVICE list|show|replay`: what could not be handled, and back into its queue."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from pydantic_settings import SettingsConfigDict

from shared.clock import SystemClock
from shared.errors import NotFoundError, TransientError
from shared.keys import SERVICES, KeyRing
from shared.messaging.parked import ParkedMessages
from shared.messaging.publisher import publishing
from shared.mongo import database_at
from shared.sealing import FieldCipher
from shared.settings import ServiceSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command in the environment of the service."""
    parser = argparse.ArgumentParser(prog="kaoshen parked", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what waits, oldest first")
    commands.add_parser("show", help="one message's body").add_argument("id")
    commands.add_parser("replay", help="back into its queue").add_argument("id", help="an id, or `all`")
    given = parser.parse_args(arguments)
    try:
        return asyncio.run(_run(given))
    except NotFoundError:
        sys.stderr.write(f"nothing is parked under {given.id}\n")
    except TransientError as error:
        sys.stderr.write(f"not now: {error.code}\n")
    return 1


async def _run(given: argparse.Namespace) -> int:
    settings = _settings(given.service)
    cipher = FieldCipher.of(KeyRing(settings.keys.directory))
    async with (
        database_at(settings.mongo) as database,
        publishing(settings.broker, f"{given.service}.cli") as publisher,
    ):
        parked = ParkedMessages(given.service, database["parked"], cipher, SystemClock())
        if given.command == "list":
            for message in await parked.waiting():
                row = (message.parked_at.isoformat(), message.id, message.queue, message.type, message.reason)
                sys.stdout.write("  ".join(row) + "\n")
        elif given.command == "show":
            body = await parked.body(given.id)
            sys.stdout.write(json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n")
        else:
            wanted = [m.id for m in await parked.waiting()] if given.id == "all" else [given.id]
            for message_id in wanted:
                replayed = await parked.replay(message_id, publisher)
                sys.stdout.write(f"replayed {replayed.id} to {replayed.queue}\n")
    return 0


def _settings(service: str) -> ServiceSettings:
    class Settings(ServiceSettings):
        model_config = SettingsConfigDict(env_prefix=f"{service.upper()}_")

    return Settings()
