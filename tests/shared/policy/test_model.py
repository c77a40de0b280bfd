"""The policy tree: every setting has its place, it is frozen, and it survives being written down."""

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.policy.model import (
    CALENDAR_SETTINGS,
    LockOn,
    MaterialCategory,
    NoticeKind,
    Policy,
    Window,
)
from shared.policy.values import Channel, ReviewLevel, UnlockScope

# Every setting of the requirements' two tables (domain.md §2.7) and its path in the model.
SETTINGS = {
    "portal.title": "portal.title",
    "entry.upload_button": "entry.upload_button",
    "entry.auto_redirect_after_registration": "entry.auto_redirect_after_registration",
    "auth.mode": "auth.mode",
    "auth.password_rule": "auth.password_rule",
    "auth.recovery_question": "auth.recovery_question",
    "auth.captcha": "auth.captcha",
    "auth.commitment": "auth.commitment",
    "profile.required_before_upload": "profile.required_before_upload",
    "profile.fields": "profile.fields",
    "profile.editable": "profile.editable",
    "submit.mode": "submit.mode",
    "submit.require_mandatory": "submit.require_mandatory",
    "lock.on": "lock.on",
    "unlock.scope": "unlock.scope",
    "unlock.with_notice": "unlock.with_notice",
    "image.tick_on_pass": "image.tick_on_pass",
    "image.watermark": "image.watermark",
    "image.formats": "image.formats",
    "image.max_bytes": "image.max_bytes",
    "image.upright": "image.upright",
    "image.hint_in_every_dialog": "image.hint_in_every_dialog",
    "category.other": "category.other",
    "category.samples": "category.samples",
    "category.resync_on_exam_category_change": "category.resync_on_exam_category_change",
    "templates": "templates",
    "review.levels": "review.levels",
    "review.start_at": "review.start_at",
    "result.display": "result.display",
    "result.release": "result.release",
    "serial.issue_on": "serial.issue_on",
    "notice.print": "notice.print",
    "notify.channels": "notify.channels",
    "notify.sms_signature": "notify.sms_signature",
    "notify.on_pass": "notify.on_pass",
    "notify.phone_to": "notify.phone_to",
    "deadline.supplement": "deadline.supplement",
    "deadline.upload_window": "deadline.upload_window",
    "deadline.on_expiry": "deadline.supplement.on_expiry",
    "deadline.on_expiry of the first upload": "deadline.upload_window.on_expiry",
    "deadline.on_expiry of a due paper": "deadline.due_paper.on_expiry",
    "photo.max_bytes": "photo.max_bytes",
    "photo.checker": "photo.checker",
    "message.order": "message.order",
    "message.time_format": "message.time_format",
    "portal.subtitle": "portal.subtitle",
    "portal.tabs[]": "portal.tabs",
    "card.fields[]": "card.fields",
    "card.buttons[]": "card.buttons",
    "page.notices[]": "page.notices",
    "status.text": "status.text",
    "entry.confirm_registration_data": "entry.confirm_registration_data",
    "registration.attributes[]": "registration.attributes",
    "category.list": "category.list",
    "unlock.after_window": "unlock.after_window",
    "review.open_when": "review.open_when",
    "resubmit.settle": "resubmit.settle",
    "resubmit.to": "resubmit.to",
    "review calendar": "review.calendar",
    "review.outcomes": "review.outcomes",
    "review.handover": "review.handover",
    "review.mode": "review.mode",
    "carry_over": "carry_over",
    "withdraw": "withdraw",
    "exempt_groups": "exempt_groups",
    "onsite_after_exam": "onsite_after_exam",
    "commitment.at": "commitment.at",
}
CATEGORY_SETTINGS = (
    *("code", "name", "hint", "samples", "required_when", "min_images", "max_images", "slots", "validity"),
    *("template", "order", "image", "duplicates", "erase_after_decision", "other", "reasons"),
)


