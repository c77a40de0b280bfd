"""What is known about a picture besides what it shows: measures, and what its file said about the camera."""

import json
from dataclasses import dataclass

from services.uploads.model import Item
from services.uploads.ports import TextCipher
from services.uploads.traits import Camera
from services.uploads.use_cases.showing import finished
from services.uploads.use_cases.staff_views import StaffGate, Viewer


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture's record, and the camera's hint in the clear."""

    item: Item
    camera: Camera


@dataclass(frozen=True, slots=True)
class ShowFactsToStaff:
    """Show a picture's facts to a staff member whom review has granted the picture.

    Raises:
        GrantRefusedError: the grant is not review's, not this viewer's, over, or for other pictures.
        ImageNotFoundError: there is no such picture.
    """

    gate: StaffGate
    cipher: TextCipher

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str) -> PictureFacts:
        """Return the facts; they show nothing of the paper, so no view is written down."""
        item = (await self.gate.admit(image_id, viewer, grant_token)).item
        sealed = finished(item).camera
        said = json.loads(self.cipher.decrypt(sealed, image_id)) if sealed else {}
        return PictureFacts(item, Camera(**said))
