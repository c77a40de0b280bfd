"""The facts about a registration that conditions may use: names, types and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from shared.policy.candidate import RegistrationAttribute
from shared.policy.values import AttributeType

# CEL's integers have 64 bits; registration data have no reason to come near.
_LARGEST_NUMBER: Final = 2**53
_ZEROS: Final[dict[AttributeType, str | int | bool]] = {
    AttributeType.TEXT: "",
    AttributeType.NUMBER: 0,
    AttributeType.YES_NO: False,
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One fact; `values` maps what conditions compare with to what people read, empty = anything."""

    name: str
    label: str
    type: AttributeType = AttributeType.TEXT
    values: Mapping[str, str] = field(default_factory=dict)

    def zero(self) -> str | int | bool:
        """Return what a missing fact counts as."""
        return _ZEROS[self.type]

    def fits(self, value: JsonValue) -> bool:
        """Tell whether a value has this variable's type and a number is one that conditions can hold."""
        is_in_range = not isinstance(value, int) or abs(value) <= _LARGEST_NUMBER
        return type(value) is type(self.zero()) and is_in_range


def _yes_no(name: str, label: str) -> Variable:
    return Variable(name, label, AttributeType.YES_NO)


def _number(name: str, label: str) -> Variable:
    return Variable(name, label, AttributeType.NUMBER)


VARIABLES: Final = (
    Variable("exam_category_code", "报考类别代码"),
    Variable(
        "discipline",
        "类别",
        values={
            "clinical": "临床",
            "stomatology": "口腔",
            "public_health": "公共卫生",
            "tcm": "中医",
            "integrated": "中西医结合",
            "rural_general": "乡村全科",
            "ethnic": "民族医",
        },
    ),
    Variable("level", "级别", values={"physician": "执业医师", "assistant": "执业助理医师"}),
    Variable(
        "education",
        "学历",
        values={"postgraduate": "研究生", "bachelor": "本科", "college": "专科", "secondary": "中专"},
    ),
    Variable(
        "route",
        "报考途径",
        values={"degree": "规定学历", "apprenticeship": "师承", "proven_speciality": "确有专长"},
    ),
    _yes_no("assistant_certificate", "已取得执业助理医师资格"),
    _number("assistant_years", "助理医师执业年限"),
    _yes_no("fresh_graduate", "应届毕业生"),
    _yes_no("professional_degree", "专业学位研究生"),
    Variable(
        "id_type",
        "证件类型",
        values={
            "id_card": "身份证",
            "military_id": "军人证件",
            "travel_permit": "港澳台通行证",
            "passport": "护照",
        },
    ),
    _yes_no("military", "军队考生"),
    Variable("employer", "试用机构"),
    Variable(
        "employer_type",
        "试用机构类别",
        values={"grade_3a": "三级甲等医院", "cdc": "疾病预防控制中心", "other": "其他医疗机构"},
    ),
    _number("probation_employers", "试用机构数量"),
    _yes_no("upgraded_since_201509", "2015年9月1日以后入学的专升本"),
    _yes_no("foreign_degree", "境外学历"),
    _number("approved_in", "上次在本考区审核通过的年度"),
)


def variables_of(attributes: tuple[RegistrationAttribute, ...] = ()) -> dict[str, Variable]:
    """Return the usual variables and a policy's own, by name."""
    own = (Variable(a.name, a.label, a.type, {value: value for value in a.values}) for a in attributes)
    return {variable.name: variable for variable in (*VARIABLES, *own)}


def described(
    facts: Mapping[str, JsonValue], attributes: tuple[RegistrationAttribute, ...] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the known facts as (label, value) in words, in the order of the variables."""
    return tuple(
        (variable.label, _in_words(variable, facts[name]))
        for name, variable in variables_of(attributes).items()
        if facts.get(name) not in (None, "")
    )


def _in_words(variable: Variable, value: JsonValue) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return variable.values.get(str(value), str(value))
