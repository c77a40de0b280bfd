"""Conditions on a registration: CEL expressions over the facts that policies know, compiled once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Final

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError
from lark import Token, Tree
from pydantic import JsonValue

from shared.policy.candidate import RegistrationAttribute
from shared.policy.category import CategoryGroup, MaterialCategory
from shared.policy.values import AttributeType
from shared.policy.variables import Variable, variables_of

Fact = str | int | bool
Attributes = tuple[RegistrationAttribute, ...]

_ENVIRONMENT: Final = celpy.Environment()
_TRIALS: Final = 256
# Conditions compare, combine and negate. Calls and macros would bring loops, patterns and clocks.
_NOT_USED: Final = frozenset(
    {
        "ident_arg",
        "dot_ident_arg",
        "dot_ident",
        "member_dot",
        "member_dot_arg",
        "member_object",
        "member_index",
    }
)


class ConditionError(ValueError):
    """An expression that is not a condition on known facts."""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A compiled expression and the variables it uses."""

    expression: str
    variables: tuple[Variable, ...]
    program: celpy.Runner

    def holds(self, facts: Mapping[str, JsonValue]) -> bool:
        """Tell whether the condition holds; a missing or ill-typed fact counts as "", 0 or false."""
        return _evaluate(self, tuple(_fact(variable, facts) for variable in self.variables))


def is_required(
    wanted: MaterialCategory | CategoryGroup, facts: Mapping[str, JsonValue], attributes: Attributes = ()
) -> bool:
    """Tell whether these facts about a registration require the category, or one of the group's."""
    return compile_condition(wanted.required_when, attributes).holds(facts)


@lru_cache(maxsize=4096)
def compile_condition(expression: str, attributes: Attributes = ()) -> Condition:
    """Compile an expression and try it out.

    Raises:
        ConditionError: it does not parse, uses unknown words or does not yield true or false.
    """
    tree = _parse(expression)
    known = variables_of(attributes)
    names = dict.fromkeys(str(ident.children[0]) for ident in tree.find_data("ident"))
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ConditionError(f"unknown variable {', '.join(unknown)} (known: {', '.join(known)})")
    variables = tuple(known[name] for name in names)
    _refuse_unknown_values(tree, variables)
    condition = Condition(expression, variables, _ENVIRONMENT.program(tree))
    _try_out(condition)
    return condition


def _parse(expression: str) -> Tree[Token]:
    try:
        tree: Tree[Token] = _ENVIRONMENT.compile(expression)
    except CELParseError as error:
        raise ConditionError(f"can't be read at column {error.column}: {expression}") from error
    if any(subtree.data in _NOT_USED for subtree in tree.iter_subtrees()):
        raise ConditionError(f"conditions compare and combine, they don't call or look inside: {expression}")
    return tree


def _refuse_unknown_values(tree: Tree[Token], variables: tuple[Variable, ...]) -> None:
    texts = [variable for variable in variables if variable.type is AttributeType.TEXT]
    if any(not variable.values for variable in texts):
        return
    known = dict.fromkeys(value for variable in texts for value in variable.values)
    literals = (str(literal.children[0]) for literal in tree.find_data("literal"))
    used = {literal[1:-1] for literal in literals if literal[0] in "\"'"}
    unknown = sorted(used - known.keys())
    if unknown:
        raise ConditionError(f"no variable has the value {', '.join(unknown)} (known: {', '.join(known)})")


def _try_out(condition: Condition) -> None:
    """Evaluate with many facts, so that a comparison of unlike types is found now and not in the session."""
    for trial in islice(_trials(condition.variables), _TRIALS):
        try:
            condition.holds(trial)
        except CELEvalError as error:
            raise ConditionError(f"can't be evaluated (unlike types?): {condition.expression}") from error


def _trials(variables: tuple[Variable, ...]) -> Iterator[dict[str, JsonValue]]:
    names = [variable.name for variable in variables]
    for values in product(*map(_samples, variables)):
        yield dict(zip(names, values, strict=True))


def _samples(variable: Variable) -> tuple[JsonValue, ...]:
    match variable.type:
        case AttributeType.YES_NO:
            return (False, True)
        case AttributeType.NUMBER:
            return (0, 1, 2, 9999)
        case AttributeType.TEXT:
            return ("", *variable.values)


def _fact(variable: Variable, facts: Mapping[str, JsonValue]) -> tuple[str, Fact]:
    value = facts.get(variable.name)
    # The type itself is compared: True is an int to isinstance, but not to CEL.
    return variable.name, value if isinstance(value, str | int) and variable.fits(value) else variable.zero()


@lru_cache(maxsize=65_536)
def _evaluate(condition: Condition, facts: tuple[tuple[str, Fact], ...]) -> bool:
    """Evaluate once per different facts: an evaluation costs 0.4 ms, and a page asks for every category."""
    result = condition.program.evaluate({name: json_to_cel(value) for name, value in facts})
    if not isinstance(result, celtypes.BoolType):
        raise ConditionError(f"yields neither true nor false: {condition.expression}")
    return bool(result)
