"""What a part of the system is, for the supervisor: how to start it and how to know that it answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.probes import Probe

Preparation = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the system, with everything that it may have started."""

    name: str
    command: tuple[str, ...]
    probe: Probe
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    prepare: Preparation | None = None
    pid_file: Path | None = None
    stop_patience: float = 12.0


class StartError(Exception):
    """A part did not come up; `part` names it, so that its log can be shown."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part
