"""The dossier as its page gets it: categories, pictures, what was sent back, and the page's texts."""

from datetime import datetime
from typing import Literal, Self

from services.uploads.announcing import visible, visible_stage
from services.uploads.appearance import (
    may_answer,
    may_submit,
    may_withdraw,
    reason_of,
    state_of_image,
    why_closed,
)
from services.uploads.carrying import NOT_CARRIED_OVER
from services.uploads.checklist import (
    GroupAnswer,
    NeedWord,
    ProgressAnswer,
    TemplateAnswer,
    change_word,
    groups_of,
    need_word,
)
from services.uploads.model import ClosedReason, Item, ItemStatus, RefusedItem, Rules
from services.uploads.openness import (
    Closed,
    is_settled,
    item_openness,
    reach,
)
from services.uploads.portraits import PhotoAnswer
from services.uploads.schemas import HintAnswer, ReceiptAnswer
from services.uploads.timing import TimesAnswer
from services.uploads.traits import Doubt
from services.uploads.use_cases.opening import DossierPage
from shared.events.uploads import DossierStage
from shared.policy.category import MaterialCategory
from shared.policy.pictures import PictureRules, picture_rules
from shared.policy.values import CategoryList
from shared.web.requests import Answer

UNREADABLE = "图片无法读取，可能已损坏，请重新拍照或重新保存后上传"
REFUSALS = {
    "image_infected": "图片没有通过安全检查（带有恶意程序的特征），未被接收；请查杀病毒后重新拍照上传",
    NOT_CARRIED_OVER: "原有材料里的这张图片没能自动带过来，请重新上传",
}
IMAGE_PATH = "/api/uploads/images/{image_id}/{kind}"


class ReasonAnswer(Answer):
    """Why an image was returned."""

    reason_label: str
    text: str


class RefusalAnswer(Answer):
    """Why an image could not be taken over."""

    code: str
    detail: str


class CarriedAnswer(Answer):
    """Where a copy comes from: a session in which it was approved, or the registration before this one."""

    session: str
    approved: bool


class ImageAnswer(Answer):
    """An image as the page shows it; `open` = may be deleted or replaced.

    `size_bytes` came, `stored_bytes` are kept: less where the picture was made smaller. `erased` = deleted by
    rule: that it was there is all that is left.
    `doubts` are hints of a measurement, told as long as another picture can be taken.
    """

    image_id: str
    slot: str | None
    status: Literal["processing", "ready", "refused"]
    state: Literal["processing", "awaiting", "uploaded", "locked", "passed", "returned", "refused"]
    awaits: Literal["shrunk", "same_shot"] | None
    open: bool
    refusal: RefusalAnswer | None
    returned: ReasonAnswer | None
    hints: list[HintAnswer]
    size_bytes: int
    stored_bytes: int | None
    width: int | None
    height: int | None
    doubts: tuple[Doubt, ...]
    received_at: datetime
    sha256: str
    carried: CarriedAnswer | None
    thumbnail_url: str | None
    copy_url: str | None
    erased: bool = False

    @classmethod
    def of(cls, page: DossierPage, item: Item) -> Self:
        """Return a live image."""
        is_ready = item.status is ItemStatus.READY
        made = item.derivatives
        is_erased = made is not None and made.copy.is_erased
        reason = reason_of(page, item)
        is_open = not isinstance(item_openness(page.dossier, page.rules, item, page.now), Closed)
        return cls(
            image_id=item.image_id,
            slot=item.slot,
            status="ready" if is_ready else "processing",
            state=state_of_image(page, item, is_open=is_open, is_returned=reason is not None),
            awaits=item.awaits.value if item.awaits else None,
            open=is_open,
            refusal=None,
            returned=ReasonAnswer(reason_label=reason.label, text=reason.text) if reason else None,
            hints=HintAnswer.all_of(item.hints),
            size_bytes=item.size_bytes,
            stored_bytes=item.original.size_bytes if is_ready else None,
            width=made.width if made else None,
            height=made.height if made else None,
            doubts=made.doubts if made and is_open else (),
            received_at=item.received_at,
            sha256=item.sha256,
            carried=(
                CarriedAnswer(session=item.origin.session, approved=item.origin.is_approved)
                if item.origin
                else None
            ),
            thumbnail_url=_url(item.image_id, "thumbnail") if is_ready and not is_erased else None,
            copy_url=_url(item.image_id, "copy") if is_ready and not is_erased else None,
            erased=is_erased,
        )

    @classmethod
    def of_refused(cls, entry: RefusedItem) -> Self:
        """Return the note about an image that could not be read."""
        return cls(
            image_id=entry.image_id,
            slot=entry.slot,
            status="refused",
            state="refused",
            awaits=None,
            open=True,
            refusal=RefusalAnswer(
                code=entry.code, detail=entry.detail or REFUSALS.get(entry.code, UNREADABLE)
            ),
            returned=None,
            hints=[],
            size_bytes=entry.size_bytes,
            stored_bytes=None,
            width=None,
            height=None,
            doubts=(),
            received_at=entry.received_at,
            sha256=entry.sha256,
            carried=None,
            thumbnail_url=None,
            copy_url=None,
        )


