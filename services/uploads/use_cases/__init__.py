"""What uploads can do: the table of contents."""

from dataclasses import dataclass

from services.uploads.use_cases.closing import RunDue
from services.uploads.use_cases.confirming import ConfirmImage
from services.uploads.use_cases.following import FollowRegistration, NoteRevocation
from services.uploads.use_cases.handshake import ApplyDecision, LockForReview, OpenSendBack, ReleaseHold
from services.uploads.use_cases.intake import AcceptImage
from services.uploads.use_cases.opening import OpenDossier
from services.uploads.use_cases.showing import ShowImage
from services.uploads.use_cases.staff_views import ShowImageToStaff
from services.uploads.use_cases.submission import RemoveImage, SubmitDossier


@dataclass(frozen=True, slots=True)
class UseCases:
    """One field per use case; the workers' one stands alone, as it needs the workshop."""

    open_dossier: OpenDossier
    accept_image: AcceptImage
    remove_image: RemoveImage
    confirm_image: ConfirmImage
    submit_dossier: SubmitDossier
    show_image: ShowImage
    show_image_to_staff: ShowImageToStaff
    lock_for_review: LockForReview
    release_hold: ReleaseHold
    open_send_back: OpenSendBack
    apply_decision: ApplyDecision
    follow_registration: FollowRegistration
    note_revocation: NoteRevocation
    run_due: RunDue
