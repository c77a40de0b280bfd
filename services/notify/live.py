"""Who listens on this instance: streams are told that something changed, and pages then ask.

What a stream has not fetched yet is kept per subject, so that a slow page costs no more than a quick one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.notify.errors import OverloadedError, TooManyStreamsError

MOST_PER_CANDIDATE = 6
MOST_PER_INSTANCE = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """A subject has come to a sequence."""

    subject: str
    sequence: int


@dataclass(slots=True)
class Stream:
    """One open page's ear."""

    registration_id: str
    is_closing: bool = False
    _pending: dict[str, int] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, change: Change) -> None:
        """Keep a change until it is taken; of one subject only the newest."""
        self._pending[change.subject] = max(change.sequence, self._pending.get(change.subject, 0))
        self._woken.set()

    def close(self) -> None:
        """End the stream."""
        self.is_closing = True
        self._woken.set()

    async def take(self, within: float) -> list[Change]:
        """Return what has changed, or nothing after that many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._woken.wait()
        except TimeoutError:
            return []
        self._woken.clear()
        pending, self._pending = self._pending, {}
        return [Change(subject, sequence) for subject, sequence in pending.items()]


class LiveHub:
    """The streams of this instance."""

    def __init__(
        self, per_candidate: int = MOST_PER_CANDIDATE, per_instance: int = MOST_PER_INSTANCE
    ) -> None:
        self._per_candidate = per_candidate
        self._per_instance = per_instance
        self._by_registration: dict[str, list[Stream]] = defaultdict(list)
        self._by_candidate: dict[str, int] = defaultdict(int)
        self._is_closed = False

    @property
    def open_streams(self) -> int:
        """Return how many streams are open."""
        return sum(self._by_candidate.values())

    @contextmanager
    def listening(self, candidate_id: str, registration_id: str) -> Iterator[Stream]:
        """Hold a stream of a registration's changes.

        Raises:
            TooManyStreamsError: the candidate has too many.
            OverloadedError: the instance has too many, or is about to stop.
        """
        if self._is_closed or self.open_streams >= self._per_instance:
            raise OverloadedError
        if self._by_candidate[candidate_id] >= self._per_candidate:
            raise TooManyStreamsError(retry_after=10)
        stream = Stream(registration_id)
        self._by_candidate[candidate_id] += 1
        self._by_registration[registration_id].append(stream)
        try:
            yield stream
        finally:
            self._leave(candidate_id, stream)

    def tell(self, registration_id: str, change: Change) -> None:
        """Tell everyone who listens to a registration."""
        for stream in self._by_registration.get(registration_id, ()):
            stream.put(change)

    def tell_everyone(self) -> None:
        """Tell every page to look again: changes may have been missed."""
        for registration_id in list(self._by_registration):
            self.tell(registration_id, Change(f"registration:{registration_id}", 0))

    def close(self) -> None:
        """End every stream; pages connect again, elsewhere."""
        self._is_closed = True
        for streams in self._by_registration.values():
            for stream in streams:
                stream.close()

    def _leave(self, candidate_id: str, stream: Stream) -> None:
        self._by_candidate[candidate_id] -= 1
        if not self._by_candidate[candidate_id]:
            del self._by_candidate[candidate_id]
        streams = self._by_registration[stream.registration_id]
        streams.remove(stream)
        if not streams:
            del self._by_registration[stream.registration_id]
