"""The dossier's state machine: following its registration, as soon as no reviewer holds it; pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.uploads.announcing import Step, announced
from services.uploads.autosave import autosaved
from services.uploads.model import Dossier, Place, Rules
from services.uploads.openness import Closed, reach
from services.uploads.requirements import Difference, difference
from shared.events import Event
from shared.events.uploads import DossierClosed, RequirementsAdjusted
from shared.policy.values import SubmitMode


@dataclass(frozen=True, slots=True)
class Latest:
    """What auth says of the registration now: where it is, what its facts require, what has replaced it.

    `words` is what a watermark says of the candidate, encrypted, if that is not what the dossier keeps.
    """

    place: Place
    required: frozenset[str]
    superseded_by: str | None = None
    words: str | None = None


def follow(dossier: Dossier, rules: Rules, latest: Latest, now: datetime) -> Step | None:
    """Take over what the registration says; none if that is known, or a reviewer holds the dossier.

    That a held one was replaced is noted all the same. Where the policy does not let the list follow, it
    stays as it was at opening.
    """
    if dossier.stage == "closed":
        return None
    if dossier.hold is not None:
        return _marked(dossier, latest.superseded_by)
    if latest.superseded_by is not None:
        return _close(dossier, rules, latest.superseded_by, now)
    if dossier.stage in {"passed", "rejected"}:
        return None
    moved = dossier if latest.words is None else replace(dossier, words=latest.words)
    if latest.place != dossier.place:
        # Another site has another calendar: the scheduler looks what it brings about.
        moved = replace(moved, place=latest.place, next_due_at=now)
    follows = rules.policy.category.resync_on_exam_category_change or dossier.required is None
    if follows and latest.required != dossier.required:
        return _adjust(moved, rules, latest.required, now)
    return announced(moved, rules, []) if moved != dossier else None


def _marked(dossier: Dossier, successor: str | None) -> Step | None:
    """Let nothing more into a replaced dossier, also once the hold ends: its successor has taken over."""
    if successor is None or successor == dossier.superseded_by:
        return None
    after = replace(dossier, superseded_by=successor)
    return Step(replace(after, version=dossier.version + 1, gate=dossier.gate + 1), ())


def _close(dossier: Dossier, rules: Rules, successor: str, now: datetime) -> Step:
    after = replace(
        dossier,
        stage="closed",
        superseded_by=successor,
        send_back=None,
        expired=None,
        # Nothing is owed any more, nor open: the successor asks for what is still needed.
        due_papers=None,
        overdue=(),
    )
    # The successor waits for what is still in processing here: the scheduler looks after it.
    after = replace(after, next_due_at=now if after.is_processing else None)
    return announced(after, rules, [DossierClosed(superseded_by=successor)])


def _adjust(dossier: Dossier, rules: Rules, required: frozenset[str], now: datetime) -> Step:
    law = replace(rules, required=required)
    changes = difference(rules.policy, rules.required, required)
    after = replace(
        dossier,
        required=required,
        # Changes that follow each other are one change to a candidate who has not answered the first.
        previously=rules.required if dossier.previously is None else dossier.previously,
        revision=dossier.revision + 1,
    )
    if not changes.added and not changes.dropped:
        return announced(replace(after, previously=dossier.previously), law, [])
    after = autosaved(after, law, now)
    reopened = _reopened(after, law, changes, now)
    facts: list[Event] = [
        RequirementsAdjusted(
            added=tuple(need.code for need in changes.added),
            dropped=tuple(need.code for need in changes.dropped),
            missing=tuple(need.code for need in law.missing(after)),
            reopened=reopened is not None,
        )
    ]
    # Another list has other limits: the scheduler looks what is now owed, missed or answered.
    return announced(replace(reopened or after, next_due_at=now), law, facts)


def _reopened(dossier: Dossier, law: Rules, changes: Difference, now: datetime) -> Dossier | None:
    """Return the dossier as a draft again, where a submitted one now lacks what nobody could know of.

    Only as long as no reviewer has sent it back, and the candidate can submit it once more: otherwise the
    reviewer asks for what is missing.
    """
    lacking = any(not need.is_met(dossier.count_handed_in) for need in changes.added)
    is_first = dossier.stage == "submitted" and dossier.submissions == 1 and not dossier.verdicts
    is_explicit = law.policy.submit.mode is SubmitMode.EXPLICIT and law.policy.submit.require_mandatory
    if not (lacking and is_first and is_explicit):
        return None
    draft = replace(dossier, stage="draft", submitted_at=None, receipt=None)
    return None if isinstance(reach(draft, law, now), Closed) else draft
