"""Values that tests of review are made of."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.review.case import Step, claim, judge
from services.review.conclusion import Concluding, conclude
from services.review.deadlines import times_of_send_back
from services.review.following import follow_dossier, follow_registration, lock
from services.review.model import Case, Conclusion, Judgement, Staff
from shared.events.auth import RegistrationChanged
from shared.events.review import ReviewLevel
from shared.events.uploads import (
    DossierChanged,
    DossierLocked,
    DossierStage,
    ManifestItem,
    OpenSendback,
)
from shared.policy.loader import PolicyBook, load_policy
from tests.support.clocks import A_MORNING
from tests.support.envelopes import a_registration_state

POLICIES = Path(__file__).resolve().parents[2] / "deploy" / "policies"
DEMO = load_policy(POLICIES / "demo.yaml")
SHANDONG = load_policy(POLICIES / "shandong-2020.yaml")
BOOK = PolicyBook.of([DEMO])
CASE = "0190c0de-0000-7000-8000-000000000001"
CANDIDATE = "candidate-1"
DIPLOMA_TEXT = "毕业证编号无法辨别，请重新上传！"


def a_site_reviewer(staff_id: str = "wang", site: str = "jinan", name: str = "王审核员") -> Staff:
    """Return a reviewer at a site's desk."""
    return Staff(staff_id, name, "site", "shandong", site, f"session-{staff_id}")


def a_district_reviewer(staff_id: str = "li", district: str = "shandong") -> Staff:
    """Return a reviewer at the district's desk."""
    return Staff(staff_id, "李审核员", "district", district, None, f"session-{staff_id}")


def a_registration(
    case_id: str = CASE, *, site: str = "jinan", district: str = "shandong", status: str = "active"
) -> RegistrationChanged:
    """Return a registration's state."""
    return a_registration_state(
        {"attributes": {"education": "bachelor", "fresh_graduate": False}},
        registration_id=case_id,
        candidate_id=CANDIDATE,
        district=district,
        site=site,
        status=status,
    )


def a_dossier(
    stage: DossierStage = "submitted",
    *,
    submissions: int = 1,
    hold: int | None = None,
    revision: int = 2,
    at: datetime = A_MORNING,
    expired: bool = False,
    doubtful: int = 0,
) -> DossierChanged:
    """Return a dossier's state; a returned one has a send-back that is open or expired."""
    open_send_back = stage == "returned" and not expired
    return DossierChanged(
        stage=stage,
        revision=revision,
        image_count=2,
        complete=True,
        submitted_at=at,
        submissions=submissions,
        hold=hold,
        send_back=OpenSendback(sendback_id="sb-1", round=1, answered=0, wanted=1) if open_send_back else None,
        doubtful=doubtful,
    )


def an_item(
    image_id: str, category: str = "diploma", slot: str | None = None, replaces: str | None = None
) -> ManifestItem:
    """Return one picture of a manifest."""
    return ManifestItem(
        image_id=image_id,
        category=category,
        slot=slot,
        sha256="0" * 64,
        width=800,
        height=600,
        replaces=replaces,
    )


TWO_ITEMS = (an_item("image-id", "id_proof", "front"), an_item("image-diploma"))


def a_lock(hold: int, items: Sequence[ManifestItem] = TWO_ITEMS, revision: int = 2) -> DossierLocked:
    """Return uploads' answer to a claim."""
    return DossierLocked(hold=hold, revision=revision, digest="0" * 64, items=tuple(items))


def a_waiting_case(
    case_id: str = CASE, *, site: str = "jinan", since: datetime = A_MORNING, doubtful: int = 0
) -> Case:
    """Return a case whose dossier has just been submitted."""
    case = follow_registration(Case(case_id), a_registration(case_id, site=site), 1)
    return follow_dossier(case, a_dossier(at=since, doubtful=doubtful), 3, DEMO, since)


def locked_for(
    case: Case,
    staff: Staff,
    now: datetime = A_MORNING,
    *,
    items: Sequence[ManifestItem] = TWO_ITEMS,
    sequence: int = 4,
) -> Case:
    """Return the case claimed by a reviewer and locked by uploads."""
    claimed = claim(case, staff, now).case
    return lock(claimed, a_lock(claimed.last_hold, items), sequence, DEMO)


def judged(case: Case, staff: Staff, now: datetime = A_MORNING, *, returned: Sequence[str] = ()) -> Case:
    """Return the case with every locked picture judged."""
    assert case.manifest is not None
    for item in case.manifest.items:
        back = item.image_id in returned
        judgement = Judgement("returned", "number_unreadable") if back else Judgement("passed")
        case = judge(case, staff, item.image_id, judgement, policy=DEMO, now=now).case
    return case


def concluded(
    case: Case, staff: Staff, outcome: Conclusion, now: datetime = A_MORNING, comment: str = ""
) -> Step:
    """Return the case after a conclusion."""
    times = times_of_send_back(BOOK.calendar("2020", "shandong", "jinan"), now)
    return conclude(case, staff, Concluding(outcome, comment, DEMO, times), now)


def a_site_passed_case(staff: Staff | None = None) -> Case:
    """Return a case that waits for the district."""
    reviewer = staff or a_site_reviewer()
    return concluded(judged(locked_for(a_waiting_case(), reviewer), reviewer), reviewer, "pass").case


def a_returned_case(level: ReviewLevel = "site") -> Case:
    """Return a case whose diploma was sent back by a level."""
    if level == "site":
        case, staff = a_waiting_case(), a_site_reviewer()
    else:
        case, staff = a_site_passed_case(), a_district_reviewer()
    locked = locked_for(case, staff, sequence=4 if level == "site" else 8)
    return concluded(judged(locked, staff, returned=["image-diploma"]), staff, "send_back").case
