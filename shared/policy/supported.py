"""What has an effect by now: the one table that says which settings a service may be started on.

The model holds every setting; a value whose behaviour is still to be built is refused at start instead of
being ignored. A row leaves this table with the issue that builds it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from pydantic_core import to_jsonable_python

from shared.policy.model import Policy
from shared.policy.office import MESSAGE_CODES
from shared.policy.pictures import picture_rules
from shared.policy.source import Place
from shared.policy.values import (
    AttributeSource,
    AuthMode,
    CardState,
    Channel,
    CommitmentAt,
    NoticeKind,
    Outcome,
    ResultDisplay,
    SubmitMode,
    UploadButton,
)

Complaint = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A setting and the values that have an effect; without values, the model's default alone."""

    setting: str
    values: tuple[object, ...] = ()


# Only the default has an effect, or the values named.
PARTLY_SUPPORTED: Final = (
    Row("portal.tabs"),
    Row("card.fields"),
    Row("card.buttons"),
    Row("entry.upload_button", (UploadButton.ALWAYS, UploadButton.OFF)),
    Row("entry.auto_redirect_after_registration"),
    Row("entry.confirm_registration_data"),
    Row("auth.mode", (AuthMode.LOCAL_PASSWORD,)),
    Row("auth.captcha"),
    Row("auth.commitment", (CommitmentAt.NONE, CommitmentAt.ACTIVATION)),
    Row("commitment.at", (None, CommitmentAt.ACTIVATION)),
    Row("profile.required_before_upload"),
    Row("profile.fields"),
    Row("profile.editable"),
    Row("image.upright"),
    Row("message.order"),
    Row("message.time_format"),
    Row("review.levels"),
    Row("review.calendar"),
    Row("review.handover"),
    Row("review.mode"),
    Row("result.display", (ResultDisplay.MESSAGES, ResultDisplay.CARD_STATUS)),
    Row("serial.issue_on"),
    Row("notice.print"),
    Row("notify.phone_to"),
    Row("notify.quiet_hours"),
    Row("deadline.due_paper"),
    Row("deadline.minimum_waking"),
    Row("exempt_groups"),
    Row("onsite_after_exam"),
)
PARTLY_SUPPORTED_IN_CATEGORY: Final = ("check_fields",)
_SHOWN_CHARACTERS: Final = 60
_INERT: Final = Policy(name="inert")


def complaints(policy: Policy) -> list[Complaint]:
    """Return why a service can't be started on this policy yet, as (place, reason)."""
    return [complaint for check in _CHECKS for complaint in check(policy)]


def _without_effect(place: Place, value: object) -> Complaint:
    setting = ".".join(map(str, place))
    return place, f"setting {setting} = {_shown(value)} has no effect yet; a service can't be started on it"


def _shown(value: object) -> str:
    text = json.dumps(to_jsonable_python(value), ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _value(policy: Policy, setting: str) -> Any:  # noqa: ANN401 - any setting
    return reduce(getattr, setting.split("."), policy)


def _check_table(policy: Policy) -> Iterator[Complaint]:
    for row in PARTLY_SUPPORTED:
        value = _value(policy, row.setting)
        if value not in (row.values or (_value(_INERT, row.setting),)):
            yield _without_effect(tuple(row.setting.split(".")), value)


def _check_categories(policy: Policy) -> Iterator[Complaint]:
    for index, category in enumerate(policy.categories):
        for setting in PARTLY_SUPPORTED_IN_CATEGORY:
            value = getattr(category, setting)
            if value != type(category).model_fields[setting].get_default():
                yield _without_effect(("categories", index, setting), value)


def _check_attributes(policy: Policy) -> Iterator[Complaint]:
    for index, attribute in enumerate(policy.registration.attributes):
        if attribute.source is not AttributeSource.IMPORT:
            yield _without_effect(("registration", "attributes", index, "source"), attribute.source)


def _check_pictures(policy: Policy) -> Iterator[Complaint]:
    for index, category in enumerate(policy.categories):
        for slot in (None, *(slot.code for slot in category.slots)):
            rules = picture_rules(policy, category.code, slot)
            if rules.min_bytes and rules.min_bytes > rules.max_bytes:
                where = f"{category.code}.{slot}" if slot else category.code
                yield (
                    ("categories", index),
                    f"{where}: min_bytes {rules.min_bytes} is more than max_bytes {rules.max_bytes}",
                )


def _check_review(policy: Policy) -> Iterator[Complaint]:
    outcomes = {choice.outcome for choice in policy.review.outcomes}
    if outcomes != {Outcome.PASS, Outcome.SUPPLEMENT, Outcome.REJECT}:
        yield _without_effect(("review", "outcomes"), sorted(outcomes))
    if policy.review.start_at is not None and policy.submit.mode is SubmitMode.EXPLICIT:
        yield _without_effect(("review", "start_at"), policy.review.start_at)
    for level, release in policy.result.release.items():
        if release is not _INERT.result.release_of(level):
            yield _without_effect(("result", "release", level.value), release)


def _check_notices(policy: Policy) -> Iterator[Complaint]:
    for kind, channels in policy.notify.channels.items():
        place = ("notify", "channels", kind.value)
        if Channel.PHONE in channels or kind is NoticeKind.REMINDER:
            yield _without_effect(place, sorted(channels))
        if Channel.SMS in channels and not policy.notify.sms_text(kind):
            yield place, f"an SMS is sent for {kind}, but notify.sms_texts has no text for it"
        if Channel.SMS in channels and not policy.notify.sms_signature:
            yield place, f"an SMS is sent for {kind}, but notify.sms_signature is empty"


def _check_texts(policy: Policy) -> Iterator[Complaint]:
    for setting in ("portal.title", "page.heading", "message.heading", "auth.page_title"):
        if not _value(policy, setting):
            yield tuple(setting.split(".")), f"{setting} has no text"
    if policy.auth.mode is AuthMode.LOCAL_PASSWORD and not policy.auth.password_rule.text:
        yield ("auth", "password_rule"), "auth.password_rule.text has no text"
    for state in CardState:
        if state not in policy.status.text:
            yield ("status", "text"), f"status.text has no word for {state}"
    for code in MESSAGE_CODES:
        if code not in policy.notify.message_texts:
            yield ("notify", "message_texts"), f"notify.message_texts has no text for {code}"


_CHECKS: Final[tuple[Callable[[Policy], Iterator[Complaint]], ...]] = (
    _check_table,
    _check_categories,
    _check_attributes,
    _check_pictures,
    _check_review,
    _check_notices,
    _check_texts,
)
