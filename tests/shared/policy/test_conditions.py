"""Conditions: what holds, what a missing fact means, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from shared.policy.candidate import RegistrationAttribute
from shared.policy.category import MaterialCategory
from shared.policy.conditions import ConditionError, compile_condition, is_required
from shared.policy.variables import VARIABLES, described


def a_category(required_when: str) -> MaterialCategory:
    """Return a category with this condition."""
    return MaterialCategory(code="trial", name="材料", required_when=required_when)


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ("true", {}, True),
        ("false", {}, False),
        ("level == 'physician'", {"level": "physician"}, True),
        ("level == 'physician'", {"level": "assistant"}, False),
        ("!(employer_type in ['grade_3a', 'cdc'])", {"employer_type": "cdc"}, False),
        ("assistant_certificate && assistant_years < 5", {"assistant_certificate": True}, True),
        ("probation_employers > 1", {"probation_employers": 2}, True),
        ("exam_category_code in ['110', '120']", {"exam_category_code": "120"}, True),
        ("military || foreign_degree", {"foreign_degree": True}, True),
    ],
)
def test_a_condition_holds_by_the_facts(condition: str, facts: dict[str, JsonValue], expected: bool) -> None:
    assert is_required(a_category(condition), facts) is expected


@pytest.mark.parametrize("absent", [{}, {"military": None}, {"military": "yes"}, {"military": 1}])
def test_a_missing_or_ill_typed_fact_counts_as_false(absent: dict[str, JsonValue]) -> None:
    assert is_required(a_category("military"), absent) is False
    assert is_required(a_category("!military"), absent) is True


def test_a_missing_number_counts_as_nought_and_true_is_no_number() -> None:
    assert is_required(a_category("assistant_years == 0"), {}) is True
    assert is_required(a_category("assistant_years == 0"), {"assistant_years": True}) is True


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("", "can't be read"),
        ("level ==", "can't be read at column"),
        ("lvl == 'physician'", "unknown variable lvl"),
        ("level == 'phsician'", "no variable has the value phsician"),
        ("assistant_years", "neither true nor false"),
        ("military && assistant_years == exam_category_code", "can't be evaluated"),
        ("military && probation_employers >= 2.0", "can't be evaluated"),
        ("exam_category_code.matches('(a+)+$')", "don't call"),
        ("size(exam_category_code) > 2", "don't call"),
        ("[1, 2].all(x, x > 0)", "don't call"),
        ("timestamp('2020-01-01T00:00:00Z') > timestamp('2019-01-01T00:00:00Z')", "don't call"),
    ],
)
def test_what_is_no_condition_on_known_facts_is_refused(condition: str, reason: str) -> None:
    with pytest.raises(ConditionError, match=reason):
        compile_condition(condition)


def test_a_policy_may_bring_its_own_attributes() -> None:
    attributes = (RegistrationAttribute(name="station", label="报名点类型", values=("县", "市")),)

    assert is_required(a_category("station == '县'"), {"station": "县"}, attributes) is True
    with pytest.raises(ConditionError, match="unknown variable"):
        compile_condition("station == '县'")


values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats(allow_nan=False))


@given(st.dictionaries(st.sampled_from([variable.name for variable in VARIABLES]), values))
def test_whatever_the_facts_are_a_condition_has_an_answer(facts: dict[str, JsonValue]) -> None:
    condition = "(route == 'degree' && !fresh_graduate) || assistant_years >= 2 || approved_in > 2019"

    assert is_required(a_category(condition), facts) in (True, False)


def test_facts_are_described_in_words() -> None:
    facts: dict[str, JsonValue] = {"education": "bachelor", "military": False, "route": "degree", "other": 1}

    assert described(facts) == (("学历", "本科"), ("报考途径", "规定学历"), ("军队考生", "否"))
