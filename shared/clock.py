"""Time as a port: the system's clock, and one that development can set for all services together."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Looking at a file costs more than reading a clock, and a request asks for the time half a dozen times.
LOOK_AGAIN_SECONDS = 0.01


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's present instant."""
        return _in_milliseconds(datetime.now(UTC))


class SharedOffsetClock:
    """The machine's clock moved by an offset that a file holds for all services (development only)."""

    def __init__(self, path: Path, base: Clock | None = None) -> None:
        self._path = path
        self._base = base or SystemClock()
        self._stamp: tuple[int, int] | None = None
        self._offset = timedelta()
        self._looked_at = -LOOK_AGAIN_SECONDS

    def now(self) -> datetime:
        """Return the present instant as the shared file moves it."""
        self._reread_when_changed()
        return _in_milliseconds(self._base.now() + self._offset)

    def advance(self, by: timedelta) -> datetime:
        """Move the time of every service by a duration; return the new instant."""
        self._reread_when_changed()
        self._write(self._offset + by)
        return self.now()

    def set(self, instant: datetime) -> datetime:
        """Make it a given instant for every service; time goes on from there."""
        self._write(instant - self._base.now())
        return self.now()

    def _write(self, offset: timedelta) -> None:
        self._looked_at = -LOOK_AGAIN_SECONDS
        partial = self._path.with_suffix(".partial")
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"offset_seconds": offset.total_seconds()}))
        partial.replace(self._path)

    def _reread_when_changed(self) -> None:
        looked_at = time.monotonic()
        if looked_at - self._looked_at < LOOK_AGAIN_SECONDS:
            return
        self._looked_at = looked_at
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._offset = None, timedelta()
            return
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._offset = timedelta(seconds=json.loads(self._path.read_text())["offset_seconds"])
            self._stamp = stamp


def _in_milliseconds(instant: datetime) -> datetime:
    """Return the instant as the database keeps it: what is answered at once must read the same later."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def start_of_day(instant: datetime) -> datetime:
    """Return when the day of an instant has begun for the people who work by it."""
    local = instant.astimezone(SHANGHAI)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def shanghai_text(instant: datetime) -> str:
    """Return an instant as messages show it: `2020/3/14 22:02:08` (S0-23)."""
    local = instant.astimezone(SHANGHAI)
    return f"{local.year}/{local.month}/{local.day} {local:%H:%M:%S}"


def shanghai_sentence(instant: datetime) -> str:
    """Return an instant as sentences show it: `3月15日 22:02`."""
    local = instant.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