class LimitsAnswer(Answer):
    """What a file must be to be sent at all, and to be kept as it is.

    `shrink_here` = making it smaller on the device can't break another rule.
    """

    formats: list[str]
    max_bytes: int
    accept_max_bytes: int
    shrink_here: bool

    @classmethod
    def of(cls, rules: PictureRules) -> Self:
        """Return the limits."""
        return cls(
            formats=[each.value for each in rules.formats],
            max_bytes=rules.max_bytes,
            accept_max_bytes=rules.accept_max_bytes,
            shrink_here=rules.min_width is None and rules.min_height is None,
        )


class SlotAnswer(Answer):
    """A named place for one image."""

    code: str
    name: str
    limits: LimitsAnswer


class CategoryAnswer(Answer):
    """A category with its images.

    `required` = needed by itself; `mine` = the candidate's own situation asks for it or one of its group's.
    """

    code: str
    name: str
    hint: str
    need: NeedWord
    change: Literal["added", "dropped"] | None
    required: bool
    mine: bool
    order: int
    min_images: int
    max_images: int
    samples: list[str]
    template: TemplateAnswer | None
    slots: list[SlotAnswer]
    limits: LimitsAnswer
    other: bool
    can_add: bool
    closed_reason: str | None
    images: list[ImageAnswer]

    @classmethod
    def of(cls, page: DossierPage, category: MaterialCategory) -> Self:
        """Return a category."""
        closed = why_closed(page, category)
        need = need_word(page.dossier, page.rules, category)
        return cls(
            code=category.code,
            name=category.name,
            hint=category.hint,
            need=need,
            change=change_word(page.dossier, page.rules, category),
            required=need == "required",
            mine=need != "not_needed" or category.other,
            order=category.order,
            min_images=category.min_images,
            max_images=category.max_images,
            samples=list(category.samples) if page.rules.policy.category.samples else [],
            template=TemplateAnswer.of(page.rules.policy, category),
            slots=_slots(page, category),
            limits=LimitsAnswer.of(picture_rules(page.rules.policy, category.code)),
            other=category.other,
            can_add=closed is None,
            closed_reason=closed,
            images=_images(page, category),
        )


class SendBackItemAnswer(Answer):
    """One image to replace, or a category to add to; `settled` = it needs nothing more."""

    category: str
    slot: str | None
    image_id: str | None
    reason_label: str
    text: str
    answered_by: str | None
    settled: bool


class SendBackAnswer(Answer):
    """The open send-back."""

    id: str
    round: int
    level: str
    deadline: datetime | None
    created_at: datetime
    items: list[SendBackItemAnswer]

    @classmethod
    def of(cls, page: DossierPage) -> Self | None:
        """Return the send-back, if one is open."""
        opened = page.dossier.send_back
        if opened is None:
            return None
        items = [
            SendBackItemAnswer(
                category=place.category,
                slot=place.slot,
                image_id=place.image_id,
                reason_label=page.reasons[number].label,
                text=page.reasons[number].text,
                answered_by=place.answered_by,
                settled=is_settled(page.dossier, page.rules, place),
            )
            for number, place in enumerate(opened.places)
        ]
        return cls(
            id=opened.sendback_id,
            round=opened.round,
            level=opened.level,
            deadline=opened.deadline,
            created_at=opened.created_at,
            items=items,
        )


