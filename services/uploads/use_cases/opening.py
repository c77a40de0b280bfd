"""Opening a dossier at first entry, and showing it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.uploads.announcing import state_of
from services.uploads.dossier import UNREADABLE
from services.uploads.due import next_look
from services.uploads.errors import DossierNotFoundError
from services.uploads.mark_words import MarkWords, sealed_words
from services.uploads.model import Dossier, Rules
from services.uploads.ports import Dossiers, Registrations, TextCipher
from services.uploads.requirements import required_codes
from services.uploads.use_cases.carrying import CarryPlan
from services.uploads.use_cases.following import CatchUp
from services.uploads.use_cases.rulebook import Rulebook, refuse_erased
from shared.clock import Clock
from shared.events.uploads import CopiesWanted
from shared.rights import Action, owns


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an image was returned, in the reviewer's words."""

    label: str
    text: str


AUTOMATIC = Reason("图片无法读取", "这张图片已按时收到，但无法读取，可能已损坏，请重新拍照或重新保存后上传")


@dataclass(frozen=True, slots=True)
class DossierPage:
    """All that the candidate's page shows; `reasons` by the place's number in the open send-back."""

    dossier: Dossier
    rules: Rules
    reasons: Mapping[int, Reason]
    now: datetime


@dataclass(frozen=True, slots=True)
class OpenDossier:
    """Return the candidate's dossier; the first time, open it under the policy of that moment.

    Raises:
        DossierNotFoundError: there is no such registration, or it is somebody else's.
        DossierErasedError: the dossier was deleted by rule.
    """

    dossiers: Dossiers
    registrations: Registrations
    rulebook: Rulebook
    cipher: TextCipher
    catch_up: CatchUp
    carry_plan: CarryPlan
    clock: Clock

    async def __call__(self, registration_id: str, candidate_id: str) -> DossierPage:
        """Return the page."""
        dossier = await self.dossiers.find(registration_id)
        if dossier is not None and owns(Action.OPEN_DOSSIER, candidate_id, dossier.candidate_id):
            refuse_erased(dossier)
        registration = await self.registrations.find(registration_id)
        if registration is None or not owns(Action.OPEN_DOSSIER, candidate_id, registration.candidate_id):
            raise DossierNotFoundError
        if dossier is None:
            if not registration.is_active:
                raise DossierNotFoundError
            place = registration.place
            policy = self.rulebook.policies.resolve(place.session, place.district, place.site)
            fresh = Dossier(
                registration_id,
                candidate_id,
                place,
                policy.version,
                self.clock.now(),
                required=required_codes(policy, registration.facts),
                words=sealed_words(MarkWords.of(registration), registration_id, self.cipher),
            )
            copying = await self.carry_plan(fresh, registration, policy)
            fresh = replace(fresh, copying=copying)
            rules = self.rulebook.given(fresh, registration)
            fresh = replace(fresh, next_due_at=next_look(fresh, rules, fresh.opened_at))
            wanted = (CopiesWanted(count=len(copying)),) if copying else ()
            await self.dossiers.open(fresh, (state_of(fresh, rules), *wanted))
            # The registration may have changed between its reading and now, when nothing was there to follow.
            await self.catch_up(registration_id)
            dossier = await self.dossiers.find(registration_id) or fresh
        rules = self.rulebook.given(dossier, registration)
        return DossierPage(dossier, rules, self._reasons(dossier), self.clock.now())

    def _reasons(self, dossier: Dossier) -> dict[int, Reason]:
        places = dossier.send_back.places if dossier.send_back else ()
        context = dossier.registration_id
        return {
            number: AUTOMATIC
            if place.reason_code == UNREADABLE and not place.reason_text
            else Reason(
                self.cipher.decrypt(place.reason_label, context),
                self.cipher.decrypt(place.reason_text, context),
            )
            for number, place in enumerate(places)
        }
