"""What review can do."""

from dataclasses import dataclass

from services.review.use_cases.claims import ClaimCase, ClaimNext, ExpireClaims, ReleaseClaim, RenewClaim
from services.review.use_cases.conclusions import ConcludeCase
from services.review.use_cases.following import (
    BeginReview,
    CloseCase,
    EndRefusedClaim,
    FollowDossier,
    FollowRegistration,
    ForgetPerson,
    NoteDuplicate,
    NoteRefusedWithdrawal,
    NoteRevocation,
    NoteSendBackClosed,
)
from services.review.use_cases.reading import ReadCase, ReadQueue, ReadStatus, ShowCase
from services.review.use_cases.send_backs import ExtendSendBack, WithdrawSendBack
from services.review.use_cases.verdicts import GiveVerdict, TakeBackVerdict
from services.review.use_cases.viewing import GrantViews


@dataclass(frozen=True, slots=True)
class UseCases:
    """One field per use case."""

    follow_registration: FollowRegistration
    follow_dossier: FollowDossier
    begin_review: BeginReview
    end_refused_claim: EndRefusedClaim
    close_case: CloseCase
    forget_person: ForgetPerson
    note_send_back_closed: NoteSendBackClosed
    note_refused_withdrawal: NoteRefusedWithdrawal
    note_duplicate: NoteDuplicate
    note_revocation: NoteRevocation
    claim_case: ClaimCase
    claim_next: ClaimNext
    renew_claim: RenewClaim
    release_claim: ReleaseClaim
    expire_claims: ExpireClaims
    give_verdict: GiveVerdict
    take_back_verdict: TakeBackVerdict
    conclude_case: ConcludeCase
    withdraw_send_back: WithdrawSendBack
    extend_send_back: ExtendSendBack
    grant_views: GrantViews
    read_queue: ReadQueue
    read_case: ReadCase
    show_case: ShowCase
    read_status: ReadStatus
