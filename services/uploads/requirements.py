"""What a candidate must hand in: papers, and groups of which one suffices; pure, from policy and facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from shared.policy.category import CategoryGroup, MaterialCategory
from shared.policy.conditions import is_required
from shared.policy.model import Policy

Counted = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is required: a category, or a group of which one category suffices."""

    code: str
    name: str
    any_of: tuple[MaterialCategory, ...]
    is_group: bool = False

    def is_met(self, count: Counted) -> bool:
        """Tell whether one of the categories has its images."""
        return any(count(category.code) >= category.min_images for category in self.any_of)

    def includes(self, code: str) -> bool:
        """Tell whether images of this category may meet the need."""
        return any(category.code == code for category in self.any_of)

    def nearest(self, count: Counted) -> MaterialCategory:
        """Return the category that lacks the fewest images; of equal ones the first."""
        return min(self.any_of, key=lambda category: category.min_images - count(category.code))

    def in_words(self) -> str:
        """Return the name; of a group, the names of all that would do."""
        if not self.is_group:
            return self.name
        return f"{'或'.join(category.name for category in self.any_of)}（任一即可）"


@dataclass(frozen=True, slots=True)
class Lack:
    """A need that is not met, in numbers; of a group, `any_of` has every category that would do."""

    code: str
    name: str
    present: int
    needed: int
    any_of: tuple["Lack", ...] = ()


def lack_of(need: Need, count: Counted) -> Lack:
    """Return what a need lacks; a group lacks what its nearest category does."""
    each = tuple(Lack(c.code, c.name, count(c.code), c.min_images) for c in need.any_of)
    nearest = each[need.any_of.index(need.nearest(count))]
    return Lack(need.code, need.name, nearest.present, nearest.needed, each if need.is_group else ())


def required_codes(policy: Policy, facts: Mapping[str, JsonValue]) -> frozenset[str]:
    """Return the codes of the categories and groups that these facts about a registration require."""
    attributes = policy.registration.attributes
    wanted: tuple[MaterialCategory | CategoryGroup, ...] = (*policy.categories, *policy.groups)
    return frozenset(each.code for each in wanted if is_required(each, facts, attributes))


def needs_of(policy: Policy, required: frozenset[str]) -> tuple[Need, ...]:
    """Return what is needed, in the order of the list; a group counts once, where its first paper stands.

    A group of which one paper is required by itself asks for nothing more.
    """
    needs: dict[str, Need] = {}
    for category in policy.ordered_categories:
        group = policy.group_of(category.code)
        if category.code in required:
            needs[category.code] = Need(category.code, category.name, (category,))
        elif group and group.code in required and not required.intersection(group.any_of):
            members = tuple(each for each in policy.ordered_categories if each.code in group.any_of)
            needs.setdefault(group.code, Need(group.code, group.name, members, is_group=True))
    return tuple(needs.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """What one list of needs has that the other has not."""

    added: tuple[Need, ...]
    dropped: tuple[Need, ...]


def difference(policy: Policy, before: frozenset[str], now: frozenset[str]) -> Difference:
    """Return what is needed anew and what no longer, each in the order of the list."""
    old, new = needs_of(policy, before), needs_of(policy, now)
    known, wanted = {need.code for need in old}, {need.code for need in new}
    return Difference(
        added=tuple(need for need in new if need.code not in known),
        dropped=tuple(need for need in old if need.code not in wanted),
    )
