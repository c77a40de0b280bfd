"""Values for tests: policies, registrations, dossiers in every stage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from services.uploads.dossier import ImageStep, NewImage, add_image
from services.uploads.handshake import claim, decide, send_back
from services.uploads.model import (
    Derivatives,
    Dossier,
    Item,
    ItemStatus,
    Place,
    Registration,
    ReturnedPlace,
    Rules,
    StoredObject,
)
from services.uploads.submission import submit
from shared.events.auth import RegistrationChanged
from shared.events.review import (
    CaseClaimed,
    CaseDecided,
    CaseSentBack,
    ImageVerdict,
    SentBackItem,
    SentBackItemText,
    SentBackPrivate,
)
from shared.policy.candidate import LockSettings, SubmitSettings, UnlockSettings
from shared.policy.category import MaterialCategory, Slot
from shared.policy.loader import PolicyBook
from shared.policy.model import Policy
from shared.policy.office import Deadline, DeadlineSettings, ReviewSettings, Window
from shared.policy.values import LockOn, OnExpiry, OpenWhen, PolicyModel, SubmitMode, UnlockScope
from tests.support.clocks import A_MORNING
from tests.support.envelopes import a_registration_state

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"
SHANDONG = PolicyBook.load([POLICIES / "shandong-2020.yaml"]).default
DEMO = PolicyBook.load([POLICIES / "demo.yaml"]).default

REGISTRATION = "0ce5467b-4d66-5068-91a4-77b2a6c29815"
CANDIDATE = "6f1c6c1e-0c67-5a0f-9a62-94f2bb6f7f01"
STRANGER = "6f1c6c1e-0c67-5a0f-9a62-94f2bb6f7f02"
PLACE = Place("2020", "37", "3701")
NOW = A_MORNING

SMALL = Policy(
    name="small",
    lock=LockSettings(on=frozenset({LockOn.SUBMIT})),
    categories=(
        MaterialCategory(
            code="idp",
            name="身份证明",
            required_when="true",
            min_images=2,
            max_images=2,
            slots=(Slot(code="front", name="正面"), Slot(code="back", name="反面")),
        ),
        MaterialCategory(code="diploma", name="毕业证书", required_when="true", max_images=3),
        MaterialCategory(code="extra", name="其他材料", min_images=0, max_images=3),
    ),
)


def a_policy(
    *,
    scope: UnlockScope = UnlockScope.DOSSIER,
    locks: frozenset[LockOn] = frozenset({LockOn.SUBMIT}),
    on_expiry: OnExpiry = OnExpiry.FLAG,
    **groups: PolicyModel | bool,
) -> Policy:
    """Return the small policy with other ways to lock and open, and other groups of settings."""
    return SMALL.model_copy(
        update={
            "unlock": UnlockSettings(scope=scope),
            "lock": LockSettings(on=locks),
            "deadline": DeadlineSettings(supplement=Deadline(on_expiry=on_expiry)),
            **groups,
        }
    )


def an_autosave_policy(
    open_when: OpenWhen = OpenWhen.ANY_IMAGE,
    *,
    scope: UnlockScope = UnlockScope.IMAGE,
    locks: frozenset[LockOn] = frozenset({LockOn.REVIEW_CLAIM, LockOn.REVIEW_DECISION}),
    on_expiry: OnExpiry = OnExpiry.NONE,
) -> Policy:
    """Return the small policy handed in as the guide S3 has it."""
    return a_policy(
        scope=scope,
        locks=locks,
        on_expiry=on_expiry,
        submit=SubmitSettings(mode=SubmitMode.AUTOSAVE, require_mandatory=False),
        review=ReviewSettings(open_when=open_when),
    )


def rules_of(
    policy: Policy = SMALL,
    window: Window | None = None,
    *,
    due_paper: Deadline | None = None,
    review_starts_at: datetime | None = None,
) -> Rules:
    """Return the rules of a candidate who needs every category that anybody needs."""
    required = frozenset(c.code for c in policy.categories if c.required_when == "true")
    return Rules(policy, window or Window(), required, due_paper or Deadline(), review_starts_at)


def a_dossier(policy: Policy = SMALL) -> Dossier:
    """Return a dossier just opened."""
    return Dossier(REGISTRATION, CANDIDATE, PLACE, policy.version, NOW)


def an_object(key: str = "k") -> StoredObject:
    """Return where an object would lie."""
    return StoredObject(key, f"k1.{key}", "nonce", key.encode().hex().ljust(64, "0")[:64], 100)


MADE = Derivatives(30, 20, an_object("copy"), an_object("thumbnail"))


def a_new_image(
    name: str, category: str, *, slot: str | None = None, replaces: str | None = None
) -> NewImage:
    """Return an image about to be taken in; its name makes its bytes."""
    sha256 = name.encode().hex().ljust(64, "0")[:64]
    return NewImage(name, category, slot, replaces, sha256, 100, NOW, an_object(name))


def finished(dossier: Dossier) -> Dossier:
    """Return the dossier after its workers have done everything."""
    items = tuple(
        replace(item, status=ItemStatus.READY, derivatives=MADE)
        if item.status is ItemStatus.PROCESSING
        else item
        for item in dossier.items
    )
    return replace(dossier, items=items)


def with_images(dossier: Dossier, rules: Rules, *names: str, now: datetime = NOW) -> Dossier:
    """Return the dossier with ready images, named `category.number`."""
    for name in names:
        dossier = finished(added(dossier, rules, name, now=now).dossier)
    return dossier


def added(
    dossier: Dossier, rules: Rules, name: str, *, replaces: str | None = None, now: datetime = NOW
) -> ImageStep:
    """Add one image, named `category.number`."""
    return add_image(dossier, rules, a_new_image(name, name.partition(".")[0], replaces=replaces), now)


FULL = ("idp.1", "idp.2", "diploma.1")


def a_full_dossier(rules: Rules) -> Dossier:
    """Return a dossier that can be submitted."""
    return with_images(a_dossier(rules.policy), rules, *FULL)


def a_submitted_dossier(rules: Rules) -> Dossier:
    """Return a dossier that was submitted."""
    return submit(a_full_dossier(rules), rules, NOW).dossier


def claimed(dossier: Dossier, rules: Rules, hold: int = 1) -> Dossier:
    """Return the dossier under a hold."""
    step = claim(dossier, rules, a_claim(hold), NOW, NOW)
    assert step is not None
    return step.dossier


def returned(
    rules: Rules, *names: str, hold: int = 1, deadline: datetime | None = None, dossier: Dossier | None = None
) -> Dossier:
    """Return a dossier whose named images were sent back; everything else passed."""
    held = claimed(dossier or a_submitted_dossier(rules), rules, hold)
    event = a_sent_back(held.items, names, hold=hold, deadline=deadline)
    step = send_back(held, rules, event, places_of(event), NOW)
    assert step is not None
    return step.dossier


def decided(
    rules: Rules,
    *,
    final: bool,
    outcome: str = "passed",
    hold: int = 1,
    due_papers: tuple[str, ...] = (),
    dossier: Dossier | None = None,
) -> Dossier:
    """Return a dossier with a level's decision; every picture got a verdict."""
    held = claimed(dossier or a_submitted_dossier(rules), rules, hold)
    verdicts = tuple(ImageVerdict(image_id=item.image_id, verdict="passed") for item in held.items)
    event = a_decision(hold, final=final, outcome=outcome)
    step = decide(held, rules, event.model_copy(update={"verdicts": verdicts, "due_papers": due_papers}), NOW)
    assert step is not None
    return step.dossier


