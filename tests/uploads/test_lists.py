"""Real lists of real districts: which papers does this person need?"""

import pytest
from pydantic import JsonValue

from services.uploads.requirements import needs_of, required_codes
from shared.policy.loader import load_policy
from tests.shared.policy.policies import SHIPPED

LISTS = {
    name: load_policy(SHIPPED / "examples" / f"list-{name}.yaml")
    for name in ("shandong-2022", "national-upload", "inner-mongolia-2020", "guangxi-2020", "by-route-2020")
}
BACHELOR: dict[str, JsonValue] = {"level": "physician", "education": "bachelor", "route": "degree"}
ASSISTANT: dict[str, JsonValue] = {**BACHELOR, "education": "college", "assistant_certificate": True}


def papers(name: str, **facts: JsonValue) -> list[str]:
    """Return what these facts ask for, a group as `a|b`."""
    policy = LISTS[name]
    return [
        "|".join(category.code for category in need.any_of)
        for need in needs_of(policy, required_codes(policy, facts))
    ]


@pytest.mark.parametrize(
    ("who", "facts", "needed"),
    [
        (
            "route 1: a bachelor",
            BACHELOR,
            "id_proof diploma probation_proof institution_licence commitment_letter",
        ),
        (
            "route 1, from a college course begun after 2015-09-01",
            {**BACHELOR, "upgraded_since_201509": True},
            "id_proof diploma probation_proof institution_licence college_diploma commitment_letter",
        ),
        (
            "route 2: college and assistant certificate",
            ASSISTANT,
            (
                "id_proof diploma assistant_certificates practice_proof_two_years"
                " institution_licence commitment_letter"
            ),
        ),
        (
            "route 3: secondary school and assistant certificate",
            {**ASSISTANT, "education": "secondary"},
            (
                "id_proof diploma assistant_certificates practice_proof_five_years"
                " institution_licence commitment_letter"
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value and "_" not in value else "",
)
def test_list_a_shandong_2022(who: str, facts: dict[str, JsonValue], needed: str) -> None:
    assert papers("shandong-2022", **facts) == needed.split(), who


GRADUATION = "diploma|graduation_letter|degree_report|school_archive"
YEARLY = "probation_proof|practice_proof"
LICENCE = "institution_licence|clinic_filing"


@pytest.mark.parametrize(
    ("who", "facts", "needed"),
    [
        ("a first-timer", BACHELOR, f"id_proof {GRADUATION} {YEARLY} {LICENCE}"),
        (
            "somebody of a grade-3A hospital",
            {**BACHELOR, "employer_type": "grade_3a"},
            f"id_proof {GRADUATION} {YEARLY}",
        ),
        ("somebody of a CDC", {**BACHELOR, "employer_type": "cdc"}, f"id_proof {GRADUATION} {YEARLY}"),
        (
            "a candidate from Hong Kong",
            {**BACHELOR, "id_type": "travel_permit"},
            f"id_proof {GRADUATION} {YEARLY} internship_approval {LICENCE}",
        ),
        (
            "who was approved here in 2021",
            {**BACHELOR, "approved_in": 2021},
            f"id_proof {YEARLY} earlier_ticket|score_sheet",
        ),
    ],
)
def test_list_b_upload_requirements(who: str, facts: dict[str, JsonValue], needed: str) -> None:
    assert papers("national-upload", **facts) == needed.split(), who


ALWAYS = "notice id_proof diploma chsi_form"


@pytest.mark.parametrize(
    ("who", "facts", "needed"),
    [
        ("a graduate", BACHELOR, f"{ALWAYS} probation_proof institution_licence"),
        (
            "an assistant physician",
            ASSISTANT,
            f"{ALWAYS} qualification_certificate practising_certificate practice_proof institution_licence",
        ),
        (
            "an assistant physician whose changed registrations cost years",
            {**ASSISTANT, "practice_years_insufficient": True},
            (
                f"{ALWAYS} qualification_certificate practising_certificate practice_proof first_registration"
                " institution_licence"
            ),
        ),
        (
            "an apprentice of a master",
            {**BACHELOR, "route": "apprenticeship"},
            f"{ALWAYS} probation_proof institution_licence apprenticeship_certificate|speciality_certificate",
        ),
        (
            "a soldier who graduates this year",
            {**BACHELOR, "fresh_graduate": True, "military": True},
            f"{ALWAYS} probation_proof institution_licence graduate_commitment military_id military_consent",
        ),
    ],
)
def test_list_c_inner_mongolia_2020(who: str, facts: dict[str, JsonValue], needed: str) -> None:
    assert papers("inner-mongolia-2020", **facts) == needed.split(), who


@pytest.mark.parametrize(
    ("who", "facts", "needed"),
    [
        ("(1) a bachelor of 2010", {**BACHELOR, "graduated_after_2001": True}, "id_proof diploma chsi_form"),
        ("a bachelor of 1999", BACHELOR, "id_proof diploma"),
        (
            "(2) a degree from abroad",
            {**BACHELOR, "graduated_after_2001": True, "foreign_degree": True},
            "id_proof diploma foreign_report",
        ),
        (
            "(3) a secondary school of another province",
            {**BACHELOR, "education": "secondary", "school_province": "外省"},
            "id_proof diploma admission_list",
        ),
        (
            "(4) a school that was not recognised",
            {**BACHELOR, "education": "secondary", "school_province": "本区", "recognition_exam": True},
            "id_proof diploma recognition_certificate",
        ),
        (
            "(5) a proven speciality",
            {**BACHELOR, "route": "proven_speciality"},
            "id_proof apprenticeship_certificate|speciality_certificate",
        ),
        (
            "(6) adult education, stomatology",
            {**BACHELOR, "discipline": "stomatology", "adult_education": True},
            "id_proof diploma assistant_diploma",
        ),
    ],
)
def test_list_e_guangxi_2020(who: str, facts: dict[str, JsonValue], needed: str) -> None:
    assert papers("guangxi-2020", **facts) == needed.split(), who


DIRECT = "id_proof diploma registration_form education_proof probation_proof"


@pytest.mark.parametrize(
    ("who", "facts", "needed"),
    [
        ("assistant", {**BACHELOR, "level": "assistant"}, DIRECT),
        ("physician", {**BACHELOR, "discipline": "clinical"}, DIRECT),
        ("public health", {**BACHELOR, "discipline": "public_health"}, DIRECT),
        ("fresh graduate", {**BACHELOR, "fresh_graduate": True}, f"{DIRECT} graduate_commitment"),
        (
            "assistant to physician",
            ASSISTANT,
            "id_proof diploma registration_form education_proof practice_proof assistant_certificates",
        ),
        ("stomatology", {**BACHELOR, "discipline": "stomatology"}, f"{DIRECT} institution_licence"),
        (
            "stomatology in a grade-3A hospital",
            {**BACHELOR, "discipline": "stomatology", "employer_type": "grade_3a"},
            DIRECT,
        ),
        (
            "S3-18: a postgraduate who graduates this year",
            {"education": "postgraduate", "fresh_graduate": True, "professional_degree": True},
            "id_proof registration_form student_card first_degree practice_year",
        ),
    ],
)
def test_list_f_by_route_2020(who: str, facts: dict[str, JsonValue], needed: str) -> None:
    assert papers("by-route-2020", **facts) == needed.split(), who
