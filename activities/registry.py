"""Actions that developers register and rules call: an async function, a pydantic model of its parameters, its name.

    class Claim(BaseModel):
        parcel: str

    @action("open_carrier_claim")
    async def open_carrier_claim(claim: Claim, context: ActionContext) -> Opened: ...

Importing the module registers it. The model's fields are the parameters that a rule may pass, checked before a rule
is published and again before the action runs.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict

from engine.language.reader import ParameterSpec
from engine.values import Duration, FactType, Kind, Money, parse_duration, parse_money

_P = TypeVar("_P", bound=BaseModel)
_R = TypeVar("_R", bound=BaseModel | None)


@dataclass(frozen=True, slots=True)
class ActionContext:
    """For whom an action runs. `key` is the same on every retry: hand it on as the idempotency key."""

    key: str
    at: datetime
    shop: str
    order: str | None
    customer: str | None


Run = Callable[[Any, ActionContext], Awaitable[BaseModel | None]]


@dataclass(frozen=True, slots=True)
class Action:
    """One registered action."""

    name: str
    parameters: type[BaseModel]
    run: Run

    def lacks(self, arguments: Mapping[str, Any]) -> str | None:
        """A compulsory parameter of which nothing is known: then the call has no sense."""
        fields = self.parameters.model_fields.items()
        return next((name for name, one in fields if one.is_required() and name not in arguments), None)


class Parameters(BaseModel):
    """The base of a parameter model: what a rule passes beyond its fields is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _parsed(parse: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(lambda told: parse(told) if isinstance(told, str) else told)


# Parameters of these types are written in rules as `5 EUR` and `3 days`.
MoneyParameter = Annotated[Money, _parsed(parse_money)]
DurationParameter = Annotated[Duration, _parsed(parse_duration)]


class Registry(dict[str, Action]):
    """Actions by name."""

    def action(
        self, name: str
    ) -> Callable[[Callable[[_P, ActionContext], Awaitable[_R]]], Callable[[_P, ActionContext], Awaitable[_R]]]:
        """Register the function under this name; `TypeError` if its first parameter is no pydantic model."""

        def register(run: Callable[[_P, ActionContext], Awaitable[_R]]) -> Callable[[_P, ActionContext], Awaitable[_R]]:
            model = next(iter(inspect.signature(run, eval_str=True).parameters.values())).annotation
            if not (isinstance(model, type) and issubclass(model, BaseModel)):
                raise TypeError(f"the first parameter of action {name} must be a pydantic model")
            if name in self:
                raise ValueError(f"there is an action {name} already")
            self[name] = Action(name, model, run)
            return run

        return register

    def specs(self) -> Mapping[str, Mapping[str, ParameterSpec]]:
        """The parameters of every action, as the reader of rules checks calls against them."""
        return {name: _specs(one.parameters) for name, one in sorted(self.items())}


REGISTRY = Registry()
action = REGISTRY.action


def load_actions(modules: str) -> Registry:
    """The shipped actions and those of a shop's own modules, named with blanks between them."""
    for name in ("activities.shipped", *modules.split()):
        import_module(name)
    return REGISTRY


def _specs(model: type[BaseModel]) -> dict[str, ParameterSpec]:
    return {
        name: ParameterSpec(_fact_type(field.annotation), required=field.is_required())
        for name, field in model.model_fields.items()
    }


_KINDS: Mapping[Any, Kind] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    datetime: "datetime",
    date: "date",
    list: "list",
    Money: "money",
    Duration: "duration",
}


def _fact_type(annotation: Any) -> FactType | None:
    """The type a rule must pass; None where the annotation allows anything."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _fact_type(inner[0])
    if origin is Literal:
        return FactType("enum", tuple(map(str, inner)))
    if origin in (Union, type(str | None)):
        others = [one for one in inner if one is not type(None)]
        return _fact_type(others[0]) if len(others) == 1 else None
    kind = _KINDS.get(origin or annotation)
    return FactType(kind) if kind else None
