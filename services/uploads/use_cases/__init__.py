"""What uploads can do: the table of contents."""

from dataclasses import dataclass

from services.uploads.use_cases.closing import FollowCalendars, RunDue
from services.uploads.use_cases.confirming import ConfirmImage
from services.uploads.use_cases.covering import ClearCovers, CoverImage
from services.uploads.use_cases.evidence import AcceptImageOnRecord, ShowAttempts
from services.uploads.use_cases.following import FollowRegistration, NoteRevocation
from services.uploads.use_cases.handshake import (
    ApplyDecision,
    ExtendSendBack,
    LockForReview,
    OpenSendBack,
    ReleaseHold,
    WithdrawSendBack,
)
from services.uploads.use_cases.history import ReadHistory, ReadImageHistory
from services.uploads.use_cases.opening import OpenDossier
from services.uploads.use_cases.picture_facts import ShowFactsToStaff
from services.uploads.use_cases.portrait import CheckPortrait
from services.uploads.use_cases.showing import ShowImage
from services.uploads.use_cases.staff_views import (
    OpenOriginal,
    ShowImageToStaff,
    UncoverImage,
)
from services.uploads.use_cases.submission import (
    AnswerSendBack,
    RemoveImage,
    SubmitDossier,
    WithdrawDossier,
)


@dataclass(frozen=True, slots=True)
class UseCases:
    """One field per use case; the workers' one stands alone, as it needs the workshop."""

    open_dossier: OpenDossier
    accept_image: AcceptImageOnRecord
    show_attempts: ShowAttempts
    check_portrait: CheckPortrait
    remove_image: RemoveImage
    confirm_image: ConfirmImage
    submit_dossier: SubmitDossier
    answer_send_back: AnswerSendBack
    withdraw_dossier: WithdrawDossier
    read_history: ReadHistory
    read_image_history: ReadImageHistory
    show_image: ShowImage
    show_image_to_staff: ShowImageToStaff
    uncover_image: UncoverImage
    open_original: OpenOriginal
    cover_image: CoverImage
    clear_covers: ClearCovers
    show_facts_to_staff: ShowFactsToStaff
    lock_for_review: LockForReview
    release_hold: ReleaseHold
    open_send_back: OpenSendBack
    apply_decision: ApplyDecision
    withdraw_send_back: WithdrawSendBack
    extend_send_back: ExtendSendBack
    follow_registration: FollowRegistration
    note_revocation: NoteRevocation
    run_due: RunDue
    follow_calendars: FollowCalendars
