"""Codes for customers: a discount, or something to give away."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from activities.actions.registry import ActionContext, MoneyParameter, Parameters, action
from activities.actions.shipped.shop_request import answered, made

_SOME_DAY = datetime(2030, 1, 1, tzinfo=UTC)


class Discount(Parameters):
    """A code for one customer; `value` is a percentage or an amount of money, nothing for free
    shipping.
    """

    kind: Literal["free_shipping", "percent", "amount"]
    valid_days: int = Field(ge=1, le=3650)
    value: float | MoneyParameter | None = None


class Referral(Parameters):
    """A code to give away."""

    valid_days: int = Field(ge=1, le=3650)


class Code(BaseModel):
    """A code and its last moment."""

    value: str
    expires_at: datetime


class ReferralCode(BaseModel):
    """A code."""

    value: str


@action("create_discount_code", example=Code(value="SAVE-EXAMPLE", expires_at=_SOME_DAY))
async def create_discount_code(discount: Discount, context: ActionContext) -> Code:
    """A discount for one purchase."""
    expires_at = context.at + timedelta(days=discount.valid_days)
    return await answered(
        discount, context, Code, value=made("SAVE", context), expires_at=expires_at
    )


@action("create_referral_code", example=ReferralCode(value="FRIEND-EXAMPLE"))
async def create_referral_code(referral: Referral, context: ActionContext) -> ReferralCode:
    """A code for a friend."""
    return await answered(referral, context, ReferralCode, value=made("FRIEND", context))
