"""Structured logs: JSON in production, ids bound by context, never personal data or local variables."""

import contextlib
import logging
import sys
from typing import TextIO

import structlog
from typing_extensions import override

from shared.settings import LogSettings


class WithoutBodies(logging.Filter):
    """Names what carries a body instead of writing it out: a driver tells of returned messages in full."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, without bodies."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                type(each).__name__ if hasattr(each, "body") else each for each in record.args
            )
        return True


class Lines:
    """Writes our own lines, past the standard library's loggers, which take as long again for each.

    As with them, a line that can't be written (a full disk) is lost and fails nobody.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        """Write one line."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = write


def configure_logs(settings: LogSettings, service: str, role: str) -> None:
    """Send structlog and the libraries' logs to standard output in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
        ),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.level]),
        logger_factory=lambda *_: Lines(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(WithoutBodies())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level)
    # Drivers log message bodies and queries at their chatty levels.
    for name in ("aio_pika", "aiormq", "pymongo", "urllib3", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.ERROR)
    structlog.contextvars.bind_contextvars(service=service, role=role)
