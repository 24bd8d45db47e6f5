"""What the shop's system does about a return."""

from datetime import date

from pydantic import BaseModel, Field

from activities.actions.registry import ActionContext, MoneyParameter, Parameters, action
from activities.actions.shipped.shop_request import answered, done
from engine.catalog.values import Money

_SOME_DAY = date(2030, 1, 1)


class Return(Parameters):
    """One return."""

    return_: str = Field(alias="return")


class Approval(Return):
    """What sending it back costs the customer, and whether somebody comes for it."""

    fee: MoneyParameter | None = None
    pickup: bool | None = None


class ReturnRefusal(Return):
    """Why it is not taken back; the customer reads it."""

    reason: str


class Label(BaseModel):
    """Where the label is; nothing where only the shop knows and has not said."""

    url: str | None = None


class Pickup(BaseModel):
    """The day somebody comes; nothing where only the shop knows and has not said."""

    day: date | None = None


class Credited(BaseModel):
    """How much; nothing where only the shop knows and has not said."""

    amount: MoneyParameter | None = None


@action("approve_return")
async def approve_return(approval: Approval, context: ActionContext) -> None:
    """Take a return back."""
    await done(approval, context)


@action("decline_return")
async def decline_return(refusal: ReturnRefusal, context: ActionContext) -> None:
    """Do not take a return back."""
    await done(refusal, context)


@action("create_return_label", example=Label(url="https://purna.example/labels/example.pdf"))
async def create_return_label(told: Return, context: ActionContext) -> Label:
    """Make a label to print and stick on the parcel."""
    return await answered(told, context, Label)


@action("book_pickup", example=Pickup(day=_SOME_DAY))
async def book_pickup(told: Return, context: ActionContext) -> Pickup:
    """Have the carrier fetch the parcel from the customer."""
    return await answered(told, context, Pickup)


@action("exchange", once="return")
async def exchange(told: Return, context: ActionContext) -> None:
    """Send what the customer wants instead."""
    await done(told, context)


@action("store_credit", example=Credited(amount=Money(2500, "EUR")), once="return")
async def store_credit(told: Return, context: ActionContext) -> Credited:
    """Put what the return is worth on the customer's account with the shop."""
    return await answered(told, context, Credited)
