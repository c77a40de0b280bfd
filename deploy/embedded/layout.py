"""Where the embedded system keeps its things: one home folder for data, logs, keys and state."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_HOME = ROOT / ".run"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders and files of one home."""

    home: Path

    @property
    def logs(self) -> Path:
        """One log file per part."""
        return self.home / "logs"

    @property
    def data(self) -> Path:
        """What the servers store."""
        return self.home / "data"

    @property
    def keys(self) -> Path:
        """One folder of keys per service, outside the data."""
        return self.home / "keys"

    @property
    def environments(self) -> Path:
        """One file per service with what its commands need to know (`kaoshen --env FILE ...`)."""
        return self.home / "env"

    @property
    def secrets(self) -> Path:
        """The generated passwords."""
        return self.home / "secrets.json"

    @property
    def status(self) -> Path:
        """Pids, ports and states, for other processes to read."""
        return self.home / "status.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives; holds its pid."""
        return self.home / "supervisor.lock"

    @property
    def clock(self) -> Path:
        """The offset that moves the time of all services together."""
        return self.home / "clock.json"

    def log_of(self, part: str) -> Path:
        """Return the log file of a part."""
        return self.logs / f"{part}.log"

    def make(self) -> None:
        """Create the folders that must be there before anything starts."""
        for folder in (self.home, self.logs, self.data):
            folder.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
