"""Importing roster and staff: all or nothing, and only what changed is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.roster import Counts, RosterError, read_roster
from services.auth.use_cases.telling import registration_changed
from shared.events.auth import RegistrationChanged
from shared.policy.loader import load_policy
from tests.auth.conftest import LI, POLICY, ROOT, ROSTER, STAFF, ZHANG, Auth

Writer = Callable[[str], Path]


@pytest.fixture
def file(tmp_path: Path) -> Writer:
    def write(text: str) -> Path:
        path = tmp_path / "file.yaml"
        path.write_text(text)
        return path

    return write


async def test_a_first_import_tells_every_registration(file: Writer) -> None:
    auth = Auth()

    counts = await auth.use_cases.import_roster(file(ROSTER))

    assert counts == Counts(new=2)
    event = auth.told[0].event
    assert isinstance(event, RegistrationChanged)
    assert event == registration_changed(auth.registrations.items[ZHANG].registration)
    assert (event.private.name, event.private.site_name, event.session) == ("张样例", "济南", "2020")
    assert [(told.subject, told.sequence) for told in auth.told] == [
        (f"registration:{ZHANG}", 1),
        (f"registration:{LI}", 1),
    ]
    assert auth.told[0].scope.policy == load_policy(POLICY).version


async def test_the_same_import_again_tells_nothing(auth: Auth, file: Writer) -> None:
    assert await auth.use_cases.import_roster(file(ROSTER)) == Counts(unchanged=2)
    assert auth.told == []


async def test_a_changed_row_is_told_with_the_next_sequence(auth: Auth, file: Writer) -> None:
    counts = await auth.use_cases.import_roster(file(ROSTER.replace("13900000001", "13911111111")))

    assert counts == Counts(changed=1, unchanged=1)
    assert [(told.subject, told.sequence) for told in auth.told] == [(f"registration:{ZHANG}", 2)]
    await auth.use_cases.import_roster(file(ROSTER))
    assert auth.told[-1].sequence == 3


async def test_an_import_leaves_an_active_account_active(auth: Auth, file: Writer) -> None:
    await auth.activated()
    await auth.use_cases.import_roster(file(ROSTER.replace("13900000001", "13911111111")))

    assert await auth.use_cases.sign_in_candidate("zhangyangli", "Abcd12345", "::1")


WRONG = {
    "a number for a phone": (
        ROSTER.replace('"13900000002"', "13900000002"),
        "registrations, row 2, phone: must be text; put numbers into quotes",
    ),
    "an unknown field": (ROSTER.replace("stage: 报名", "stag: 报名", 1), "registrations, row 1, stag: Extra"),
    "an unknown site": (
        ROSTER.replace('site: "3702"\n    stage', 'site: "3799"\n    stage'),
        "registrations, row 2, site: 3799 is not in the directory of district 37",
    ),
    "an unknown district": (
        ROSTER.replace('district: "37"\n    site: "3702"', 'district: "99"\n    site: "3702"'),
        "registrations, row 2, district: 99 is not in the directory",
    ),
    "the same registration twice": (
        ROSTER.replace(LI, ZHANG),
        "registrations, row 2, registration_id: the same as in row 1",
    ),
    "one username for two people": (
        ROSTER.replace("lishifan", "zhangyangli"),
        "registrations, row 2, username: the same as in an earlier row of another person",
    ),
    "an unknown attribute": (
        ROSTER.replace("discipline:", "disciplin:"),
        "registrations, row 1, attributes.disciplin: the policy knows no such attribute",
    ),
    "an attribute of another type": (
        ROSTER.replace("probation_employers: 1", 'probation_employers: "1"'),
        "registrations, row 1, attributes.probation_employers: must be of type number",
    ),
    "no date": (ROSTER.replace("2020-03-10", "sometime", 1), "registrations, row 1, registered_on:"),
    "a bad id": (ROSTER.replace(LI, "42"), "registrations, row 2, registration_id:"),
    "no yaml": ("registrations: [", "not YAML: line 1"),
    "another file": (STAFF, "has no section 'registrations'"),
    "nothing": ("", "has no section 'registrations'"),
}


@pytest.mark.parametrize(("text", "reason"), WRONG.values(), ids=WRONG)
async def test_a_wrong_file_is_refused_with_row_and_field_and_nothing_is_stored(
    file: Writer, text: str, reason: str
) -> None:
    auth = Auth()

    with pytest.raises(RosterError) as refused:
        await auth.use_cases.import_roster(file(text))

    assert reason in str(refused.value)
    assert (auth.registrations.items, auth.accounts.items, auth.places.items, auth.told) == ({}, {}, {}, [])


async def test_every_fault_is_named_at_once_and_no_personal_value(file: Writer) -> None:
    auth = Auth()
    text = ROSTER.replace('"13900000001"', '"x-secret"').replace("level: physician", "level: x-secret")

    with pytest.raises(RosterError) as refused:
        await auth.use_cases.import_roster(file(text))

    assert len(refused.value.faults) == 3
    assert "x-secret" not in str(refused.value)


async def test_a_registration_no_policy_covers_is_refused_by_name(file: Writer) -> None:
    auth = Auth()
    [policy] = auth.policies.active
    here = policy.applies_to.model_copy(update={"sites": ("3701",)})
    auth.policies = type(auth.policies).of([policy.model_copy(update={"applies_to": here})])

    with pytest.raises(RosterError, match=f"no active policy covers .* site 3702 .registration {LI}"):
        await auth.use_cases.import_roster(file(ROSTER))

    assert auth.registrations.items == {}


async def test_a_registration_never_moves_to_another_account(auth: Auth, file: Writer) -> None:
    with pytest.raises(RosterError, match="row 1, username: the stored registration belongs to another"):
        await auth.use_cases.import_roster(file(ROSTER.replace("zhangyangli", "someoneelse")))


async def test_a_missing_file_is_named(auth: Auth, tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"absent\.yaml: can't be read"):
        await auth.use_cases.import_roster(tmp_path / "absent.yaml")


async def test_the_demo_files_are_right() -> None:
    auth = Auth()
    demo = ROOT / "deploy" / "demo"

    roster = await auth.use_cases.import_roster(demo / "roster.yaml")
    staff = await auth.use_cases.import_staff(demo / "staff.yaml")

    assert roster.new == len(auth.registrations.items) > 0
    assert staff.new == len(auth.staff.items) > 0


async def test_the_same_staff_again_changes_nothing(auth: Auth, file: Writer) -> None:
    assert await auth.use_cases.import_staff(file(STAFF)) == Counts(unchanged=2)


@pytest.mark.parametrize(
    ("old", "new", "reasons"),
    [
        ("李审核员", "李老师", []),
        ('site: "3701"', 'site: "3702"', ["disabled"]),
        ("Jinan-demo-0412", "Jinan-demo-0413", ["password_changed"]),
        ("display_name: 李审核员", "display_name: 李审核员\n    disabled: true", ["disabled"]),
    ],
)
async def test_a_changed_right_or_password_ends_the_sessions(
    auth: Auth, file: Writer, old: str, new: str, reasons: list[str]
) -> None:
    await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), "::1")

    assert await auth.use_cases.import_staff(file(STAFF.replace(old, new))) == Counts(changed=1, unchanged=1)

    assert [told.event.public_data()["reason"] for told in auth.told] == reasons


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('    site: "3701"\n', "", "staff, row 1, site: a site_reviewer needs one"),
        ("site: null", 'site: "3701"', "staff, row 2, site: a district_reviewer has none"),
        ('district: "37"', 'district: "99"', "staff, row 1, district: 99 is not in the directory"),
        ("jn-0412", "new-one", None),
        ("    password: Jinan-demo-0412\n", "", None),
        ("sd-0001", "JN-0412", "staff, row 2, username: the same as in row 1"),
    ],
)
async def test_wrong_staff_rows_are_refused(
    auth: Auth, file: Writer, old: str, new: str, reason: str | None
) -> None:
    path = file(STAFF.replace(old, new))
    if reason is None:
        assert await auth.use_cases.import_staff(path)
    else:
        with pytest.raises(RosterError, match=reason):
            await auth.use_cases.import_staff(path)


async def test_a_new_member_needs_password_and_secret(auth: Auth, file: Writer) -> None:
    text = STAFF.replace("jn-0412", "new-one").replace("    password: Jinan-demo-0412\n", "")

    with pytest.raises(RosterError, match="row 1, password: needed for a new member"):
        await auth.use_cases.import_staff(file(text))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_bytes(content)

    with pytest.raises(RosterError):
        read_roster(path, "registrations")
