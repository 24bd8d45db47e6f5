"""Actions as rules know them."""

from datetime import date, datetime
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from activities.actions.registry import (
    ActionContext,
    DurationParameter,
    MoneyParameter,
    Parameters,
    Registry,
    load_actions,
)
from engine.catalog.values import FactType, Money
from engine.language.reader import ParameterSpec
from tests.engine.language.folders import a_folder, a_rule, problems_of


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
        "text": "text", "count": "integer", "share": "number", "yes": "boolean", "at": "datetime",
        "on": "date",
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


class Paid(BaseModel):
    amount: MoneyParameter
    on: date | None = None
    notes: list[str] | str = ""


async def pay(told: Everything, context: ActionContext) -> Paid:
    """Pay it.

    More of it.
    """
    assert context.key
    return Paid(amount=told.price)


def test_what_an_action_answers_and_does_is_known_to_rules() -> None:
    registry = Registry()
    registry.action("pay", example=Paid(amount=Money(250, "EUR")))(pay)

    spec = registry.specs()["pay"]
    assert spec.results == {"amount": FactType("money"), "on": FactType("date"), "notes": None}
    assert spec.summary == "Pay it."
    example = registry["pay"].example
    assert example is not None
    assert example.model_dump(mode="json") == {"amount": "2.50 EUR", "on": None, "notes": ""}


def test_an_action_that_answers_nothing_has_no_result_to_read() -> None:
    registry = Registry()
    registry.action("everything")(do_everything)

    assert registry.specs()["everything"].results == {}


def test_a_parameter_may_be_called_like_a_word_of_python() -> None:
    class Return(Parameters):
        return_: str = Field(alias="return")

    async def take_back(told: Return, context: ActionContext) -> None:
        """Nothing."""

    registry = Registry()
    registry.action("take_back")(take_back)
    assert list(registry.specs()["take_back"]) == ["return"]


def test_the_shipped_actions_are_there() -> None:
    specs = load_actions().specs()

    assert [name for name, spec in specs["create_discount_code"].items() if spec.required] == [
        "kind",
        "valid_days",
    ]


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ("{send: hello, category: delivery, only_if: paid.amount > 5}", "[J09]"),
        ("{send: hello, category: delivery, only_if: paid.amuont > 5 EUR}", "[J07]"),
        (
            "{call: open_support_case, with: {stars: paid.amount}}",
            "stars of open_support_case is number, not money",
        ),
    ],
)
def test_what_reads_a_result_is_checked_against_its_type(action: str, problem: str) -> None:
    rule = f"[{{call: refund, as: paid, with: {{order: order.id}}}}, {action}]"
    (told,) = problems_of(a_folder(a_rule("order.cancelled", do=rule)), load_actions().specs())
    assert problem in told


def test_the_result_of_an_action_that_answers_nothing_cannot_be_read() -> None:
    rule = (
        "[{call: cancel_order, as: gone, with: {order: order.id}}, {call: tell_team, with: "
        "{text: gone.id}}]"
    )
    (told,) = problems_of(a_folder(a_rule("order.cancelled", do=rule)), load_actions().specs())
    assert "unknown fact gone.id" in told
