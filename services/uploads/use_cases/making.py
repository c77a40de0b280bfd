"""Making copy and thumbnail of an original, and keeping them."""

import json
import secrets
from dataclasses import asdict, dataclass

from services.uploads.model import Derivatives, Item
from services.uploads.ports import Objects, TextCipher, Workshop
from services.uploads.tasks import Finish, Processed, Unreadable
from services.uploads.traits import Camera
from shared.clock import Clock
from shared.crashpoints import crashpoint


@dataclass(frozen=True, slots=True)
class MakeDerivatives:
    """Have an original processed and keep what comes of it under a key that was never used before."""

    objects: Objects
    workshop: Workshop
    cipher: TextCipher
    clock: Clock

    async def __call__(
        self, registration_id: str, item: Item, content: bytes, watermark: str
    ) -> Derivatives | Unreadable:
        """Return where everything lies; nothing points there yet."""
        made = await self.processed(content, watermark)
        return made if isinstance(made, Unreadable) else await self.kept(registration_id, item, made)

    async def processed(self, content: bytes, watermark: str) -> Processed | Unreadable:
        """Return what the workshop makes of an original."""
        made = await self.workshop.do(Finish(content, watermark))
        crashpoint("worker.after_decode")
        return made

    async def kept(self, registration_id: str, item: Item, made: Processed) -> Derivatives:
        """Keep what was made."""
        key = f"{registration_id}/{item.image_id}/{secrets.token_hex(8)}-derived"
        copy, thumbnail = await self.objects.keep_together(key, (made.copy, made.thumbnail))
        crashpoint("worker.after_put")
        # An original that was made smaller says nothing any more of its camera: what was known stays.
        known = item.derivatives.camera if item.derivatives else None
        camera = self._sealed(made.camera, item.image_id) or known
        return Derivatives(
            made.width, made.height, copy, thumbnail, made.traits, camera, made_at=self.clock.now()
        )

    async def drop(self, made: Derivatives) -> None:
        """Delete what nothing points to; copy and thumbnail may be one object."""
        for key in {made.copy.key, made.thumbnail.key}:
            await self.objects.drop(key)

    def _sealed(self, camera: Camera, image_id: str) -> str | None:
        said = {name: word for name, word in asdict(camera).items() if word}
        return self.cipher.encrypt(json.dumps(said, ensure_ascii=False), image_id) if said else None
