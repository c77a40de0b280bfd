"""The instants that the candidate's page speaks of."""

from datetime import datetime
from typing import Self

from services.uploads.autosave import quiet_at
from services.uploads.instants import due_papers_until, window_closes_at
from services.uploads.model import Dossier, Rules
from shared.web.requests import Answer


class TimesAnswer(Answer):
    """The instants the page speaks of; an autosaved send-back goes to the reviewer at `settles_at`."""

    opens_at: datetime | None
    closes_at: datetime | None
    review_starts_at: datetime | None
    saved_at: datetime | None
    settles_at: datetime | None
    papers_due_at: datetime | None

    @classmethod
    def of(cls, dossier: Dossier, rules: Rules) -> Self:
        """Return them."""
        received = max((item.received_at for item in dossier.items), default=None)
        return cls(
            opens_at=rules.window.open,
            closes_at=window_closes_at(dossier, rules),
            review_starts_at=rules.review_starts_at,
            saved_at=dossier.changed_at or received,
            settles_at=None if dossier.is_processing else quiet_at(dossier, rules),
            papers_due_at=due_papers_until(dossier, rules),
        )
