"""`kaoshen parked list|show|replay`: what could not be handled, and back into its queue."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic_settings import SettingsConfigDict

from shared.clock import SystemClock
from shared.env_files import configured_services
from shared.errors import NotFoundError, TransientError
from shared.keys import KeyRing
from shared.messaging.parked import MessageCutError, ParkedMessages
from shared.messaging.publisher import BrokerPublisher, publishing
from shared.mongo import database_at
from shared.sealing import FieldCipher
from shared.settings import ServiceSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command for every service that the environment has settings for."""
    parser = argparse.ArgumentParser(prog="kaoshen parked", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what waits, oldest first")
    commands.add_parser("show", help="one message's body").add_argument("id")
    commands.add_parser("replay", help="back into its queue").add_argument("id", help="an id, or `all`")
    given = parser.parse_args(arguments)
    services = configured_services()
    if not services:
        sys.stderr.write("no service's settings in the environment: give them with `kaoshen --env FILE`\n")
        return 2
    try:
        return asyncio.run(_run(given, services))
    except (MessageCutError, TransientError) as error:
        sys.stderr.write(f"not now: {error.code}\n")
        return 1


@dataclass(frozen=True, slots=True)
class Shelf:
    """One service's parked messages and the account that may send them back."""

    parked: ParkedMessages
    publisher: BrokerPublisher


async def _run(given: argparse.Namespace, services: Sequence[str]) -> int:
    found = False
    for service in services:
        async with _opened(service) as shelf:
            if given.command == "list":
                await _list(shelf)
                found = True
            else:
                found |= await _one_or_all(shelf, given)
    if not found:
        sys.stderr.write(f"nothing is parked under {given.id}\n")
    return 0 if found else 1


async def _list(shelf: Shelf) -> None:
    for message in await shelf.parked.waiting():
        row = (message.parked_at.isoformat(), message.id, message.queue, message.type, message.reason)
        sys.stdout.write("  ".join(row) + "\n")


async def _one_or_all(shelf: Shelf, given: argparse.Namespace) -> bool:
    """Show or replay what this service has under the id; return whether it has anything."""
    try:
        if given.command == "show":
            sys.stdout.write(_readable(await shelf.parked.body(given.id)) + "\n")
        else:
            await _replay(shelf, given.id)
    except NotFoundError:
        return False
    return True


def _readable(body: bytes) -> str:
    """Return a body as people read it: what is no JSON as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode(errors="backslashreplace")


async def _replay(shelf: Shelf, wanted: str) -> None:
    ids = [message.id for message in await shelf.parked.waiting()] if wanted == "all" else [wanted]
    for message_id in ids:
        replayed = await shelf.parked.replay(message_id, shelf.publisher)
        sys.stdout.write(f"replayed {replayed.id} to {replayed.queue}\n")


@asynccontextmanager
async def _opened(service: str) -> AsyncIterator[Shelf]:
    settings = _settings(service)
    cipher = FieldCipher.of(KeyRing(settings.keys.directory))
    async with (
        database_at(settings.mongo) as database,
        publishing(settings.broker, f"{service}.cli") as publisher,
    ):
        yield Shelf(ParkedMessages(service, database["parked"], cipher, SystemClock()), publisher)


def _settings(service: str) -> ServiceSettings:
    class Settings(ServiceSettings):
        model_config = SettingsConfigDict(env_prefix=f"{service.upper()}_")

    return Settings()
