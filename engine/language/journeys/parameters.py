"""The parameters of a call against those its action takes (J33)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.catalog.values import Duration, FactType, Kind, Money, Value
from engine.conditions import Scope
from engine.conditions.problems import Problems, unknown
from engine.language.known import ParameterSpec
from engine.language.nodes import Node
from engine.rules.rule import Argument, Arguments


@dataclass(frozen=True, slots=True)
class GivenParameters:
    """What a call passes, where it says so, and which parameters policies.yaml attaches."""

    call: Node
    node: Node | None
    arguments: Arguments
    attached: frozenset[str] = frozenset()


def check_parameters(
    given: GivenParameters, specs: Mapping[str, ParameterSpec], scope: Scope, problems: Problems
) -> None:
    """Every parameter is known, of its type, and none that is compulsory is missing."""
    name = given.call.text
    for key, argument in given.arguments.items():
        assert given.node is not None
        if (spec := specs.get(key)) is None:
            problems.add("J33", given.node.keys[key], unknown(f"parameter of {name}:", key, specs))
        elif wrong := _mismatch(argument, spec.type, scope):
            problems.add(
                "J33", given.node.entries[key], f"{key} of {name} is {spec.type}, not {wrong}"
            )
    missing = [
        key
        for key, spec in specs.items()
        if spec.required and key not in given.arguments.keys() | given.attached
    ]
    for key in missing:
        problems.add("J33", given.call, f"{name} needs the parameter {key}")


def _mismatch(argument: Argument, wanted: FactType | None, scope: Scope) -> str | None:
    """What the argument is instead; None if it fits or nobody can know."""
    if wanted is None or (argument.constant is None and argument.name is None):
        return None
    if argument.name is not None:
        kind = scope.type(argument.name)
        return None if kind is None or fits(kind.kind, wanted) else str(kind)
    value = argument.constant
    if wanted.kind == "enum":
        return None if value in wanted.values else str(value)
    return None if fits(_kind_of(value), wanted) else str(value)


def fits(kind: Kind, wanted: FactType) -> bool:
    """Whether a value of a kind may stand where another is wanted."""
    return kind == wanted.kind or wanted.kind in _ALSO.get(kind, frozenset())


# What a value may also stand for: text is anything a person writes, an enum is sent as its word, a
# number is most often a whole one (four stars, seldom four and a half).
_ALSO: dict[Kind, frozenset[Kind]] = {
    "integer": frozenset({"number", "text"}),
    "number": frozenset({"integer", "text"}),
    "enum": frozenset({"text"}),
    "text": frozenset({"enum"}),
    "date": frozenset({"datetime", "text"}),
    "datetime": frozenset({"text"}),
    "money": frozenset({"text"}),
    "duration": frozenset({"text"}),
}


# The more special type before the one it derives from.
_KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (Money, "money"),
    (Duration, "duration"),
    (datetime, "datetime"),
    (date, "date"),
    (list, "list"),
)


def _kind_of(value: Value) -> Kind:
    return next((kind for known, kind in _KINDS if isinstance(value, known)), "text")
