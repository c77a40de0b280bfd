"""A process that a crash point kills: one command on one case."""

import asyncio
import sys

from pydantic import SecretStr

from services.review.app import Ports, build_use_cases
from services.review.documents import CaseDocuments
from services.review.repository import MongoCases
from services.review.use_cases import UseCases
from shared.events import Envelope
from shared.events.writer import EventWriter
from shared.messaging.outbox import Outbox
from shared.mongo import Database, database_at
from shared.settings import MongoSettings
from tests.review.builders import BOOK, CASE, a_site_reviewer
from tests.review.fakes import FakeGrants
from tests.support.clocks import StandingClock
from tests.support.fakes import InMemoryRevocations
from tests.support.keys import a_cipher, a_sealer

WANG = a_site_reviewer()


class Nobody:
    """A broker to which nothing gets through in time."""

    async def publish(self, _: Envelope, /) -> None:
        """Take for ever."""
        await asyncio.sleep(3600)


def use_cases_on(database: Database) -> UseCases:
    """Return the use cases over the real adapter."""
    collection = database["cases"]
    writer = EventWriter("review", StandingClock(), a_sealer("review"))
    cases = MongoCases(collection, Outbox(collection, Nobody()), writer, CaseDocuments(a_cipher()))
    return build_use_cases(Ports(StandingClock(), BOOK, cases, FakeGrants(), InMemoryRevocations()))


async def command(use_cases: UseCases, name: str) -> None:
    """Run one command as a reviewer."""
    match name:
        case "claim":
            await use_cases.claim_case(WANG, CASE)
        case "release":
            await use_cases.release_claim(WANG, CASE)
        case "pass" | "send_back" | "reject":
            await use_cases.conclude_case(WANG, CASE, name, "理由")
        case _:
            raise ValueError(name)


async def main(url: str, database: str, name: str) -> None:
    """Run one command against a database."""
    async with database_at(MongoSettings(url=SecretStr(url), database=database)) as opened:
        await command(use_cases_on(opened), name)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
