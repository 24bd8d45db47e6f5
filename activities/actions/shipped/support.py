"""People are asked to look: the support team, the carrier, the team itself."""

from pydantic import BaseModel

from activities.actions.registry import ActionContext, Parameters, action
from activities.actions.shipped.shop_request import answered, done, made


class Claim(Parameters):
    """A parcel that the carrier is to look for."""

    parcel: str


class SupportCase(Parameters):
    """What the support team should know when it calls the customer."""

    order: str | None = None
    stars: float | None = None
    topic: str | None = None
    tier: str | None = None
    history: int | None = None
    perks: list[str] | None = None


class Notice(Parameters):
    """A sentence for the team."""

    text: str


class Opened(BaseModel):
    """Something that now has an id."""

    id: str


@action("open_carrier_claim", example=Opened(id="CLAIM-EXAMPLE"))
async def open_carrier_claim(claim: Claim, context: ActionContext) -> Opened:
    """Ask the carrier where a parcel is."""
    return await answered(claim, context, Opened, id=made("CLAIM", context))


@action("open_support_case", example=Opened(id="CASE-EXAMPLE"))
async def open_support_case(case: SupportCase, context: ActionContext) -> Opened:
    """Have a person look after somebody."""
    return await answered(case, context, Opened, id=made("CASE", context))


@action("tell_team")
async def tell_team(notice: Notice, context: ActionContext) -> None:
    """Tell the team; the sentence stands in the ledger too."""
    await done(notice, context)
