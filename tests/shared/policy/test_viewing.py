"""What staff see of pictures, as policy data."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.policy.category import MaterialCategory, Slot
from shared.policy.model import Policy
from shared.policy.viewing import Cover, PictureMask, ViewingSettings

CATEGORY = MaterialCategory(
    code="idp",
    name="身份证明",
    max_images=2,
    slots=(Slot(code="front", name="正"), Slot(code="back", name="反")),
)
NUMBER, ADDRESS = (0.1, 0.7, 0.9, 0.9), (0.1, 0.4, 0.6, 0.6)


def a_mask(slot: str | None, box: tuple[float, float, float, float]) -> PictureMask:
    return PictureMask(category="idp", slot=slot, cover=(Cover(name="号码", box=box),))


def test_a_mask_of_a_slot_and_one_of_its_category_add_up() -> None:
    viewing = ViewingSettings(masks=(a_mask("front", NUMBER), a_mask(None, ADDRESS)))

    assert viewing.boxes_of("idp", "front") == (NUMBER, ADDRESS)
    assert viewing.boxes_of("idp", "back") == (ADDRESS,)
    assert viewing.boxes_of("diploma", None) == ()


@pytest.mark.parametrize(
    "box", [(0.5, 0, 0.5, 1), (0.6, 0, 0.5, 1), (0, 0.1, 1, 0.1), (-0.1, 0, 1, 1), (0, 0, 1, 1.01)]
)
def test_a_box_without_an_area_or_outside_the_picture_is_refused(box: Any) -> None:  # noqa: ANN401 - wrong ones
    with pytest.raises(ValidationError, match="within 0 and 1"):
        a_mask("front", box)


@pytest.mark.parametrize(
    ("mask", "complaint"),
    [
        ({"category": "diploma"}, "unknown category diploma"),
        ({"category": "idp", "slot": "side"}, "unknown slot idp.side"),
    ],
)
def test_a_mask_of_a_picture_that_the_policy_does_not_have_is_refused(
    mask: dict[str, str], complaint: str
) -> None:
    cover = [{"name": "号码", "box": [0, 0, 1, 1]}]

    with pytest.raises(ValidationError, match=complaint):
        Policy.model_validate(
            {"name": "p", "categories": [CATEGORY], "viewing": {"masks": [{**mask, "cover": cover}]}}
        )


@pytest.mark.parametrize("views_per_day", [0, -1])
def test_a_daily_limit_lets_at_least_one_view_through(views_per_day: int) -> None:
    with pytest.raises(ValidationError):
        ViewingSettings(views_per_day=views_per_day)