@pytest.mark.parametrize("path", SETTINGS.values(), ids=SETTINGS.keys())
def test_every_setting_has_its_place(path: str) -> None:
    *groups, last = path.split(".")

    group: BaseModel = reduce(getattr, groups, Policy(name="trial"))

    assert last in type(group).model_fields


@pytest.mark.parametrize("setting", CATEGORY_SETTINGS)
def test_every_setting_of_a_category_has_its_place(setting: str) -> None:
    assert setting in MaterialCategory.model_fields


@pytest.mark.parametrize("levels", [["site"], ["site", "district"], ["point", "site", "district"]])
def test_one_two_and_three_levels_can_be_written(levels: list[str]) -> None:
    policy = Policy.model_validate({"name": "trial", "review": {"levels": levels}})

    assert policy.review.levels == tuple(map(ReviewLevel, levels))


def test_levels_must_ascend() -> None:
    with pytest.raises(ValidationError, match="must ascend"):
        Policy.model_validate({"name": "trial", "review": {"levels": ["district", "site"]}})


def test_a_policy_can_not_be_changed() -> None:
    policy = Policy(name="trial")

    with pytest.raises(ValidationError, match="frozen"):
        policy.withdraw = True  # type: ignore[misc]  # the point of the test


durations = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=400))
instants = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(codec="utf-8", exclude_characters="{}"), min_size=1, max_size=30)
codes = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
categories = st.builds(
    lambda code, name, few, more: MaterialCategory(
        code=code, name=name, min_images=few, max_images=few + more
    ),
    codes,
    texts,
    st.integers(0, 5),
    st.integers(1, 5),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Return any policy: texts, sets, durations, instants and lists of categories vary."""
    supplement = draw(st.one_of(st.builds(lambda d: {"duration": d}, durations), st.just({})))
    kinds = st.sampled_from(NoticeKind)
    return Policy.model_validate(
        {
            "name": "trial",
            "portal": {"title": draw(texts)},
            "lock": {"on": draw(st.frozensets(st.sampled_from(LockOn)))},
            "unlock": {"scope": draw(st.sampled_from(UnlockScope))},
            "notify": {
                "channels": draw(st.dictionaries(kinds, st.frozensets(st.sampled_from(Channel)), max_size=4))
            },
            "deadline": {"supplement": supplement, "upload_window": {"open": draw(instants)}},
            "categories": draw(st.lists(categories, max_size=4, unique_by=lambda category: category.code)),
        }
    )


@given(policies())
def test_a_policy_written_as_json_is_the_same_policy_when_read(policy: Policy) -> None:
    again = Policy.model_validate_json(policy.model_dump_json())

    assert again == policy
    assert again.version == policy.version


@given(policies(), texts)
def test_another_text_is_another_version(policy: Policy, title: str) -> None:
    changed = policy.model_copy(update={"portal": policy.portal.model_copy(update={"title": title})})

    assert (changed.version == policy.version) == (title == policy.portal.title)


@given(policies(), instants)
def test_an_extended_window_is_no_other_version(policy: Policy, close: datetime) -> None:
    deadline = policy.deadline.model_copy(update={"upload_window": Window(close=close)})

    extended = policy.model_copy(update={"deadline": deadline})

    assert extended.version == policy.version


def test_every_calendar_setting_exists() -> None:
    for path in CALENDAR_SETTINGS:
        reduce(getattr, path, Policy(name="trial"))


def test_the_version_is_the_same_on_every_start() -> None:
    # Sets have no order of their own: the canonical form must bring one.
    policy = Policy.model_validate({"name": "trial", "lock": {"on": ["submit", "window_end", "site_pass"]}})
    other = Policy.model_validate({"name": "trial", "lock": {"on": ["site_pass", "window_end", "submit"]}})

    assert policy.version == other.version
    assert len(policy.version) == 64


def test_a_restored_version_keeps_its_name() -> None:
    policy = Policy.restore({"name": "trial"}, "0" * 64)

    assert policy.version == "0" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", timedelta(hours=24)),
        ("24 h", timedelta(hours=24)),
        ("2min", timedelta(minutes=2)),
        ("P3D", timedelta(days=3)),
    ],
)
def test_durations_are_written_as_people_write_them(text: str, expected: timedelta) -> None:
    policy = Policy.model_validate({"name": "trial", "deadline": {"supplement": {"duration": text}}})

    assert policy.deadline.supplement.duration == expected


def test_an_sms_for_a_pass_goes_out_only_where_the_policy_says_so() -> None:
    channels = {"channels": {"passed": ["sms", "inapp"]}}
    silent = Policy.model_validate({"name": "trial", "notify": channels})
    telling = Policy.model_validate({"name": "trial", "notify": {**channels, "on_pass": True}})

    assert silent.notify.channels_of(NoticeKind.PASSED) == {Channel.INAPP}
    assert telling.notify.channels_of(NoticeKind.PASSED) == {Channel.SMS, Channel.INAPP}


def test_a_watermark_can_name_known_facts_only() -> None:
    image = {"watermark": "visible", "watermark_text": "{id_number}"}

    with pytest.raises(ValidationError, match="unknown placeholders id_number"):
        Policy.model_validate({"name": "trial", "image": image})


def test_a_watermark_that_names_a_purpose_needs_one() -> None:
    image = {"watermark": "visible", "watermark_text": "仅供{purpose}使用"}

    with pytest.raises(ValidationError, match="watermark_purpose is empty"):
        Policy.model_validate({"name": "trial", "image": image})
    assert Policy.model_validate({"name": "trial", "image": {**image, "watermark_purpose": "审核"}})


def test_an_sms_text_can_not_hold_a_signature_of_its_own() -> None:
    with pytest.raises(ValidationError, match="no provider accepts"):
        Policy.model_validate({"name": "trial", "notify": {"sms_texts": {"returned": "【签名】您好"}}})


PAPERS = {
    "categories": [
        {"code": "diploma", "name": "毕业证"},
        {"code": "letter", "name": "毕业证明书"},
        {"code": "note", "name": "说明", "min_images": 0},
    ]
}


@pytest.mark.parametrize(
    ("groups", "complaint"),
    [
        ([{"code": "g", "name": "任一", "any_of": ["diploma", "other"]}], "unknown category other"),
        ([{"code": "g", "name": "任一", "any_of": ["diploma", "note"]}], "min_images 0 and would do empty"),
        ([{"code": "g", "name": "任一", "any_of": ["diploma"]}], "at least 2 items"),
        ([{"code": "g", "name": "任一", "any_of": ["diploma", "diploma"]}], "duplicate category diploma"),
        (
            [{"code": "letter", "name": "任一", "any_of": ["diploma", "letter"]}],
            "category or group code letter",
        ),
        (
            [
                {"code": "g", "name": "任一", "any_of": ["diploma", "letter"]},
                {"code": "h", "name": "任一", "any_of": ["letter", "diploma"]},
            ],
            "duplicate member of groups diploma, letter",
        ),
    ],
)
def test_a_group_that_cannot_be_meant_is_refused(groups: list[object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Policy.model_validate({"name": "trial", **PAPERS, "groups": groups})


@pytest.mark.parametrize(
    ("attribute", "complaint"),
    [
        ({"name": "military", "label": "军队"}, "duplicate registration attribute military"),
        ({"name": "own", "label": "自有", "type": "number", "values": ["1"]}, "only a text has values"),
    ],
)
def test_an_attribute_that_cannot_be_meant_is_refused(attribute: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Policy.model_validate({"name": "trial", "registration": {"attributes": [attribute]}})


@pytest.mark.parametrize("url", ["form.pdf", "javascript:alert(1)", "http://forms.example/a.pdf", "/a b.pdf"])
def test_a_form_lies_on_the_own_site_or_behind_https(url: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Policy.model_validate({"name": "trial", "templates": [{"code": "f", "name": "表", "url": url}]})
