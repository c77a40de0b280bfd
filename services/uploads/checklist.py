"""Which papers the candidate needs, as the page reads it: progress, gaps, groups, forms to download."""

from dataclasses import asdict
from typing import Literal, Self

from services.uploads.model import Dossier, Rules
from services.uploads.requirements import Lack, Need, difference, lack_of
from shared.policy.category import CategoryGroup, MaterialCategory
from shared.policy.model import Policy
from shared.web.requests import Answer

# Needed by itself; one of a group's that would do, or does; done without, as another of its group does;
# not asked for in this candidate's situation.
NeedWord = Literal["required", "one_of", "covered", "not_needed"]


def need_word(dossier: Dossier, rules: Rules, category: MaterialCategory) -> NeedWord:
    """Return whether the candidate needs a category."""
    need = need_of(rules, category.code)
    if need is None:
        return "not_needed"
    if not need.is_group:
        return "required"
    is_complete = dossier.count_handed_in(category.code) >= category.min_images
    return "covered" if need.is_met(dossier.count_handed_in) and not is_complete else "one_of"


def change_word(
    dossier: Dossier, rules: Rules, category: MaterialCategory
) -> Literal["added", "dropped"] | None:
    """Return whether a changed registration asks for a category anew or no more, until that is answered."""
    if dossier.previously is None:
        return None
    if rules.asks_anew(dossier, category.code):
        return "added"
    dropped = difference(rules.policy, dossier.previously, rules.required).dropped
    is_left_over = any(need.includes(category.code) for need in dropped) and dossier.count(category.code) > 0
    return "dropped" if is_left_over else None


def need_of(rules: Rules, category: str) -> Need | None:
    """Return the need that images of this category may meet."""
    return next((need for need in rules.needs if need.includes(category)), None)


class TemplateAnswer(Answer):
    """A form to download, fill in and upload (S3-18)."""

    name: str
    url: str

    @classmethod
    def of(cls, policy: Policy, category: MaterialCategory) -> Self | None:
        """Return a category's form, if it has one."""
        template = policy.find_template(category.template)
        return cls(name=template.name, url=template.url) if template else None


class GroupAnswer(Answer):
    """Categories of which one suffices, where the candidate needs one of them."""

    code: str
    name: str
    hint: str
    categories: list[str]
    satisfied: bool

    @classmethod
    def of(cls, dossier: Dossier, need: Need, group: CategoryGroup) -> Self:
        """Return a group."""
        return cls(
            code=group.code,
            name=group.name,
            hint=group.hint,
            categories=[category.code for category in need.any_of],
            satisfied=need.is_met(dossier.count_handed_in),
        )


class AlternativeAnswer(Answer):
    """A category of a group that lacks images."""

    code: str
    name: str
    present: int
    needed: int


class MissingAnswer(AlternativeAnswer):
    """A required category or group that lacks images; of a group, `any_of` names all that would do."""

    any_of: list[AlternativeAnswer]

    @classmethod
    def of(cls, lack: Lack) -> Self:
        """Return a gap."""
        return cls.model_validate(asdict(lack))


class ProgressAnswer(Answer):
    """How much of what is required is complete; a group counts once."""

    required_total: int
    required_done: int
    missing: list[MissingAnswer]

    @classmethod
    def of(cls, dossier: Dossier, rules: Rules) -> Self:
        """Count it."""
        needs, missing = rules.needs, rules.missing(dossier)
        return cls(
            required_total=len(needs),
            required_done=len(needs) - len(missing),
            missing=[MissingAnswer.of(lack_of(need, dossier.count_handed_in)) for need in missing],
        )


def groups_of(dossier: Dossier, rules: Rules) -> list[GroupAnswer]:
    """Return the groups of which the candidate needs one paper, in the order of the list."""
    named = {group.code: group for group in rules.policy.groups}
    return [GroupAnswer.of(dossier, need, named[need.code]) for need in rules.needs if need.is_group]
