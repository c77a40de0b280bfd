"""Starts the parts in the order of their needs, keeps them running and stops them in reverse."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

from deploy.embedded.child import Child
from deploy.embedded.layout import Layout
from deploy.embedded.leftovers import is_frozen
from deploy.embedded.parts import Part, StartError

Progress = Callable[[str], None]

_LOOK_EVERY = 0.02


class Supervisor:
    """Owns the processes of one system; lives in one event loop."""

    def __init__(self, layout: Layout, changed: Callable[[], None], progress: Progress) -> None:
        self.children: dict[str, Child] = {}
        self._layout = layout
        self._changed = changed
        self._progress = progress

    async def start_all(self, parts: Iterable[Part]) -> None:
        """Start the parts, each as soon as those that it needs answer.

        Raises:
            StartError: one of them does not come up.
        """
        for part in parts:
            self.children[part.name] = Child(part, self._layout, self._changed)
        async with asyncio.TaskGroup() as group:
            for child in self.children.values():
                group.create_task(self._start_in_turn(child))

    async def stop_all(self) -> None:
        """Stop the parts, none before those that need it."""
        remaining = dict(self.children)
        while remaining:
            needed = {need for child in remaining.values() for need in child.part.needs}
            last = [child for name, child in remaining.items() if name not in needed]
            await asyncio.gather(*(child.stop() for child in last))
            for child in last:
                del remaining[child.part.name]

    async def start(self, name: str) -> None:
        """Start one part and wait until it answers."""
        self.children[name].start()
        await self.children[name].until_ready()

    async def stop(self, name: str) -> None:
        """Stop one part; it stays down until it is started."""
        await self.children[name].stop()

    async def restart(self, name: str, extra: Mapping[str, str]) -> None:
        """Stop and start one part, with these additions to its environment."""
        child = self.children[name]
        await child.stop()
        child.extra = dict(extra)
        await self.start(name)

    async def kill(self, name: str) -> None:
        """Kill one part; it is started anew by itself."""
        await self.children[name].kill()

    async def until_ready(self, name: str, patience: float) -> None:
        """Wait until one part answers."""
        await self.children[name].until_ready(patience)

    async def pause(self, name: str) -> None:
        """Freeze a part and return when it stands still."""
        child = self.children[name]
        child.pause()
        while child.pid is not None and not is_frozen(child.pid):  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(_LOOK_EVERY)

    async def resume(self, name: str) -> None:
        """Let one frozen part go on."""
        self.children[name].resume()

    async def add(self, part: Part) -> None:
        """Take one more part and wait until it answers."""
        self.children[part.name] = Child(part, self._layout, self._changed)
        await self.start(part.name)

    async def _start_in_turn(self, child: Child) -> None:
        child.state = "waiting"
        for need in child.part.needs:
            if need in self.children:
                await self.children[need].until_begun()
                await self.children[need].until_ready()
        began = time.monotonic()
        if child.part.prepare is not None:
            await child.part.prepare()
        child.start()
        await child.until_ready()
        self._progress(f"{child.part.name} is up ({time.monotonic() - began:.1f} s)")


def first_cause(errors: BaseExceptionGroup[BaseException]) -> StartError | BaseException:
    """Return what went wrong first among parts that were started together."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            return first_cause(error)
        return error
    return errors
