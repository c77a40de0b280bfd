"""What a picture must be like in its place: slot over category over the policy's own settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.policy.category import ImageRules
from shared.policy.model import Policy
from shared.policy.values import Background, ImageFormat, ImageRule, Severity

# A severity is chosen per rule; everything else a slot says hides what its category says.
_SEVERITIES = "on_violation"


@dataclass(frozen=True, slots=True)
class PictureRules:
    """Everything that is asked of a picture, with nothing left to look up elsewhere.

    More than `max_bytes` and at most `accept_max_bytes` is taken in and made smaller.
    """

    formats: tuple[ImageFormat, ...]
    max_bytes: int
    accept_max_bytes: int
    max_pixels: int
    min_bytes: int | None = None
    min_width: int | None = None
    max_width: int | None = None
    min_height: int | None = None
    max_height: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None
    background: Background | None = None
    on_violation: Mapping[ImageRule, Severity] = field(default_factory=dict)

    def severity(self, rule: ImageRule) -> Severity:
        """Return what a broken rule leads to: a refusal, unless the policy says otherwise."""
        return self.on_violation.get(rule, Severity.REFUSE)


def picture_rules(policy: Policy, code: str, slot: str | None = None) -> PictureRules:
    """Return what a picture in a category must be like, or in one of its slots."""
    category = policy.find_category(code)
    place = category.slot(slot) if category and slot else None
    return _resolved(policy, category.image if category else None, place.image if place else None)


def photo_rules(policy: Policy) -> PictureRules:
    """Return what the portrait of the registration must be like."""
    return _resolved(policy, policy.photo)


def _resolved(policy: Policy, *layers: ImageRules | None) -> PictureRules:
    image = policy.image
    values: dict[str, Any] = {
        "formats": image.formats,
        "max_bytes": image.max_bytes,
        "accept_max_bytes": image.accept_max_bytes,
        "max_pixels": image.max_pixels,
    }
    severities: dict[ImageRule, Severity] = {}
    for layer in layers:
        if layer is None:
            continue
        said = {name: getattr(layer, name) for name in ImageRules.model_fields if name != _SEVERITIES}
        values |= {name: value for name, value in said.items() if value is not None}
        severities |= layer.on_violation
    # Where larger pictures are asked for than elsewhere, they may of course be sent.
    values["accept_max_bytes"] = max(values["accept_max_bytes"], values["max_bytes"])
    return PictureRules(**values, on_violation=severities)
