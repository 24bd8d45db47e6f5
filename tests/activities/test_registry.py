"""Actions as rules know them."""

from datetime import date, datetime
from typing import Literal

import pytest
from pydantic import BaseModel

from activities.registry import (
    ActionContext,
    DurationParameter,
    MoneyParameter,
    Parameters,
    Registry,
    load_actions,
)
from engine.language.reader import ParameterSpec
from engine.values import FactType, Money


class Everything(Parameters):
    text: str
    count: int
    share: float
    yes: bool
    at: datetime
    on: date
    some: list[str]
    price: MoneyParameter
    length: DurationParameter
    kind: Literal["a", "b"]
    perhaps: str | None = None
    either: float | MoneyParameter | None = None


async def do_everything(told: Everything, context: ActionContext) -> None:
    """Nothing."""


def test_the_model_says_what_a_rule_may_pass() -> None:
    registry = Registry()
    registry.action("everything")(do_everything)

    specs = registry.specs()["everything"]
    kinds = {name: spec.type.kind for name, spec in specs.items() if spec.type}
    assert kinds == {
        "text": "text", "count": "integer", "share": "number", "yes": "boolean", "at": "datetime", "on": "date",
        "some": "list", "price": "money", "length": "duration", "kind": "enum", "perhaps": "text",
    }  # fmt: skip
    assert specs["kind"].type == FactType("enum", ("a", "b"))
    assert specs["either"] == ParameterSpec(None, required=False)
    assert [name for name, spec in specs.items() if not spec.required] == ["perhaps", "either"]


def test_money_is_written_as_in_rules() -> None:
    class Price(Parameters):
        price: MoneyParameter

    assert Price.model_validate({"price": "19.90 EUR"}).price == Money(1990, "EUR")


def test_a_parameter_nobody_knows_is_a_mistake() -> None:
    class Nothing(Parameters):
        pass

    with pytest.raises(ValueError, match="extra"):
        Nothing.model_validate({"typo": 1})


def test_a_name_is_registered_once() -> None:
    registry = Registry()
    registry.action("everything")(do_everything)

    with pytest.raises(ValueError, match="already"):
        registry.action("everything")(do_everything)


def test_an_action_without_a_model_is_refused() -> None:
    async def takes_anything(told: dict[str, str], context: ActionContext) -> None:
        """Nothing."""

    with pytest.raises(TypeError, match="pydantic"):
        Registry().action("anything")(takes_anything)  # type: ignore[type-var]  # the mistake


def test_a_model_from_outside_may_be_any_pydantic_model() -> None:
    class Own(BaseModel):
        order: str

    async def own(told: Own, context: ActionContext) -> None:
        """Nothing."""

    registry = Registry()
    registry.action("own")(own)
    assert registry.specs() == {"own": {"order": ParameterSpec(FactType("text"), required=True)}}


def test_the_shipped_actions_are_there() -> None:
    specs = load_actions("").specs()

    assert set(specs) >= {
        "open_support_case", "create_discount_code", "open_carrier_claim", "tell_team", "create_referral_code",
    }  # fmt: skip
    assert [name for name, spec in specs["create_discount_code"].items() if spec.required] == ["kind", "valid_days"]
