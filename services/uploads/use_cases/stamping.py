"""What staff see: covered where it must be, with the viewer's number and the hour across it.

The thumbnail is stamped like the copy: what can be read can be leaked, and it costs a tenth of the copy. What
was made for a viewer is kept in memory for the hour it names, up to a bound.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from services.uploads.model import Box, Item
from services.uploads.ports import Workshop
from services.uploads.tasks import CleanOriginal, StampView, Unreadable
from services.uploads.use_cases.showing import Kind, PictureShelf, finished, stored_of
from shared.clock import SHANGHAI, Clock

Key = tuple[str, Kind, tuple[Box, ...], str]


@dataclass(slots=True)
class StampedPictures:
    """Makes and remembers stamped pictures."""

    shelf: PictureShelf
    workshop: Workshop
    clock: Clock
    most_bytes: int
    _made: "OrderedDict[Key, bytes]" = field(default_factory=OrderedDict)
    _bytes: int = 0

    async def copy(self, item: Item, kind: Kind, boxes: tuple[Box, ...], viewer_number: str) -> bytes:
        """Return a copy or thumbnail for a viewer.

        Raises:
            ImageNotFoundError: it is not ready.
            ImageLostError: the store has lost or changed it.
            TransientError: it can't be stamped now; nothing is shown without its stamp.
        """
        text = self._text(viewer_number)
        key = (item.image_id, kind, boxes, text)
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        stored = stored_of(finished(item), kind)
        made = await self.workshop.do(StampView(await self.shelf.read(item, stored), text, boxes))
        if isinstance(made, Unreadable):
            raise self.shelf.lost(item, made.code)
        self._keep(key, made)
        return made

    async def original(self, item: Item, viewer_number: str) -> bytes:
        """Return the original's pixels, without the mark; never kept.

        Raises:
            ImageLostError: the store has lost or changed it.
            TransientError: it can't be decoded now.
        """
        content = await self.shelf.read(item, item.original)
        made = await self.workshop.do(CleanOriginal(content, self._text(viewer_number)))
        if isinstance(made, Unreadable):
            raise self.shelf.lost(item, made.code)
        return made

    def _text(self, viewer_number: str) -> str:
        return f"{viewer_number}　{self.clock.now().astimezone(SHANGHAI):%Y-%m-%d %H}时"

    def _keep(self, key: Key, made: bytes) -> None:
        self._bytes += len(made) - len(self._made.pop(key, b""))
        self._made[key] = made
        while self._bytes > self.most_bytes:
            _, oldest = self._made.popitem(last=False)
            self._bytes -= len(oldest)