def places_of(event: CaseSentBack) -> list[ReturnedPlace]:
    """Return the places of a send-back, with texts that stand for encrypted ones."""
    return [
        ReturnedPlace(item.category, item.slot, item.image_id, item.reason_code, text.label, text.text)
        for item, text in zip(event.items, event.private.items, strict=True)
    ]


def a_claim(hold: int = 1) -> CaseClaimed:
    """Return a claim."""
    return CaseClaimed(hold=hold, level="site", staff_id="staff-1")


def a_sent_back(
    items: Sequence[Item],
    names: Sequence[str],
    *,
    hold: int = 1,
    deadline: datetime | None = None,
    text: str = "毕业证编号无法辨别，请重新上传！",
) -> CaseSentBack:
    """Return a send-back of the named images."""
    chosen = [item for item in items if item.image_id in names]
    return CaseSentBack(
        hold=hold,
        level="site",
        round=hold,
        sendback_id=f"sb-{hold}",
        items=tuple(
            SentBackItem(
                image_id=item.image_id, category=item.category, slot=item.slot, reason_code="unreadable"
            )
            for item in chosen
        ),
        verdicts=tuple(
            ImageVerdict(image_id=item.image_id, verdict="returned" if item in chosen else "passed")
            for item in items
        ),
        deadline=deadline,
        release_at=NOW,
        private=SentBackPrivate(items=tuple(SentBackItemText(label="看不清", text=text) for _ in chosen)),
    )


def a_decision(hold: int = 1, *, final: bool = True, outcome: str = "passed") -> CaseDecided:
    """Return a decision."""
    return CaseDecided(
        hold=hold,
        level="district" if final else "site",
        outcome="passed" if outcome == "passed" else "rejected",
        final=final,
        verdicts=(),
    )


def a_registration(candidate_id: str = CANDIDATE) -> Registration:
    """Return a registration whose candidate needs ID, diploma, probation proof and licence."""
    return Registration(
        registration_id=REGISTRATION,
        candidate_id=candidate_id,
        place=PLACE,
        category_code="110",
        is_active=True,
        facts={"route": "degree", "employer_type": "other", "level": "physician"},
        district_name="山东省",
        site_name="济南",
        ticket_tail="0001",
        masked_name="张*例",
    )


def a_registration_event(**changes: object) -> RegistrationChanged:
    """Return auth's state of the registration."""
    ids: dict[str, object] = {"registration_id": REGISTRATION, "candidate_id": CANDIDATE}
    return a_registration_state(
        {"attributes": {"route": "degree", "employer_type": "other"}}, **{**ids, **changes}
    )
