"""What a missed time leads to besides closing: a note for staff, or giving up; more time undoes both."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.uploads.autosave import is_autosaved, suffices
from services.uploads.instants import GRACE, due_papers_until, window_closes_at
from services.uploads.model import Dossier, Rules
from services.uploads.openness import supplied_papers
from shared.events import Event
from shared.events.uploads import DossierAbandoned, Overdue
from shared.policy.values import OnExpiry


@dataclass(frozen=True, slots=True)
class Limit:
    """Something the candidate owes until an instant."""

    kind: Overdue
    until: datetime
    on_expiry: OnExpiry

    @property
    def acts_at(self) -> datetime:
        """Return when its miss has consequences: what began in time has a minute to arrive."""
        return self.until + GRACE


def limits(dossier: Dossier, rules: Rules) -> list[Limit]:
    """Return what the candidate owes, each with its instant."""
    return list(_limits(dossier, rules))


def _limits(dossier: Dossier, rules: Rules) -> Iterator[Limit]:
    close, papers = window_closes_at(dossier, rules), due_papers_until(dossier, rules)
    if close is not None and _owes_first_upload(dossier, rules):
        yield Limit("first_upload", close, rules.window.on_expiry)
    opened = dossier.send_back
    if opened is not None and opened.deadline is not None and not opened.automatic:
        yield Limit("supplement", opened.deadline, rules.policy.deadline.supplement.on_expiry)
    wanted = len(dossier.due_papers.categories) if dossier.due_papers else 0
    if papers is not None and supplied_papers(dossier) < wanted:
        yield Limit("due_paper", papers, rules.due_paper.on_expiry)


def _owes_first_upload(dossier: Dossier, rules: Rules) -> bool:
    if dossier.rounds or dossier.send_back is not None or dossier.due_papers is not None:
        return False
    was_put_forward = dossier.stage not in {"draft", "abandoned"}
    return not was_put_forward and not (is_autosaved(rules) and suffices(dossier, rules))


def lapsed(dossier: Dossier, rules: Rules, now: datetime) -> tuple[Dossier, list[Event]]:
    """Return the dossier noted as overdue or given up, or no longer so, and what is to be said."""
    over = [limit for limit in limits(dossier, rules) if now >= limit.acts_at]
    noted = tuple(limit.kind for limit in over if limit.on_expiry is OnExpiry.FLAG)
    given_up = next((limit for limit in over if limit.on_expiry is OnExpiry.ABANDON), None)
    after = dossier if noted == dossier.overdue else replace(dossier, overdue=noted)
    if dossier.stage == "abandoned":
        # What expired with a send-back is opened again by staff alone.
        stands = given_up is not None or dossier.expired is not None
        return (after if stands else replace(after, stage=_before_giving_up(dossier))), []
    if given_up is None or given_up.kind == "supplement":
        return after, []
    event = DossierAbandoned(missed=given_up.kind, missed_at=given_up.until)
    return replace(after, stage="abandoned"), [event]


def _before_giving_up(dossier: Dossier) -> Literal["draft", "passed"]:
    return "draft" if dossier.due_papers is None else "passed"
