"""An operator lists, reads and replays what was parked."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from deploy.embedded import System
from shared.clock import SystemClock
from shared.events.auth import SessionRevoked
from shared.ids import new_id
from shared.keys import KeyRing, init_keys
from shared.messaging.parked_cli import main
from shared.messaging.topology import QueueSpec
from shared.mongo import Database
from shared.sealing import FieldCipher
from shared.settings import BrokerSettings
from tests.support.broker import channel_of, declare, taken
from tests.support.envelopes import a_revocation, enveloped

pytestmark = pytest.mark.real

PARKED = "message-1"
ENVELOPE = enveloped(a_revocation())


@pytest.fixture
async def queue(
    servers: System,
    mongo_database: Database,
    broker_settings: BrokerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[str]:
    """Park one message of a fresh queue and set the environment of an operator of review."""
    spec = QueueSpec(f"review.test-{new_id()[-12:]}", (SessionRevoked,))
    await declare(broker_settings, [spec], ["review"])
    init_keys(tmp_path)
    cipher = FieldCipher.of(KeyRing(tmp_path / "review"))
    await mongo_database["parked"].insert_one(
        {
            "_id": PARKED,
            "queue": spec.name,
            "type": ENVELOPE.type,
            "reason": "failed:ValueError",
            "parked_at": SystemClock().now(),
            "replayed_at": None,
            "length": len(ENVELOPE.to_json()),
            "body": cipher.encrypt_bytes(ENVELOPE.to_json(), PARKED),
        }
    )
    settings = {
        "MONGO__URL": servers.mongo_url("admin"),
        "MONGO__DATABASE": mongo_database.name,
        "BROKER__URL": broker_settings.url.get_secret_value(),
        "HTTP__PORT": "1",
        "HTTP__INTERNAL_PORT": "2",
        "HTTP__ORIGINS": "[]",
        "KEYS__DIRECTORY": str(tmp_path / "review"),
        "POLICY__FILES": "[]",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"REVIEW_{name}", value)
    yield spec.name
    async with channel_of(broker_settings) as channel:
        await channel.queue_delete(spec.name)


async def run(arguments: Sequence[str]) -> int:
    """Run the command as a process of its own would: with its own event loop."""
    return await asyncio.to_thread(main, arguments)


async def test_the_list_names_queue_type_and_reason(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(["list"]) == 0

    assert capsys.readouterr().out.split()[1:] == [PARKED, queue, ENVELOPE.type, "failed:ValueError"]


async def test_a_body_is_shown_as_it_travelled(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await run(["show", PARKED]), bool(queue)) == (0, True)

    assert json.loads(capsys.readouterr().out) == json.loads(ENVELOPE.to_json())


async def test_a_replayed_message_is_back_in_its_queue_and_off_the_list(
    queue: str, broker_settings: BrokerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(["replay", "all"]) == 0
    message = await taken(broker_settings, queue)
    capsys.readouterr()

    assert message is not None
    assert message.body == ENVELOPE.to_json()
    assert (await run(["list"]), capsys.readouterr().out) == (0, "")


async def test_an_unknown_id_is_said_to_be_unknown(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await run(["replay", "nonsense"]), bool(queue)) == (1, True)

    assert "nothing is parked under nonsense" in capsys.readouterr().err
