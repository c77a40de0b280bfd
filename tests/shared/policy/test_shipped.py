"""The shipped policies against the guides: S0's texts letter for letter, S3 as the default."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import JsonValue

from shared.policy.conditions import is_required
from shared.policy.model import LockOn, NoticeKind, Policy
from shared.policy.values import (
    AuthMode,
    CardState,
    Channel,
    CommitmentAt,
    OnExpiry,
    PhoneTo,
    Release,
    ResultDisplay,
    ReviewLevel,
    SerialIssueOn,
    SubmitMode,
    UnlockScope,
    UploadButton,
    Watermark,
)
from tests.shared.policy.policies import SHIPPED, shipped

S0 = shipped("shandong-2020")
S3 = shipped("default")
DEMO = shipped("demo")
PORTAL = SHIPPED.parent / "gateway" / "portal"
MAIN_STORY: dict[str, JsonValue] = {
    "exam_category_code": "110",
    "discipline": "clinical",
    "level": "physician",
    "education": "bachelor",
    "route": "degree",
    "id_type": "id_card",
    "employer_type": "grade_3a",
    "probation_employers": 1,
}


def required(policy: Policy, **facts: JsonValue) -> list[str]:
    """Return the codes of the categories that these facts require."""
    return [item.code for item in policy.categories if is_required(item, MAIN_STORY | facts)]


def test_s0_01_the_portal_is_titled_with_the_district() -> None:
    assert S0.portal.title == "国家医学考试（山东）考生服务系统"


def test_s0_04_the_activation_page_has_its_three_notes() -> None:
    assert S0.auth.page_title == "激活用户"
    assert S0.auth.notes == (
        "用户名与报名网站账号一致，请妥善设置并保管好密码。",
        "本系统所收集电子照片等报名材料，将用于报考资格审核，请确保上传材料的真实性、准确性、完整性。如有不实之处，由考生本人承担相关责任。",
        "考生在报名及上传材料过程中，若出现违纪违规行为，将按《医师资格考试违纪违规处理规定》处理。",
    )


@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("abcd1234", True),
        ("Abcdefghij1234567890", True),
        ("abcd123", False),
        ("Abcdefghij12345678901", False),
        ("abcdefgh", False),
        ("12345678", False),
        ("abcd 1234", False),
        ("abcd1234!", False),
        ("密码abcd1234", False),
        ("abcd1234\n", False),
    ],
)
def test_s0_06_a_password_has_8_to_20_letters_and_digits(password: str, accepted: bool) -> None:
    rule = S0.auth.password_rule

    assert rule.text == "8-20位，由字母、数字组成，区分大小写"
    assert bool(re.fullmatch(rule.pattern, password)) is accepted


def test_s0_07_the_commitments_are_two_sentences() -> None:
    assert S0.auth.commitments == (
        "本人对所填信息及上传附件材料的真实性、准确性、完整性作出郑重承诺，如有不实之处，本人愿承担相关责任。",
        "本人了解并遵守《医师资格考试违纪违规处理规定》。",
    )


def test_s0_08_activation_needs_recovery_question_and_commitments() -> None:
    assert S0.auth.recovery_question is True
    assert S0.commitment_at is CommitmentAt.ACTIVATION


def test_s0_10_the_material_page_has_its_texts() -> None:
    assert S0.page.heading == "报名材料附件"
    assert S0.page.tip == (
        "提示：考生所上传材料照片需保证信息真实、准确、完整、有效。"
        "如有虚假材料，将按照《医师资格考试违纪违规规定》相关条款进行处理。"
    )
    assert S0.page.attention == (
        "注意：带有*号为必须上传的项目。"
        "材料上传完成后，如遇材料问题需要修订，将通过短信方式（发送到报名电话号码）通知。"
    )


def test_s0_12_the_first_category_is_the_id_with_its_hint() -> None:
    first = min(S0.categories, key=lambda category: category.order)

    assert first.name == "身份证明"
    assert first.hint == (
        "请上传与报名相一致的有效身份证件正反面照片（外国护照需上传信息页与封页），"
        "本人手持身份证内容一面照片，人像与证件内容应清晰可辨"
    )
    assert first.samples


def test_s0_13_the_list_shows_what_any_candidate_may_need() -> None:
    reasons: tuple[dict[str, JsonValue], ...] = (
        {"assistant_certificate": True},
        {"employer_type": "other"},
        {"upgraded_since_201509": True},
        {"fresh_graduate": True, "professional_degree": True},
        {"route": "apprenticeship"},
        {"foreign_degree": True},
        {"military": True},
    )

    needed = {code for facts in reasons for code in required(S0, **facts)}

    assert needed == {category.code for category in S0.categories}


def test_s0_15_the_file_rule_names_format_size_and_direction() -> None:
    assert S0.page.file_rule == (
        "材料照片需保证信息真实、准确、完整、有效。画面保持正向，不得翻转旋转。"
        "文件应使用 jpg/jpeg/png 格式，上传的照片应确保图像清晰，单个照片文件大小不超过 200k。"
    )
    assert S0.image.max_bytes == 200 * 1024
    assert S0.image.formats == ("jpeg", "png")
    assert S0.image.upright is True


def test_s0_16_the_rule_is_shown_in_every_dialog() -> None:
    assert S0.image.hint_in_every_dialog is True


def test_s0_18_and_34_the_id_has_a_fixed_number_of_pictures() -> None:
    proof = S0.find_category("id_proof")

    assert proof is not None
    assert proof.min_images == proof.max_images == 3
    assert [slot.name for slot in proof.slots] == ["人像面", "国徽面", "手持"]


def test_s0_22_and_23_submitting_is_answered_with_the_message() -> None:
    assert S0.notify.message_text("SUBMITTED_LOCKED") == "上报完成，内容已锁定。"
    assert S0.message.heading == "消息提醒"


def test_s0_24_the_second_wording_is_a_notice() -> None:
    assert [(notice.title, notice.text) for notice in S0.page.notices] == [
        (
            "另请留意",
            "材料上报完成后，在审核期间如遇材料问题需要修订，考区将通过短信方式（发送到报名电话号码）通知。",
        )
    ]


def test_s0_28_a_pass_is_told_by_sms() -> None:
    assert S0.notify.channels_of(NoticeKind.PASSED) == {Channel.SMS, Channel.INAPP}
    assert "审核通过" in (S0.notify.sms_text(NoticeKind.PASSED) or "")


def test_s0_29_the_reason_for_an_unreadable_diploma_is_at_hand() -> None:
    diploma = S0.find_category("diploma")

    assert diploma is not None
    assert "毕业证编号无法辨别，请重新上传！" in [reason.text for reason in diploma.reasons]


def test_s0_30_the_review_notice_is_the_guides_with_its_two_blanks() -> None:
    text = S0.notify.sms_text(NoticeKind.RETURNED)

    assert f"【{S0.notify.sms_signature}】{text}" == (
        "【山东卫健委医管中心】您的医师资格考试报名材料照片，有新的审核通知，"
        "请在 24 小时之内登陆报名网站，访问报名材料上传页面，查看消息并按要求处理。"
    )


def test_s0_31_a_send_back_opens_everything_together_with_the_notice() -> None:
    assert S0.unlock.scope is UnlockScope.DOSSIER
    assert S0.unlock.with_notice is True


def test_s0_32_the_supplement_has_24_hours() -> None:
    assert S0.deadline.supplement.duration == timedelta(hours=24)
    assert S0.deadline.supplement.on_expiry is OnExpiry.FLAG


def test_s0_33_a_dossier_without_its_mandatory_papers_is_refused() -> None:
    assert S0.submit.mode is SubmitMode.EXPLICIT
    assert S0.submit.require_mandatory is True


def test_s0_other_settings_are_the_tables() -> None:
    assert S0.entry.upload_button is UploadButton.ALWAYS
    assert S0.entry.auto_redirect_after_registration is False
    assert S0.auth.mode is AuthMode.LOCAL_PASSWORD
    assert S0.auth.captcha is False
    assert S0.lock.on == {LockOn.SUBMIT}
    assert S0.image.tick_on_pass is False
    assert S0.image.watermark is Watermark.NONE
    assert S0.category.other is False
    assert S0.result.display is ResultDisplay.MESSAGES
    assert S0.serial.issue_on is SerialIssueOn.NEVER
    assert S0.notify.channels_of(NoticeKind.RETURNED) == {Channel.SMS, Channel.INAPP}


def test_s3_is_the_national_default() -> None:
    assert S3.entry.auto_redirect_after_registration is True
    assert S3.auth.mode is AuthMode.AUTHORISE
    assert S3.commitment_at is CommitmentAt.NONE
    assert S3.submit.mode is SubmitMode.AUTOSAVE
    assert S3.lock.on == {LockOn.REVIEW_CLAIM, LockOn.REVIEW_DECISION}
    assert S3.unlock.scope is UnlockScope.IMAGE
    assert S3.image.tick_on_pass is True
    assert S3.image.watermark is Watermark.VISIBLE
    assert S3.category.resync_on_exam_category_change is True
    assert S3.result.display is ResultDisplay.CARD_STATUS
    assert S3.result.release_of(ReviewLevel.SITE) is Release.IMMEDIATELY
    assert S3.result.release_of(ReviewLevel.DISTRICT) is Release.AFTER_DISTRICT_FINISHED
    assert S3.notify.channels_of(NoticeKind.RETURNED) == {Channel.PHONE, Channel.SMS, Channel.INAPP}
    assert S3.notify.phone_to == {PhoneTo.CANDIDATE, PhoneTo.EMPLOYER}
    assert S3.deadline.supplement.duration is None
    assert S3.photo.max_bytes == 30 * 1024


def test_s3_05_other_pictures_have_a_place() -> None:
    assert [category.code for category in S3.categories if category.other] == ["other"]


def test_s3_18_the_form_of_the_practice_year_can_be_downloaded() -> None:
    assert [template.name for template in S3.templates] == ["临床实践训练经历满一年证明及个人承诺书"]
    paper = S3.find_category("practice_year")
    assert paper is not None
    assert S3.find_template(paper.template) == S3.templates[0]


def test_s3_18_every_form_on_the_own_site_is_there() -> None:
    for template in S3.templates:
        form = PORTAL / "public" / template.url.removeprefix("/")
        assert form.read_bytes().startswith(b"%PDF-")
        assert (PORTAL / "templates" / form.with_suffix(".html").name).is_file()


def test_s3_30_the_card_has_four_words_and_one_for_nothing_handed_in() -> None:
    assert {S3.status.word(state) for state in CardState} == {
        "填报",
        "考点通过",
        "审核通过",
        "审核拒绝",
        "逾期未提交",
    }


@pytest.mark.parametrize("policy", [S3, S0, DEMO], ids=lambda policy: policy.name)
def test_the_main_story_needs_three_papers(policy: Policy) -> None:
    assert required(policy) == ["id_proof", "diploma", "probation_proof"]


def differences(one: JsonValue, other: JsonValue, path: str = "") -> Iterator[str]:
    """Return the paths at which two trees differ."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        yield from [path.removeprefix(".")] if one != other else []
        return
    for key in one.keys() | other.keys():
        yield from differences(one.get(key), other.get(key), f"{path}.{key}")


def test_the_demo_differs_from_shandong_in_what_it_says_only() -> None:
    changed = set(differences(S0.model_dump(mode="json"), DEMO.model_dump(mode="json")))

    assert changed == {
        "name",
        "unlock.scope",
        "image.watermark",
        "image.tick_on_pass",
        "result.display",
        "category.list",
        "viewing.masks",
    }


@pytest.mark.parametrize("policy", [S3, S0], ids=lambda policy: policy.name)
def test_a_sample_is_named_after_its_category(policy: Policy) -> None:
    for category in policy.categories:
        assert category.other or category.samples == (f"/samples/{category.code}.svg",)
