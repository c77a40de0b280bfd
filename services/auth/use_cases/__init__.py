"""What auth can do."""

from dataclasses import dataclass

from services.auth.use_cases.entry import ActivateAccount, OpenEntry
from services.auth.use_cases.profile import ShowCandidate, ShowPortal, ShowStaff
from services.auth.use_cases.roster import ImportRoster, ImportStaff
from services.auth.use_cases.sessions import RefreshSession, SignOut
from services.auth.use_cases.sign_in import SignInCandidate, SignInStaff, StepUp


@dataclass(frozen=True, slots=True)
class UseCases:
    """Every verb, wired."""

    open_entry: OpenEntry
    activate_account: ActivateAccount
    sign_in_candidate: SignInCandidate
    sign_in_staff: SignInStaff
    step_up: StepUp
    refresh_session: RefreshSession
    sign_out: SignOut
    show_candidate: ShowCandidate
    show_staff: ShowStaff
    show_portal: ShowPortal
    import_roster: ImportRoster
    import_staff: ImportStaff
