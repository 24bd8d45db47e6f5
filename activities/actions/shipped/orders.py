"""What the shop's system does about an order: its money, its points, its end."""

from pydantic import BaseModel, Field

from activities.actions.registry import ActionContext, MoneyParameter, Parameters, action
from activities.actions.shipped.shop_request import answered, done
from engine.catalog.values import Money
from engine.sending.question import view_of


class OrderParameters(Parameters):
    """One order."""

    order: str


class Refund(Parameters):
    """Money for an order, or for one return of it; without `amount` what the return is worth, else
    the order.
    """

    order: str
    return_: str | None = Field(default=None, alias="return")
    amount: MoneyParameter | None = None


class Refunded(BaseModel):
    """How much; nothing where only the shop knows and has not said."""

    amount: MoneyParameter | None = None


@action("refund", example=Refunded(amount=Money(2500, "EUR")), once=("return", "order"))
async def refund(wish: Refund, context: ActionContext) -> Refunded:
    """Pay money back the way it came."""
    amount = wish.amount or _worth(wish, context)
    return await answered(
        wish.model_copy(update={"amount": amount}), context, Refunded, amount=amount
    )


@action("cancel_order")
async def cancel_order(order: OrderParameters, context: ActionContext) -> None:
    """Stop an order before it leaves."""
    await done(order, context)


@action("claw_back_points", once="order")
async def claw_back_points(order: OrderParameters, context: ActionContext) -> None:
    """Take back the points that an order had earned."""
    await done(order, context)


def _worth(wish: Refund, context: ActionContext) -> Money | None:
    """What is known of the return, or of the order, if they are those of the rule."""
    if context.question is None or wish.order != context.order:
        return None
    view = view_of(context.question, context.at)
    worth = view["return.amount"] if wish.return_ and wish.return_ == view["return.id"] else None
    if wish.return_ is None:
        worth = view["order.total"]
    return worth if isinstance(worth, Money) else None
