"""Settings of what a candidate sees and does: portal, entry, account, page, pictures."""

from typing import Self

from pydantic import Field, model_validator

from shared.policy.category import ImageRules
from shared.policy.placeholders import WATERMARK_PLACEHOLDERS, refuse_unknown_placeholders
from shared.policy.values import (
    AcceptedBytes,
    AttributeSource,
    AttributeType,
    AuthMode,
    CategoryList,
    Code,
    CommitmentAt,
    ImageFormat,
    LockOn,
    LockOnSet,
    MessageOrder,
    PolicyModel,
    ProfileEditable,
    SubmitMode,
    Text,
    TimeFormat,
    UnlockScope,
    UploadButton,
    Watermark,
)


class Link(PolicyModel):
    """A text that leads somewhere."""

    text: Text
    url: Text


class PortalSettings(PolicyModel):
    """The head of the page."""

    title: str = ""
    subtitle: str = ""
    tabs: tuple[Link, ...] = ()


class CardSettings(PolicyModel):
    """Further lines and buttons of the registration card; empty = the usual ones."""

    fields: tuple[Text, ...] = ()
    buttons: tuple[Link, ...] = ()


class EntrySettings(PolicyModel):
    """The way from the registration to the materials."""

    upload_button: UploadButton = UploadButton.ALWAYS
    auto_redirect_after_registration: bool = False
    confirm_registration_data: bool = False


class PasswordRule(PolicyModel):
    """What a password must look like, for the machine and for people."""

    pattern: Text = "^(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9]{8,20}$"
    text: str = ""


class AuthSettings(PolicyModel):
    """The account and what the candidate agrees to."""

    mode: AuthMode = AuthMode.LOCAL_PASSWORD
    page_title: str = ""
    password_rule: PasswordRule = PasswordRule()
    recovery_question: bool = True
    recovery_questions: tuple[Text, ...] = ()
    captcha: bool = False
    commitment: CommitmentAt = CommitmentAt.NONE
    notes: tuple[Text, ...] = ()
    commitments: tuple[Text, ...] = ()


class CommitmentSettings(PolicyModel):
    """When the commitments are agreed to, where it is not as `auth.commitment` says."""

    at: CommitmentAt | None = None


class ProfileSettings(PolicyModel):
    """Contact data the candidate fills in himself."""

    required_before_upload: bool = False
    fields: tuple[Code, ...] = ()
    editable: ProfileEditable = ProfileEditable.NEVER


class RegistrationAttribute(PolicyModel):
    """A further fact about a registration that conditions may use."""

    name: Code
    label: Text
    type: AttributeType = AttributeType.TEXT
    values: tuple[Text, ...] = ()
    source: AttributeSource = AttributeSource.IMPORT

    @model_validator(mode="after")
    def _has_values_of_its_type(self) -> Self:
        if self.values and self.type is not AttributeType.TEXT:
            raise ValueError(f"{self.name} is of type {self.type}; only a text has values to choose from")
        return self


class RegistrationSettings(PolicyModel):
    """What is known about a registration."""

    attributes: tuple[RegistrationAttribute, ...] = ()


class SubmitSettings(PolicyModel):
    """Handing in."""

    mode: SubmitMode = SubmitMode.EXPLICIT
    require_mandatory: bool = True


class LockSettings(PolicyModel):
    """What keeps pictures closed."""

    on: LockOnSet = frozenset({LockOn.SUBMIT})


class UnlockSettings(PolicyModel):
    """What a send-back opens."""

    scope: UnlockScope = UnlockScope.DOSSIER
    with_notice: bool = True
    after_window: bool = True


class ImageSettings(PolicyModel):
    """Pictures: what is taken in and how it is shown."""

    formats: tuple[ImageFormat, ...] = (ImageFormat.JPEG, ImageFormat.PNG)
    max_bytes: int = Field(default=204_800, ge=1)
    accept_max_bytes: AcceptedBytes = 204_800
    max_pixels: int = Field(default=40_000_000, ge=1)
    upright: bool = True
    hint_in_every_dialog: bool = True
    watermark: Watermark = Watermark.NONE
    watermark_text: str = ""
    watermark_purpose: str = ""
    tick_on_pass: bool = False

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.accept_max_bytes < self.max_bytes:
            raise ValueError(f"accept_max_bytes {self.accept_max_bytes} is less than max_bytes")
        if self.watermark is Watermark.VISIBLE and not self.watermark_text:
            raise ValueError("watermark is visible, but watermark_text is empty")
        refuse_unknown_placeholders("watermark_text", self.watermark_text, WATERMARK_PLACEHOLDERS)
        if "{purpose}" in self.watermark_text and not self.watermark_purpose:
            raise ValueError("watermark_text says {purpose}, but watermark_purpose is empty")
        return self


class CategorySettings(PolicyModel):
    """How the list of categories behaves as a whole."""

    other: bool = False
    samples: bool = True
    list: CategoryList = CategoryList.ALL
    resync_on_exam_category_change: bool = False


class Notice(PolicyModel):
    """A notice above the categories."""

    title: Text
    text: str = ""
    link: Text | None = None


class PageSettings(PolicyModel):
    """The texts of the material page."""

    heading: str = ""
    tip: str = ""
    attention: str = ""
    file_rule: str = ""
    notices: tuple[Notice, ...] = ()


class MessageSettings(PolicyModel):
    """The area of messages on top of the material page."""

    heading: str = ""
    order: MessageOrder = MessageOrder.NEWEST_FIRST
    time_format: TimeFormat = TimeFormat.SLASHED


class PhotoSettings(ImageRules):
    """The portrait of the registration, which is not a material picture.

    With any rule set, the page offers to check one; `checker` leads to a tool elsewhere.
    """

    checker: Link | None = None

    @property
    def is_checked_here(self) -> bool:
        """Tell whether there is anything to check."""
        rules = (name for name in ImageRules.model_fields if name != "on_violation")
        return any(getattr(self, name) is not None for name in rules)


class ExemptGroup(PolicyModel):
    """Candidates who need not upload here, and what they read instead."""

    code: Code
    name: Text
    when: Text
    text: Text


class AppliesTo(PolicyModel):
    """Where a policy holds; an empty list means everywhere."""

    session: Text | None = None
    districts: tuple[Text, ...] = ()
    sites: tuple[Text, ...] = ()
