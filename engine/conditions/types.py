"""The types of conditions: the lattice of python-jsonlogic with money, choices and the customer's
days added.

A type answers what an operator gives for another type, or raises `UnsupportedOperation`.
"""

from dataclasses import dataclass
from typing import Any

from jsonlogic.json_schema import from_json_schema
from jsonlogic.json_schema.types import (
    AnyType,
    ArrayType,
    BinaryOp,
    BooleanType,
    DatetimeType,
    DateType,
    DurationType,
    IntegerType,
    JSONSchemaPrimitiveType,
    JSONSchemaType,
    NumberType,
    StringType,
    UnaryOp,
    UnsupportedOperation,
)

from engine.catalog.values import FactType, Kind

ORDERS = frozenset({"<", "<=", ">", ">="})


class MoneyType(JSONSchemaPrimitiveType):
    """An amount in a currency; two currencies compare as unknown when it comes to it."""

    @property
    def name(self) -> str:
        """As the library's messages call it."""
        return "money"

    def binary_op(self, other: JSONSchemaType, op: BinaryOp) -> JSONSchemaType:
        """Money with money, or money times a number."""
        if isinstance(other, MoneyType) and op in ORDERS:
            return BooleanType()
        if isinstance(other, MoneyType) and op in {"+", "-"}:
            return self
        if isinstance(other, NumberType | IntegerType) and op == "*":
            return self
        raise UnsupportedOperation

    def unary_op(self, op: UnaryOp) -> JSONSchemaType:
        """Money is never a condition, nor turned round."""
        del op
        raise UnsupportedOperation


class Day(DateType):
    """A date; it meets a moment on the customer's day of that moment."""

    def binary_op(self, other: JSONSchemaType, op: BinaryOp) -> JSONSchemaType:
        """Dates and moments compare; their difference is a duration."""
        return _in_time(self, other, op)


class MomentType(DatetimeType):
    """A date and time."""

    def binary_op(self, other: JSONSchemaType, op: BinaryOp) -> JSONSchemaType:
        """As `Day`, but a moment plus a duration is a moment."""
        return _in_time(self, other, op)


def _in_time(own: JSONSchemaType, other: JSONSchemaType, op: BinaryOp) -> JSONSchemaType:
    """What a date or a moment gives with another type."""
    if isinstance(other, DateType | DatetimeType) and (op in ORDERS or op == "-"):
        return BooleanType() if op in ORDERS else Length()
    if isinstance(other, DurationType) and op in {"+", "-"}:
        return own
    raise UnsupportedOperation


class Length(DurationType):
    """A duration."""

    def binary_op(self, other: JSONSchemaType, op: BinaryOp) -> JSONSchemaType:
        """Durations compare and add up; times a number they are longer."""
        if isinstance(other, DurationType):
            if op in ORDERS:
                return BooleanType()
            if op in {"+", "-"}:
                return self
        if isinstance(other, NumberType | IntegerType) and op == "*":
            return self
        if isinstance(other, DateType | DatetimeType) and op == "+":
            return other
        raise UnsupportedOperation


@dataclass(frozen=True)
class Choice(StringType):
    """One of the values that an enum names."""

    values: tuple[str, ...]


_SCHEMAS: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "enum": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array"},
    "money": {"type": "string", "format": "money"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "format": "duration"},
}
CASTS: dict[str, type[JSONSchemaType]] = {
    "money": MoneyType,
    "date": Day,
    "date-time": MomentType,
    "duration": Length,
}
_TOLD: tuple[tuple[type[JSONSchemaType], str], ...] = (
    (MoneyType, "money"),
    (DateType, "a date"),
    (DatetimeType, "a date and time"),
    (DurationType, "a duration"),
    (BooleanType, "true or false"),
    (IntegerType, "a whole number"),
    (NumberType, "a number"),
    (StringType, "text"),
    (ArrayType, "a list"),
)


def schema_of(fact: FactType) -> dict[str, Any]:
    """The type of a fact as JSON Schema."""
    return _SCHEMAS[fact.kind] | ({"enum": list(fact.values)} if fact.kind == "enum" else {})


def type_of(schema: dict[str, Any]) -> JSONSchemaType:
    """The type that a JSON Schema of `schema_of` names."""
    if "enum" in schema:
        return Choice(tuple(schema["enum"]))
    return from_json_schema(schema, CASTS)


def type_name(kind: JSONSchemaType) -> str:
    """The type in the words of a message."""
    if isinstance(kind, Choice):
        return f"one of {', '.join(kind.values)}"
    return next((words for known, words in _TOLD if isinstance(kind, known)), "a value")


def result_of(left: JSONSchemaType, right: JSONSchemaType, op: BinaryOp) -> JSONSchemaType | None:
    """What the operator gives for two types; None if they do not go together. A type in doubt goes
    with everything.
    """
    if isinstance(left, AnyType) or isinstance(right, AnyType):
        return BooleanType() if op in ORDERS else AnyType()
    try:
        return left.binary_op(right, op)
    except UnsupportedOperation:
        return None


def are_comparable(left: JSONSchemaType, right: JSONSchemaType) -> bool:
    """Whether two values of these types can be equal."""
    for kind in (StringType, BooleanType):
        if isinstance(left, kind):
            return isinstance(right, kind | AnyType)
    return result_of(left, right, "<") is not None
