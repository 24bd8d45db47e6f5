"""What the shop's system does about a subscription."""

from datetime import datetime

from activities.actions.registry import ActionContext, Parameters, action
from activities.actions.shipped.shop_request import done


class Subscription(Parameters):
    """One subscription."""

    subscription: str


class Swap(Subscription):
    """Another product from now on; without `product_id` the one that the customer has asked the
    shop for.
    """

    product_id: str | None = None


class Reschedule(Subscription):
    """Another day; without `renews_at` the one that the customer has asked the shop for."""

    renews_at: datetime | None = None


@action("skip_subscription")
async def skip_subscription(told: Subscription, context: ActionContext) -> None:
    """Leave out the next delivery."""
    await done(told, context)


@action("pause_subscription")
async def pause_subscription(told: Subscription, context: ActionContext) -> None:
    """Deliver and charge nothing until it is resumed."""
    await done(told, context)


@action("resume_subscription")
async def resume_subscription(told: Subscription, context: ActionContext) -> None:
    """Go on after a pause."""
    await done(told, context)


@action("cancel_subscription")
async def cancel_subscription(told: Subscription, context: ActionContext) -> None:
    """End a subscription."""
    await done(told, context)


@action("swap_subscription")
async def swap_subscription(swap: Swap, context: ActionContext) -> None:
    """Deliver another product from now on."""
    await done(swap, context)


@action("reschedule_subscription")
async def reschedule_subscription(plan: Reschedule, context: ActionContext) -> None:
    """Deliver on another day."""
    await done(plan, context)
