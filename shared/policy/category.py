"""Material categories: what a candidate uploads, when it is required and what a reviewer looks for."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.policy.values import (
    AcceptedBytes,
    Background,
    Code,
    Duplicates,
    ImageFormat,
    ImageRule,
    PolicyModel,
    Severity,
    Text,
    Validity,
)


class ImageRules(PolicyModel):
    """Picture rules of a category or slot; what is not set is ruled by `policy.image`."""

    formats: tuple[ImageFormat, ...] | None = None
    min_bytes: int | None = Field(default=None, ge=1)
    max_bytes: int | None = Field(default=None, ge=1)
    accept_max_bytes: AcceptedBytes | None = None
    max_pixels: int | None = Field(default=None, ge=1)
    min_width: int | None = Field(default=None, ge=1)
    max_width: int | None = Field(default=None, ge=1)
    min_height: int | None = Field(default=None, ge=1)
    max_height: int | None = Field(default=None, ge=1)
    min_ratio: float | None = Field(default=None, gt=0)
    max_ratio: float | None = Field(default=None, gt=0)
    background: Background | None = None
    on_violation: dict[ImageRule, Severity] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _bounds_fit(self) -> Self:
        for what in ("bytes", "width", "height", "ratio"):
            least, most = getattr(self, f"min_{what}"), getattr(self, f"max_{what}")
            if least is not None and most is not None and least > most:
                raise ValueError(f"min_{what} {least} is more than max_{what} {most}")
        if self.accept_max_bytes and self.max_bytes and self.accept_max_bytes < self.max_bytes:
            raise ValueError(f"accept_max_bytes {self.accept_max_bytes} is less than max_bytes")
        if self.formats == ():
            raise ValueError("formats is empty: no picture could ever be uploaded")
        if self.on_violation.get(ImageRule.UPRIGHT) is Severity.REFUSE:
            raise ValueError("on_violation.upright: a picture is turned upright, never refused; use hint")
        return self


class Slot(PolicyModel):
    """A named place for one picture, such as the front of an ID card."""

    code: Code
    name: Text
    image: ImageRules | None = None


class ReturnReason(PolicyModel):
    """A canned reason a reviewer picks; `text` is what the candidate reads."""

    code: Code
    label: Text
    text: Text


class Template(PolicyModel):
    """A form to download, fill in and upload."""

    code: Code
    name: Text
    url: Annotated[str, Field(pattern=r"^(/|https://)\S+$")]


class MaterialCategory(PolicyModel):
    """One kind of paper; `required_when` is a condition on the registration, `"true"` for everybody."""

    code: Code
    name: Text
    hint: str = ""
    order: int = 0
    required_when: str = "false"
    min_images: int = Field(default=1, ge=0)
    max_images: int = Field(default=1, ge=1, le=50)
    slots: tuple[Slot, ...] = ()
    samples: tuple[Text, ...] = ()
    template: Code | None = None
    validity: Validity = Validity.SESSION
    other: bool = False
    image: ImageRules | None = None
    duplicates: Duplicates = Duplicates.OFF
    erase_after_decision: bool = False
    reasons: tuple[ReturnReason, ...] = ()
    check_fields: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _counts_fit(self) -> Self:
        if self.min_images > self.max_images:
            raise ValueError(f"min_images {self.min_images} is more than max_images {self.max_images}")
        if self.slots and len(self.slots) != self.max_images:
            raise ValueError(f"{len(self.slots)} slots, but max_images is {self.max_images}")
        return self

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Self:
        refuse_duplicates("slot code", [slot.code for slot in self.slots])
        refuse_duplicates("reason code", [reason.code for reason in self.reasons])
        return self

    def slot(self, code: str) -> Slot | None:
        """Return the slot with this code."""
        return next((slot for slot in self.slots if slot.code == code), None)

    def reason(self, code: str) -> ReturnReason | None:
        """Return the canned reason with this code."""
        return next((reason for reason in self.reasons if reason.code == code), None)


class CategoryGroup(PolicyModel):
    """Categories of which one suffices; the group as a whole is required when its condition holds."""

    code: Code
    name: Text
    hint: str = ""
    required_when: str = "true"
    any_of: tuple[Code, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        refuse_duplicates("category", list(self.any_of))
        return self


def refuse_duplicates(what: str, codes: list[str]) -> None:
    """Refuse a list in which a code stands twice.

    Raises:
        ValueError: a code stands twice.
    """
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"duplicate {what} {', '.join(twice)}")


def refuse_unfit_groups(categories: tuple[MaterialCategory, ...], groups: tuple[CategoryGroup, ...]) -> None:
    """Refuse groups that name what is not there, or what would suffice without a picture.

    Raises:
        ValueError: a group is wrong.
    """
    known = {category.code: category for category in categories}
    # A group is named among the categories where something is missing: one code must mean one thing.
    refuse_duplicates("category or group code", [*known, *(group.code for group in groups)])
    refuse_duplicates("member of groups", [code for group in groups for code in group.any_of])
    for group in groups:
        unknown = [code for code in group.any_of if code not in known]
        if unknown:
            raise ValueError(f"group {group.code} names an unknown category {', '.join(unknown)}")
        empty = [code for code in group.any_of if known[code].min_images == 0]
        if empty:
            raise ValueError(f"{', '.join(empty)} in group {group.code} has min_images 0 and would do empty")
