"""Loading policies: faults with file and line, inheritance, the book and its versions."""

from pathlib import Path

import pytest

from shared.errors import NotFoundError, TransientError
from shared.policy.loader import PolicyBook, PolicyError, load_policy, read_policy
from shared.policy.model import Policy
from shared.policy.supported import PARTLY_SUPPORTED, complaints
from tests.shared.policy.policies import SHIPPED, shipped, written

CATEGORY = "categories:\n  - code: paper\n    name: 材料\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("portal:\n  titel: x\n", 2, "unknown setting portal.titel"),
        ("portals: {}\n", 1, "unknown setting portals"),
        (
            "image:\n  upright: true\n  max_bytes: many\n",
            3,
            "image.max_bytes: Input should be",
        ),
        ("submit:\n  mode: sometimes\n", 2, "submit.mode: Input should be 'explicit' or 'autosave'"),
        (CATEGORY + "    required_when: lvl == 'x'\n", 4, "unknown variable lvl"),
        (CATEGORY + "    required_when: 'level =='\n", 4, "can't be read"),
        (CATEGORY + "  - code: paper\n    name: 材料\n", 1, "duplicate category code paper"),
        (CATEGORY + "    min_images: 3\n    max_images: 2\n", 2, "min_images 3 is more than max_images 2"),
        (
            CATEGORY + "    max_images: 2\n    slots:\n      - {code: a, name: 甲}\n",
            2,
            "1 slots, but",
        ),
        ("review:\n  start_at: 2026-02-27T09:00:00\n", 2, "timezone"),
        ("lock:\n  on:\n    - submit\n    - monday\n", 4, "lock.on.1"),
        ("withdraw: true\nwithdraw: false\n", 2, "duplicate key"),
        ("submit:\n  mode: autosave\n", 1, "review.open_when submitted does not fit submit.mode autosave"),
        ("review:\n  open_when: any_image\n", 1, "any_image does not fit submit.mode explicit"),
        (
            "submit: {mode: autosave}\nreview: {open_when: window_closed}\n",
            1,
            "deadline.upload_window never closes",
        ),
        (
            "submit: {mode: autosave}\nreview: {open_when: any_image}\nwithdraw: true\n",
            1,
            "withdraw needs submit.mode explicit",
        ),
        ("portal: [\n", 2, "is not YAML"),
        ("- a\n", 1, "is not a mapping"),
        ("inherits: nobody\n", 1, "inherits from nobody.yaml, which is not there"),
        ("withdraw: true\ninherits: trial\n", 2, "trial inherits from itself"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_reason(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(PolicyError) as refused:
        load_policy(file)

    fault = refused.value.faults[0]
    assert (fault.file, fault.line) == (file, line)
    assert reason in fault.reason
    assert str(refused.value).startswith(f"{file}:{line}: ")


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, "withdraw: perhaps\nportal:\n  titel: x\n")

    with pytest.raises(PolicyError) as refused:
        load_policy(file)

    assert sorted(fault.line for fault in refused.value.faults) == [1, 3]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="can't be read"):
        load_policy(tmp_path / "absent.yaml")


def test_mappings_are_merged_and_lists_replaced(tmp_path: Path) -> None:
    written(tmp_path, "portal: {title: 甲, subtitle: 乙}\nlock: {on: [submit, site_pass]}\n", "base")
    file = written(tmp_path, "inherits: base\nportal: {title: 丙}\nlock: {on: [upload]}\n")

    policy = load_policy(file)

    assert (policy.name, policy.portal.title, policy.portal.subtitle) == ("trial", "丙", "乙")
    assert policy.lock.on == {"upload"}


