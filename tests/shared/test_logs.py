"""What is written to the log, and what never is."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from shared.logs import configure_logs
from shared.settings import LogSettings


@contextmanager
def logging_as_a_service() -> Iterator[None]:
    """Set the logs up as a service does; afterwards they are as before."""
    root, before, settings = logging.getLogger(), dict(vars(logging.getLogger())), structlog.get_config()
    configure_logs(LogSettings(format="json", level="INFO"), "uploads", "api")
    yield
    root.handlers = before["handlers"]
    root.setLevel(before["level"])
    structlog.configure(**settings)
    structlog.contextvars.clear_contextvars()


class FullDisk:
    """A stream that takes nothing."""

    def write(self, _: str) -> int:
        """Refuse a line."""
        raise OSError(28, "No space left on device")


def fail_over(number: str) -> None:
    """Fail while a local variable holds something personal."""
    raise ValueError(len(number))


def test_our_lines_and_those_of_drivers_have_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as_a_service(), structlog.contextvars.bound_contextvars(correlation_id="c1"):
        structlog.get_logger().warning("image.child_lost", attempt=1, reason="没了")
        logging.getLogger("aiormq.channel").warning("a driver's line")
        structlog.get_logger().debug("not.told")

    ours, driver = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    bound = {"service": "uploads", "role": "api", "correlation_id": "c1", "level": "warning"}
    assert ours == bound | {
        "event": "image.child_lost",
        "attempt": 1,
        "reason": "没了",
        "timestamp": ours["timestamp"],
    }
    assert driver == bound | {"event": "a driver's line", "timestamp": driver["timestamp"]}


def test_what_failed_is_told_with_its_place_and_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as_a_service():
        try:
            fail_over("13900000001")
        except ValueError:
            structlog.get_logger().exception("message.failed")

    line = capsys.readouterr().out
    assert json.loads(line)["exception"][0]["exc_type"] == "ValueError"
    assert "13900000001" not in line


def test_b10_a_line_that_cannot_be_written_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())

    with logging_as_a_service():
        structlog.get_logger().info("image.ready")


def test_a_returned_message_is_told_of_without_its_body(capsys: pytest.CaptureFixture[str]) -> None:
    frame = Basic.Return(312, "NO_ROUTE", "kaoshen", "uploads.dossier.changed")
    message = DeliveredMessage(delivery=frame, header=ContentHeader(), body=b"13900000001", channel=None)  # type: ignore[arg-type] # no channel is needed

    with logging_as_a_service():
        logging.getLogger("aiormq.channel").error("Unhandled message %r returning", message)

    line = capsys.readouterr().out
    assert "Unhandled message 'DeliveredMessage' returning" in line
    assert "13900000001" not in line


def test_other_lines_of_drivers_are_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as_a_service():
        logging.getLogger("aiormq.channel").warning("Consumer %r cancelled by %s", "tag", {"node": 1})

    assert "Consumer 'tag' cancelled by {'node': 1}" in capsys.readouterr().out
