"""What the environment may and may not ask of a service."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.settings import (
    BrokerSettings,
    ClockSettings,
    HttpSettings,
    KeySettings,
    MongoSettings,
    PolicySettings,
    ServiceSettings,
)


def some_settings(*, clock: Path | None, development: bool) -> ServiceSettings:
    return ServiceSettings(
        mongo=MongoSettings(url=SecretStr("mongodb://x"), database="x"),
        broker=BrokerSettings(url=SecretStr("amqp://x")),
        http=HttpSettings(port=1, internal_port=2, origins=()),
        keys=KeySettings(directory=Path("keys")),
        policy=PolicySettings(files=()),
        clock=ClockSettings(file=clock),
        development=development,
    )


def test_the_time_can_be_moved_in_development_only() -> None:
    with pytest.raises(ValidationError, match="DEVELOPMENT=true"):
        some_settings(clock=Path("clock.json"), development=False)


def test_development_may_move_the_time() -> None:
    assert some_settings(clock=Path("clock.json"), development=True).clock.file == Path("clock.json")


def test_addresses_with_passwords_are_not_printed() -> None:
    assert "mongodb" not in repr(some_settings(clock=None, development=False))