def test_an_inherited_fault_is_named_where_it_was_written(tmp_path: Path) -> None:
    base = written(tmp_path, "withdraw: false\nportal:\n  titel: 甲\n", "base")
    file = written(tmp_path, "inherits: base\nportal:\n  subtitle: 乙\n")

    with pytest.raises(PolicyError) as refused:
        load_policy(file)

    assert str(refused.value) == f"{base}:3: unknown setting portal.titel"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("auth:\n  mode: authorise\n", 2, 'setting auth.mode = "authorise" has no effect yet'),
        ("onsite_after_exam: true\n", 1, "setting onsite_after_exam = true has no effect yet"),
        ("notify:\n  channels:\n    returned: [phone]\n", 3, 'setting notify.channels.returned = ["phone"]'),
        ("notify:\n  channels:\n    image_refused: [sms]\n", 3, "notify.sms_texts has no text for it"),
        ("notify:\n  sms_signature: ''\n", None, "notify.sms_signature is empty"),
        ("deadline:\n  due_paper:\n    duration: 30d\n", 2, "deadline.due_paper"),
        ("review:\n  start_at: 2026-02-27T09:00:00+08:00\n", 2, "review.start_at"),
        ("result:\n  release:\n    district: after_district_finished\n", 3, "result.release.district"),
        ("portal:\n  title: ''\n", 2, "portal.title has no text"),
    ],
)
def test_a_setting_without_effect_is_refused_at_start(
    tmp_path: Path, text: str, line: int | None, reason: str
) -> None:
    for base in ("default", "shandong-2020"):
        written(tmp_path, (SHIPPED / f"{base}.yaml").read_text(encoding="utf-8"), base)
    file = written(tmp_path, f"{text}inherits: shandong-2020\n")

    assert load_policy(file)
    with pytest.raises(PolicyError) as refused:
        PolicyBook.load([file])

    assert reason in str(refused.value)
    assert line is None or str(refused.value).startswith(f"{file}:{line}: ")


def test_every_row_of_the_table_names_a_setting_whose_default_has_an_effect() -> None:
    refused = {".".join(map(str, place)) for place, _ in complaints(Policy(name="trial"))}

    assert refused.isdisjoint(row.setting for row in PARTLY_SUPPORTED)


def test_the_default_can_be_inherited_from_but_not_started_on() -> None:
    with pytest.raises(PolicyError, match=r"auth\.mode"):
        PolicyBook.load([SHIPPED / "default.yaml"])


@pytest.mark.parametrize("name", ["shandong-2020", "demo"])
def test_a_service_can_be_started_on_the_shipped_policies(name: str) -> None:
    book = PolicyBook.load([SHIPPED / f"{name}.yaml"])

    assert book.default == shipped(name)
    assert book.version(book.default.version) == book.default
    assert not read_policy(SHIPPED / f"{name}.yaml").obstacles()


def a_policy(title: str, **place: str | list[str]) -> Policy:
    """Return a policy for a place."""
    return Policy.model_validate({"name": "trial", "portal": {"title": title}, "applies_to": place})


def test_the_most_specific_policy_wins() -> None:
    book = PolicyBook.of(
        [
            a_policy("nation"),
            a_policy("session", session="2020"),
            a_policy("district", districts=["37"]),
            a_policy("site", districts=["37"], sites=["3701"]),
        ]
    )

    assert book.resolve("2020", "37", "3701").portal.title == "site"
    assert book.resolve("2020", "37", "3702").portal.title == "district"
    assert book.resolve("2020", "11", "1101").portal.title == "session"
    assert book.resolve("2021", "11", "1101").portal.title == "nation"


def test_a_place_without_policy_is_told() -> None:
    book = PolicyBook.of([a_policy("district", districts=["37"])])

    with pytest.raises(NotFoundError) as missing:
        book.resolve("2020", "11", "1101")

    assert missing.value.code == "policy_not_found"


def test_an_unknown_version_may_be_known_later() -> None:
    with pytest.raises(TransientError) as unknown:
        PolicyBook.of([]).version("0" * 64)

    assert unknown.value.code == "unknown_policy_version"


def test_two_policies_for_the_same_place_are_refused() -> None:
    with pytest.raises(PolicyError, match="only one may be active"):
        PolicyBook.load([SHIPPED / "shandong-2020.yaml", SHIPPED / "demo.yaml"])


def test_the_calendar_is_the_active_policys_whatever_version_a_dossier_keeps() -> None:
    old = Policy.model_validate({"name": "trial"})
    extended = Policy.model_validate(
        {"name": "trial", "deadline": {"upload_window": {"close": "2020-04-01T00:00:00+08:00"}}}
    )

    book = PolicyBook.of([extended]).with_versions([old])

    assert book.version(old.version) is extended
    assert book.calendar("2020", "37", "3701").deadline == extended.deadline
