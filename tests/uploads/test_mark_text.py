"""What a watermark says about whom."""

from dataclasses import replace
from datetime import UTC, datetime

from services.uploads.mark_words import MarkWords
from services.uploads.use_cases.mark_text import mark_text
from shared.policy.candidate import ImageSettings
from shared.policy.placeholders import WATERMARK_PLACEHOLDERS
from shared.policy.values import Watermark
from tests.uploads.builders import SMALL, a_registration

LATE = datetime(2020, 3, 11, 16, 30, tzinfo=UTC)


def text(wanted: str, **changes: str) -> str:
    image = ImageSettings(watermark=Watermark.VISIBLE, watermark_text=wanted, watermark_purpose="报名审核")
    policy = SMALL.model_copy(update={"image": image})
    registration = replace(a_registration(), **changes)  # type: ignore[arg-type]  # texts only
    return mark_text(policy, "2020", MarkWords.of(registration), LATE)


def test_every_placeholder_is_filled_in() -> None:
    for name in WATERMARK_PLACEHOLDERS:
        assert text(f"<{{{name}}}>") not in {"<>", f"<{{{name}}}>"}


def test_s3_24_session_purpose_masked_name_ticket_and_the_day_in_china() -> None:
    wanted = "仅供{session}年{purpose}使用 {masked_name} {ticket_tail} {date}"

    assert text(wanted) == "仅供2020年报名审核使用 张*例 0001 2020-03-12"


def test_a_registration_that_was_kept_before_names_were_still_has_a_text() -> None:
    assert text("审核 {masked_name} {ticket_tail}", masked_name="") == "审核  0001"


def test_without_a_watermark_in_the_policy_there_is_no_text() -> None:
    assert mark_text(SMALL, "2020", MarkWords.of(a_registration()), LATE) == ""
