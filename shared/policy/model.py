"""The policy of a session and district: every difference between districts as one typed tree."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import JsonValue, PrivateAttr, model_validator
from typing_extensions import override

from shared.policy.candidate import (
    AppliesTo,
    AuthSettings,
    CardSettings,
    CategorySettings,
    CommitmentSettings,
    EntrySettings,
    ExemptGroup,
    ImageSettings,
    LockSettings,
    MessageSettings,
    Notice,
    PageSettings,
    PhotoSettings,
    PortalSettings,
    ProfileSettings,
    RegistrationSettings,
    SubmitSettings,
    UnlockSettings,
)
from shared.policy.category import (
    CategoryGroup,
    ImageRules,
    MaterialCategory,
    ReturnReason,
    Slot,
    Template,
    refuse_duplicates,
    refuse_unfit_groups,
)
from shared.policy.office import (
    Deadline,
    DeadlineSettings,
    NotifySettings,
    PrintedNoticeSettings,
    ResubmitSettings,
    ResultSettings,
    ReviewSettings,
    SerialSettings,
    StatusSettings,
    Window,
)
from shared.policy.retention import RetentionSettings
from shared.policy.values import (
    AuthMode,
    CardState,
    CarryOver,
    Channel,
    CommitmentAt,
    ImageFormat,
    LockOn,
    NoticeKind,
    OnExpiry,
    OpenWhen,
    PolicyModel,
    PolicyName,
    Release,
    ResultDisplay,
    ReviewLevel,
    SubmitMode,
    UnlockScope,
    UploadButton,
    Watermark,
)
from shared.policy.variables import VARIABLES
from shared.policy.viewing import ViewingSettings

# The words other packages need stand here too, so that one import is enough.
__all__ = [
    "AppliesTo",
    "AuthMode",
    "CardState",
    "CarryOver",
    "CategoryGroup",
    "Channel",
    "CommitmentAt",
    "Deadline",
    "ImageFormat",
    "ImageRules",
    "LockOn",
    "MaterialCategory",
    "Notice",
    "NoticeKind",
    "OnExpiry",
    "OpenWhen",
    "Policy",
    "Release",
    "ResultDisplay",
    "ReturnReason",
    "ReviewLevel",
    "Slot",
    "SubmitMode",
    "Template",
    "UnlockScope",
    "UploadButton",
    "Watermark",
    "Window",
]

CALENDAR_SETTINGS = (
    ("deadline", "upload_window", "open"),
    ("deadline", "upload_window", "close"),
    ("deadline", "supplement", "instant"),
    ("deadline", "due_paper", "instant"),
    ("review", "start_at"),
    ("review", "calendar"),
)


class Policy(PolicyModel):
    """All settings that hold for a session in a district or site.

    `version` names the rules and texts. Calendar dates are no part of it: they apply at once, also to
    dossiers that were opened before they were extended.
    """

    name: PolicyName
    applies_to: AppliesTo = AppliesTo()
    portal: PortalSettings = PortalSettings()
    card: CardSettings = CardSettings()
    entry: EntrySettings = EntrySettings()
    auth: AuthSettings = AuthSettings()
    commitment: CommitmentSettings = CommitmentSettings()
    profile: ProfileSettings = ProfileSettings()
    registration: RegistrationSettings = RegistrationSettings()
    submit: SubmitSettings = SubmitSettings()
    lock: LockSettings = LockSettings()
    unlock: UnlockSettings = UnlockSettings()
    image: ImageSettings = ImageSettings()
    category: CategorySettings = CategorySettings()
    categories: tuple[MaterialCategory, ...] = ()
    groups: tuple[CategoryGroup, ...] = ()
    templates: tuple[Template, ...] = ()
    page: PageSettings = PageSettings()
    message: MessageSettings = MessageSettings()
    status: StatusSettings = StatusSettings()
    review: ReviewSettings = ReviewSettings()
    viewing: ViewingSettings = ViewingSettings()
    resubmit: ResubmitSettings = ResubmitSettings()
    result: ResultSettings = ResultSettings()
    serial: SerialSettings = SerialSettings()
    notice: PrintedNoticeSettings = PrintedNoticeSettings()
    notify: NotifySettings = NotifySettings()
    deadline: DeadlineSettings = DeadlineSettings()
    photo: PhotoSettings = PhotoSettings()
    retention: RetentionSettings = RetentionSettings()
    carry_over: CarryOver = CarryOver.NONE
    carry_over_replaceable: bool = False
    withdraw: bool = False
    exempt_groups: tuple[ExemptGroup, ...] = ()
    onsite_after_exam: bool = False

    _version: str = PrivateAttr(default="")

    @classmethod
    def restore(cls, data: Mapping[str, JsonValue], version: str) -> Self:
        """Return an archived policy under the version it was archived with.

        A newer model may know more settings, so the hash of the data can't be taken anew.
        """
        policy = cls.model_validate(data)
        policy._version = version  # noqa: SLF001 - of this very class
        return policy

    @property
    def version(self) -> str:
        """The SHA-256 of the canonical rules and texts."""
        return self._version

    @property
    def commitment_at(self) -> CommitmentAt:
        """The moment at which the candidate agrees to the commitments."""
        return self.commitment.at or self.auth.commitment

    def find_category(self, code: str) -> MaterialCategory | None:
        """Return the material category with this code."""
        return next((category for category in self.categories if category.code == code), None)

    def find_template(self, code: str | None) -> Template | None:
        """Return the form with this code."""
        return next((template for template in self.templates if template.code == code), None)

    def group_of(self, category: str) -> CategoryGroup | None:
        """Return the group in which a category is one that suffices."""
        return next((group for group in self.groups if category in group.any_of), None)

    @property
    def ordered_categories(self) -> tuple[MaterialCategory, ...]:
        """The categories as the page lists them."""
        return tuple(sorted(self.categories, key=lambda category: category.order))

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; a changed one gets its own version."""
        copy = super().model_copy(update=update, deep=deep)
        if update:
            copy._version = _hash(copy.model_dump(mode="json"))  # noqa: SLF001 - of this very class
        return copy

    @override
    def model_post_init(self, context: Any, /) -> None:
        """Name the version."""
        super().model_post_init(context)
        self._version = _hash(self.model_dump(mode="json"))

    @model_validator(mode="after")
    def _commitments_are_consistent(self) -> Self:
        auth_at, own_at = self.auth.commitment, self.commitment.at
        if own_at and auth_at is not CommitmentAt.NONE and own_at is not auth_at:
            raise ValueError(f"commitment.at is {own_at}, but auth.commitment is {auth_at}")
        if self.commitment_at is not CommitmentAt.NONE and not self.auth.commitments:
            raise ValueError(f"commitments are asked at {self.commitment_at}, but auth.commitments is empty")
        return self

    @model_validator(mode="after")
    def _handing_in_is_consistent(self) -> Self:
        mode, when, window = self.submit.mode, self.review.open_when, self.deadline.upload_window
        if (mode is SubmitMode.EXPLICIT) != (when is OpenWhen.SUBMITTED):
            raise ValueError(
                f"review.open_when {when} does not fit submit.mode {mode}: "
                "explicit opens a review when submitted, autosave at any other time"
            )
        if when is OpenWhen.WINDOW_CLOSED and not (window.close or window.duration):
            raise ValueError("review.open_when is window_closed, but deadline.upload_window never closes")
        if self.withdraw and mode is SubmitMode.AUTOSAVE:
            raise ValueError("withdraw needs submit.mode explicit: autosaved, there is nothing to pull back")
        return self

    @model_validator(mode="after")
    def _masks_name_pictures(self) -> Self:
        for mask in self.viewing.masks:
            category = self.find_category(mask.category)
            if category is None:
                raise ValueError(f"viewing.masks names an unknown category {mask.category}")
            if mask.slot is not None and category.slot(mask.slot) is None:
                raise ValueError(f"viewing.masks names an unknown slot {mask.category}.{mask.slot}")
        return self

    @model_validator(mode="after")
    def _categories_are_consistent(self) -> Self:
        refuse_duplicates("category code", [category.code for category in self.categories])
        refuse_duplicates("template code", [template.code for template in self.templates])
        templates = {template.code for template in self.templates}
        for category in self.categories:
            if category.template and category.template not in templates:
                raise ValueError(f"category {category.code} names an unknown template {category.template}")
            if category.other and not self.category.other:
                raise ValueError(f"category {category.code} is a catch-all, but category.other is false")
        return self

    @model_validator(mode="after")
    def _groups_are_consistent(self) -> Self:
        refuse_unfit_groups(self.categories, self.groups)
        return self

    @model_validator(mode="after")
    def _attributes_are_new(self) -> Self:
        own = [attribute.name for attribute in self.registration.attributes]
        # The usual variables are everybody's: a policy can't give one of them another meaning.
        refuse_duplicates("registration attribute", [*(usual.name for usual in VARIABLES), *own])
        return self


def _hash(data: dict[str, Any]) -> str:
    for *path, last in CALENDAR_SETTINGS:
        group = data
        for key in path:
            group = group[key]
        group.pop(last)
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
