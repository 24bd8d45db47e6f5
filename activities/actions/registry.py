"""Actions that developers register and rules call: an async function, a pydantic model of its
parameters, its name.

    class Claim(BaseModel):
        parcel: str

    @action("open_carrier_claim", example=Opened(id="CLAIM-1"))
    async def open_carrier_claim(claim: Claim, context: ActionContext) -> Opened: ...

Importing the module registers it. The model's fields are the parameters that a rule may pass, the
fields of what it returns are what later actions may read; both are checked before a rule is
published, parameters again before it runs.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from engine.catalog.values import Duration, FactType, Kind, Money, parse_duration, parse_money
from engine.conditions.scope import CallFields
from engine.decisions.recommendations import Purchases
from engine.language.known import ParameterSpec, Signature
from engine.sending.question import Question

_P = TypeVar("_P", bound=BaseModel)
_R = TypeVar("_R", bound=BaseModel | None)


async def _nobody(_: BaseModel) -> Mapping[str, Any]:
    """Where no system of the shop is named, nothing is answered."""
    return {}


@dataclass(frozen=True, slots=True)
class ActionContext:
    """For whom an action runs. `key` is the same on every retry: hand it on as the idempotency key.

    `ask` has the shop's own system carry the action out and gives its answer; `question` is what
    was known when the call was claimed, `purchases` finds those who bought one of some products.
    """

    key: str
    at: datetime
    shop: str
    order: str | None
    customer: str | None
    ask: Callable[[BaseModel], Awaitable[Mapping[str, Any]]] = _nobody
    question: Question | None = None
    purchases: Callable[[Sequence[str]], Awaitable[Purchases]] | None = None


Run = Callable[[Any, ActionContext], Awaitable[BaseModel | None]]


@dataclass(frozen=True, slots=True)
class RegisteredAction:
    """One registered action; `example` is what it answers where nothing real is done, in scenarios
    and simulations. `once` are the parameters that name the thing of which it is done once.
    """

    name: str
    parameters: type[BaseModel]
    run: Run
    results: CallFields = None
    example: BaseModel | None = None
    once: tuple[str, ...] = ()

    @property
    def signature(self) -> Signature:
        """Its parameters and results, against which calls in rules are checked, and the first line
        of its docstring.
        """
        said = (inspect.getdoc(self.run) or "").partition("\n")[0]
        return Signature(_specs(self.parameters), self.results, said, self.once)

    def lacks(self, arguments: Mapping[str, Any]) -> str | None:
        """The first required parameter without a value: such a call is not made. None if there is
        none.
        """
        return next(
            (
                name
                for name, one in self.signature.items()
                if one.required and name not in arguments
            ),
            None,
        )


class Parameters(BaseModel):
    """The base of a parameter model: what a rule passes beyond its fields is a mistake.

    A parameter whose name is a word of Python's has that name as alias: `return_: str =
    Field(alias="return")`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _parsed(parse: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(lambda told: parse(told) if isinstance(told, str) else told)


_AS_WRITTEN = PlainSerializer(str, when_used="json")
# Parameters and results of these types are written as `5 EUR` and `3 days`, in rules and in JSON.
MoneyParameter = Annotated[Money, _parsed(parse_money), _AS_WRITTEN]
DurationParameter = Annotated[Duration, _parsed(parse_duration), _AS_WRITTEN]


class Registry(dict[str, RegisteredAction]):
    """Actions by name."""

    def action(
        self, name: str, *, example: BaseModel | None = None, once: str | tuple[str, ...] = ()
    ) -> Callable[
        [Callable[[_P, ActionContext], Awaitable[_R]]], Callable[[_P, ActionContext], Awaitable[_R]]
    ]:
        """Register the function under this name; `TypeError` if its first parameter is no pydantic
        model.

        `once` names a parameter, such as `return`, or several: of the thing that the first one with
        a value names it is done once, whatever rules say.
        """
        things = (once,) if isinstance(once, str) else once

        def register(
            run: Callable[[_P, ActionContext], Awaitable[_R]],
        ) -> Callable[[_P, ActionContext], Awaitable[_R]]:
            signature = inspect.signature(run, eval_str=True)
            model = next(iter(signature.parameters.values())).annotation
            if not (isinstance(model, type) and issubclass(model, BaseModel)):
                raise TypeError(f"the first parameter of action {name} must be a pydantic model")
            if name in self:
                raise ValueError(f"there is an action {name} already")
            self[name] = RegisteredAction(
                name, model, run, _results(signature.return_annotation), example, things
            )
            return run

        return register

    def specs(self) -> Mapping[str, Signature]:
        """The parameters and results of every action, as the reader of rules checks calls against
        them.
        """
        return {name: one.signature for name, one in sorted(self.items())}


REGISTRY = Registry()
action = REGISTRY.action


def load_actions() -> Registry:
    """The shipped actions, and those of the shop's own code that has been loaded."""
    import_module("activities.actions.shipped")
    return REGISTRY


def _specs(model: type[BaseModel]) -> dict[str, ParameterSpec]:
    return {
        field.alias or name: ParameterSpec(
            _fact_type(field.annotation), required=field.is_required()
        )
        for name, field in model.model_fields.items()
    }


def _results(annotation: Any) -> CallFields:
    """The fields that an action answers with: none for None, any where its function
    does not say.
    """
    if annotation is None:
        return {}
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return None
    return {name: _fact_type(field.annotation) for name, field in annotation.model_fields.items()}


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
