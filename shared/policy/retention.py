"""Settings of how long what was handed in is kept, and how its deletion is announced."""

from datetime import timedelta
from typing import Self

from pydantic import model_validator

from shared.policy.values import Duration, PolicyModel

# Six months, by the Cybersecurity Law.
LOGS_KEPT = timedelta(days=184)


class RetentionSettings(PolicyModel):
    """How long dossiers and pictures are kept: the shortest time that the purpose and the law need.

    `approved` is the legal period; `after_legal_period` comes on top of it. `originals` (pictures without
    watermark, and replaced ones) and `erase_wait` (categories with `erase_after_decision`) count from the
    decision; `removed` from when the candidate took a picture away; `views` (who saw a picture) from then.
    """

    drafts: Duration = timedelta(days=90)
    undecided: Duration = timedelta(days=365)
    rejected: Duration = timedelta(days=180)
    approved: Duration = timedelta(days=1095)
    after_legal_period: Duration = timedelta(days=30)
    removed: Duration = timedelta(days=15)
    originals: Duration = timedelta(days=30)
    erase_wait: Duration = timedelta(days=60)
    first_notice: Duration = timedelta(days=30)
    second_notice: Duration = timedelta(days=7)
    views: Duration = timedelta(days=1095)

    @model_validator(mode="after")
    def _views_are_kept_as_the_law_wants(self) -> Self:
        if self.views < LOGS_KEPT:
            raise ValueError(
                f"views {_days(self.views)} is less than the {_days(LOGS_KEPT)} that logs are kept"
            )
        return self

    @model_validator(mode="after")
    def _notices_fit(self) -> Self:
        if self.second_notice >= self.first_notice:
            raise ValueError(
                f"second_notice {_days(self.second_notice)} before the deletion must come after "
                f"first_notice {_days(self.first_notice)} before it"
            )
        for name in ("drafts", "undecided", "rejected", "approved"):
            kept: timedelta = getattr(self, name)
            if kept <= self.first_notice:
                notice = _days(self.first_notice)
                raise ValueError(f"{name} {_days(kept)} leaves no time for first_notice {notice} before it")
        return self


def _days(duration: timedelta) -> str:
    return f"{duration / timedelta(days=1):g}d"
