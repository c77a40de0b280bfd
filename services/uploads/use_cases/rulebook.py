"""What holds for a dossier: rules from policy, calendar and registration; and whose it is."""

from dataclasses import dataclass

from services.uploads.errors import DossierErasedError, DossierNotFoundError, TooEarlyError
from services.uploads.following import Latest
from services.uploads.model import Dossier, Registration, Rules
from services.uploads.ports import Dossiers, Policies, Registrations
from services.uploads.requirements import required_codes
from shared.clock import shanghai_sentence
from shared.rights import Action, owns


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Looks up what holds for a dossier now."""

    registrations: Registrations
    policies: Policies

    async def of(self, dossier: Dossier) -> Rules:
        """Return the rules of a dossier; what its registration asks for stands in it since it was opened.

        Raises:
            TooEarlyError: it does not, and its registration is not known here.
            DossierErasedError: nor will it be, as the dossier was deleted by rule.
        """
        if dossier.required is not None and dossier.erased is None:
            return self._asking_for(dossier.required, dossier)
        registration = await self.registrations.find(dossier.registration_id)
        if registration is None:
            refuse_erased(dossier)
            raise TooEarlyError
        return self.given(dossier, registration)

    def given(self, dossier: Dossier, registration: Registration) -> Rules:
        """Return the rules of a dossier whose registration is at hand."""
        if dossier.required is not None:
            return self._asking_for(dossier.required, dossier)
        policy = self.policies.version(dossier.policy_version)
        return self._asking_for(required_codes(policy, registration.facts), dossier)

    def _asking_for(self, required: frozenset[str], dossier: Dossier) -> Rules:
        place = dossier.place
        calendar = self.policies.calendar(place.session, place.district, place.site)
        return Rules(
            policy=self.policies.version(dossier.policy_version),
            window=calendar.deadline.upload_window,
            required=required,
            due_paper=calendar.deadline.due_paper,
            review_starts_at=calendar.review_start_at,
        )

    def latest(self, dossier: Dossier, registration: Registration) -> Latest:
        """Return what the registration says now, for the dossier's policy."""
        policy = self.policies.version(dossier.policy_version)
        return Latest(
            place=registration.place,
            required=required_codes(policy, registration.facts),
            superseded_by=registration.superseded_by,
        )


async def owned(action: Action, dossiers: Dossiers, registration_id: str, candidate_id: str) -> Dossier:
    """Return the candidate's own dossier.

    Raises:
        DossierNotFoundError: there is none, or it is somebody else's.
        DossierErasedError: it was deleted by rule.
    """
    dossier = await dossiers.find(registration_id)
    if dossier is None or not owns(action, candidate_id, dossier.candidate_id):
        raise DossierNotFoundError
    refuse_erased(dossier)
    return dossier


def refuse_erased(dossier: Dossier) -> None:
    """Say of a dossier that was deleted when that was.

    Raises:
        DossierErasedError: it was.
    """
    if dossier.erased is not None:
        at = dossier.erased.at
        raise DossierErasedError(
            f"您的报名材料已于{shanghai_sentence(at)}按规定删除", erased_at=at.isoformat()
        )
