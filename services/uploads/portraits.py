"""What the page reads about the portrait of the registration, and about one that was checked."""

import base64
from typing import Literal, Self

from pydantic import Field

from services.uploads.picture_check import in_words
from services.uploads.use_cases.portrait import PortraitReport
from shared.policy.model import Policy
from shared.policy.pictures import photo_rules
from shared.web.requests import Answer, Request


class PortraitQuery(Request):
    """Whose portrait it is."""

    registration: str = Field(min_length=1, max_length=80)


class LinkAnswer(Answer):
    """A text that leads somewhere."""

    text: str
    url: str


class PhotoAnswer(Answer):
    """What is asked of the portrait of the registration; `checker` leads to a tool elsewhere."""

    rule: str
    is_checked_here: bool
    checker: LinkAnswer | None

    @classmethod
    def of(cls, policy: Policy) -> Self | None:
        """Return it, if the policy says anything about portraits."""
        photo = policy.photo
        if not photo.is_checked_here and photo.checker is None:
            return None
        checker = LinkAnswer(text=photo.checker.text, url=photo.checker.url) if photo.checker else None
        rule = in_words(photo_rules(policy)) if photo.is_checked_here else ""
        return cls(rule=rule, is_checked_here=photo.is_checked_here, checker=checker)


class FindingAnswer(Answer):
    """A rule that a portrait breaks: it can't be used, or should be looked at again."""

    code: str
    severity: Literal["refuse", "hint"]
    detail: str


class PortraitAnswer(Answer):
    """What a portrait is like as it would be stored; `corrected` is a JPEG in base64, where one was made."""

    ok: bool
    rule: str
    received_bytes: int
    stored_bytes: int
    width: int
    height: int
    findings: list[FindingAnswer]
    corrected: str | None

    @classmethod
    def of(cls, report: PortraitReport) -> Self:
        """Return the answer."""
        return cls(
            ok=report.is_good,
            rule=report.rule,
            received_bytes=report.received_bytes,
            stored_bytes=report.stored_bytes,
            width=report.width,
            height=report.height,
            findings=[
                FindingAnswer(code=each.code, severity=each.severity.value, detail=each.text)
                for each in report.findings
            ],
            corrected=base64.b64encode(report.corrected).decode() if report.corrected else None,
        )
