"""What became of image versions that are no longer live: who ended them, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.uploads.model import DeadVersion
from services.uploads.ports import Dossiers
from services.uploads.use_cases.rulebook import owned
from services.uploads.use_cases.staff_views import StaffGate, Viewer
from shared.rights import Action

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Show a candidate what became of the own earlier pictures.

    Raises:
        DossierNotFoundError: there is no such dossier, or it is somebody else's.
    """

    dossiers: Dossiers

    async def __call__(self, registration_id: str, candidate_id: str) -> Sequence[DeadVersion]:
        """Return the last versions, the newest end first."""
        dossier = await owned(Action.READ_HISTORY, self.dossiers, registration_id, candidate_id)
        history = await self.dossiers.history(dossier.registration_id, MOST_SHOWN)
        # A version is buried before it ends: what is live still has no end to be shown.
        return [dead for dead in history if dossier.item(dead.item.image_id) is None]


@dataclass(frozen=True, slots=True)
class ReadImageHistory:
    """Show staff which versions came before a granted picture in its place; to see them needs a grant, too.

    Raises:
        GrantRefusedError: the grant is not good for the picture.
        ImageNotFoundError: there is no such picture.
    """

    gate: StaffGate
    dossiers: Dossiers

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str) -> Sequence[DeadVersion]:
        """Return the versions of the same place, the newest end first."""
        admitted = await self.gate.admit_to_own(image_id, viewer, grant_token)
        place = (admitted.item.category, admitted.item.slot)
        history = await self.dossiers.history(admitted.found.dossier.registration_id, MOST_SHOWN)
        return [dead for dead in history if (dead.item.category, dead.item.slot) == place]