class NoticeAnswer(Answer):
    """A notice above the categories."""

    title: str
    text: str
    link: str | None


class PageAnswer(Answer):
    """The texts and limits of the page, from the policy."""

    title: str
    heading: str
    tip: str
    attention: str
    file_rule: str
    hint_in_every_dialog: bool
    formats: list[str]
    max_bytes: int
    notices: list[NoticeAnswer]
    tick_on_pass: bool
    photo: PhotoAnswer | None

    @classmethod
    def of(cls, rules: Rules) -> Self:
        """Return the page's texts."""
        page, image = rules.policy.page, rules.policy.image
        return cls(
            title=rules.policy.portal.title,
            heading=page.heading,
            tip=page.tip,
            attention=page.attention,
            file_rule=page.file_rule,
            hint_in_every_dialog=image.hint_in_every_dialog,
            formats=[each.value for each in image.formats],
            max_bytes=image.max_bytes,
            notices=[NoticeAnswer(title=each.title, text=each.text, link=each.link) for each in page.notices],
            tick_on_pass=image.tick_on_pass,
            photo=PhotoAnswer.of(rules.policy),
        )


class DossierAnswer(Answer):
    """All that the material page shows."""

    registration_id: str
    version: int
    revision: int
    stage: DossierStage
    locked: bool
    locked_reason: ClosedReason | None
    can_submit: bool
    can_answer: bool
    can_withdraw: bool
    submit_mode: Literal["explicit", "autosave"]
    require_mandatory: bool
    times: TimesAnswer
    submitted_at: datetime | None
    receipt: ReceiptAnswer | None
    send_back: SendBackAnswer | None
    copying: int
    progress: ProgressAnswer
    page: PageAnswer
    category_list: CategoryList
    groups: list[GroupAnswer]
    categories: list[CategoryAnswer]
    server_time: datetime

    @classmethod
    def of(cls, page: DossierPage) -> Self:
        """Return the page."""
        dossier, rules = page.dossier, page.rules
        whole = reach(dossier, rules, page.now)
        return cls(
            registration_id=dossier.registration_id,
            version=dossier.version,
            revision=dossier.revision,
            stage=visible_stage(dossier, rules),
            locked=isinstance(whole, Closed),
            locked_reason=visible(whole, dossier, rules).reason if isinstance(whole, Closed) else None,
            can_submit=may_submit(page, whole),
            can_answer=may_answer(page, whole),
            can_withdraw=may_withdraw(page),
            submit_mode=rules.policy.submit.mode.value,
            require_mandatory=rules.policy.submit.require_mandatory,
            times=TimesAnswer.of(dossier, rules),
            submitted_at=dossier.submitted_at,
            receipt=ReceiptAnswer.of(dossier.receipt) if dossier.receipt else None,
            send_back=SendBackAnswer.of(page),
            copying=len(dossier.copying),
            progress=ProgressAnswer.of(dossier, rules),
            page=PageAnswer.of(rules),
            category_list=rules.policy.category.list,
            groups=groups_of(dossier, rules),
            categories=[CategoryAnswer.of(page, each) for each in rules.policy.ordered_categories],
            server_time=page.now,
        )


def _slots(page: DossierPage, category: MaterialCategory) -> list[SlotAnswer]:
    policy = page.rules.policy
    return [
        SlotAnswer(
            code=slot.code,
            name=slot.name,
            limits=LimitsAnswer.of(picture_rules(policy, category.code, slot.code)),
        )
        for slot in category.slots
    ]


def _url(image_id: str, kind: str) -> str:
    return IMAGE_PATH.format(image_id=image_id, kind=kind)


def _images(page: DossierPage, category: MaterialCategory) -> list[ImageAnswer]:
    order = {slot.code: number for number, slot in enumerate(category.slots)}
    live = [item for item in page.dossier.items if item.category == category.code]
    live.sort(key=lambda item: order.get(item.slot or "", len(order)))
    refused = [entry for entry in page.dossier.refused if entry.category == category.code]
    return [
        *(ImageAnswer.of(page, item) for item in live),
        *(ImageAnswer.of_refused(entry) for entry in refused),
    ]
