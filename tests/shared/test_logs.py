"""What is written to the log, and what never is."""

import logging
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
