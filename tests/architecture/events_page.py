"""Writes `docs/events.md` from the event types: `python -m tests.architecture.events_page`."""

import sys
from pathlib import Path

from deploy.rabbitmq.topology import all_queues
from shared.events import EVENT_TYPES, Event

PAGE = Path(__file__).resolve().parents[2] / "docs" / "events.md"
HEAD = """# Events

Generated from `shared/events/` by `python -m tests.architecture.events_page`; a test keeps it equal.
*State* events carry a subject's full public state and are applied by sequence; *facts* happen once and are
deduplicated by their id; *passing* ones are said to whoever looks on right now, at most once.
Fields in *italics* travel sealed.

| type | kind | fields | queues |
|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    return HEAD + "".join(_row(kind) for _, kind in sorted(EVENT_TYPES.items()))


def _row(kind: type[Event]) -> str:
    fields = [name for name in kind.model_fields if name != "private"]
    private = kind.model_fields["private"].annotation
    if private is not None and hasattr(private, "model_fields"):
        fields += [f"*{name}*" for name in private.model_fields]
    listening = sorted(queue.name for queue in all_queues() if kind in queue.events)
    sort = "state" if kind.is_state else "passing" if kind.is_passing else "fact"
    return f"| `{kind.type}` | {sort} | {', '.join(fields)} | {', '.join(listening) or '-'} |\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
    sys.stdout.write(f"wrote {PAGE.name}\n")
