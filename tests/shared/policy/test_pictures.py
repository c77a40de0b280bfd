"""What is asked of a picture: slot over category over the policy's own settings."""

import pytest
from pydantic import ValidationError

from shared.policy.candidate import ImageSettings, PhotoSettings
from shared.policy.category import ImageRules, MaterialCategory, Slot
from shared.policy.model import Policy
from shared.policy.pictures import PictureRules, photo_rules, picture_rules
from shared.policy.supported import complaints
from shared.policy.values import MOST_ACCEPTED_BYTES, Background, ImageFormat, ImageRule, Severity
from tests.shared.policy.policies import SHIPPED


def a_policy(category: ImageRules | None = None, front: ImageRules | None = None) -> Policy:
    """Return a policy with one category of two slots."""
    slots = (Slot(code="front", name="正面", image=front), Slot(code="back", name="反面"))
    return Policy(
        name="trial",
        image=ImageSettings(max_bytes=100, accept_max_bytes=900),
        categories=(
            MaterialCategory(code="idp", name="身份证明", max_images=2, slots=slots, image=category),
        ),
    )


def test_without_rules_of_its_own_a_place_has_those_of_the_policy() -> None:
    assert picture_rules(a_policy(), "idp", "front") == PictureRules(
        formats=(ImageFormat.JPEG, ImageFormat.PNG),
        max_bytes=100,
        accept_max_bytes=900,
        max_pixels=40_000_000,
    )


def test_a_slot_says_more_than_its_category_and_that_more_than_the_policy() -> None:
    policy = a_policy(ImageRules(max_bytes=50, min_width=10), ImageRules(min_width=20))

    front, back = picture_rules(policy, "idp", "front"), picture_rules(policy, "idp", "back")

    assert (front.max_bytes, front.min_width, front.accept_max_bytes) == (50, 20, 900)
    assert (back.max_bytes, back.min_width, back.accept_max_bytes) == (50, 10, 900)


def test_a_severity_is_chosen_rule_by_rule() -> None:
    policy = a_policy(
        ImageRules(on_violation={ImageRule.RATIO: Severity.HINT, ImageRule.BYTES: Severity.HINT}),
        ImageRules(on_violation={ImageRule.BYTES: Severity.REFUSE}),
    )

    rules = picture_rules(policy, "idp", "front")

    assert [rules.severity(rule) for rule in (ImageRule.RATIO, ImageRule.BYTES, ImageRule.PIXELS)] == [
        Severity.HINT,
        Severity.REFUSE,
        Severity.REFUSE,
    ]


def test_where_larger_pictures_are_asked_for_they_may_be_sent() -> None:
    rules = picture_rules(a_policy(ImageRules(max_bytes=5000)), "idp", "back")

    assert (rules.max_bytes, rules.accept_max_bytes) == (5000, 5000)


def test_the_portrait_has_rules_of_its_own() -> None:
    photo = PhotoSettings(max_bytes=30_720, min_width=358, max_width=358, background=Background.WHITE)
    policy = Policy(name="trial", photo=photo)

    assert photo_rules(policy).max_bytes == 30_720
    assert photo_rules(policy).background is Background.WHITE
    assert photo.is_checked_here
    assert not PhotoSettings().is_checked_here


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"min_width": 5, "max_width": 4}, "min_width 5 is more than max_width 4"),
        ({"min_ratio": 2, "max_ratio": 1}, "min_ratio 2.0 is more than max_ratio 1.0"),
        ({"max_bytes": 5, "accept_max_bytes": 4}, "accept_max_bytes 4 is less than max_bytes"),
        ({"accept_max_bytes": 16 * 2**20 + 1}, "less than or equal to 16777216"),
        ({"formats": ()}, "formats is empty"),
        ({"on_violation": {"upright": "refuse"}}, "turned upright, never refused; use hint"),
        ({"background": "green"}, "'white' or 'plain'"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(rules: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ImageRules.model_validate(rules)


def test_the_gateway_lets_through_what_a_policy_may_accept() -> None:
    caddyfile = (SHIPPED.parent / "gateway" / "Caddyfile").read_text(encoding="utf-8")

    assert f"max_size {MOST_ACCEPTED_BYTES // 2**20}MiB" in caddyfile


def test_no_service_starts_on_rules_that_no_picture_can_keep() -> None:
    policy = a_policy(front=ImageRules(min_bytes=500))

    found = [reason for _, reason in complaints(policy) if "min_bytes" in reason]

    assert found == ["idp.front: min_bytes 500 is more than max_bytes 100"]
