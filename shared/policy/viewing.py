"""What staff see of pictures: places that stay covered, and how many views a day one person has."""

from typing import Self

from pydantic import Field, model_validator

from shared.policy.values import Code, PolicyModel, Text

# Left, top, right, bottom as parts of width and height, from the picture's upper left corner.
Box = tuple[float, float, float, float]


class Cover(PolicyModel):
    """A covered place and what stands there."""

    name: Text
    box: Box

    @model_validator(mode="after")
    def _lies_in_the_picture(self) -> Self:
        if not is_in_picture(self.box):
            raise ValueError(f"box {list(self.box)} must be [left, top, right, bottom] within 0 and 1")
        return self


class PictureMask(PolicyModel):
    """What is covered on the pictures of a category, or of one of its slots."""

    category: Code
    slot: Code | None = None
    cover: tuple[Cover, ...] = Field(min_length=1)


class ViewingSettings(PolicyModel):
    """How staff look at pictures; without `views_per_day` there is no daily limit."""

    masks: tuple[PictureMask, ...] = ()
    views_per_day: int | None = Field(default=None, ge=1)

    def boxes_of(self, category: str, slot: str | None) -> tuple[Box, ...]:
        """Return what is covered on a picture of this category and slot."""
        return tuple(
            cover.box
            for mask in self.masks
            if mask.category == category and mask.slot in {None, slot}
            for cover in mask.cover
        )


def is_in_picture(box: Box) -> bool:
    """Tell whether a box has an area and lies within the picture."""
    left, top, right, bottom = box
    return 0 <= left < right <= 1 and 0 <= top < bottom <= 1
