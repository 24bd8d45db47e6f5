"""The actions that come with Purna. They write nothing but the ledger: each answers with what it opened or created.

A shop puts its own systems behind the same names. None of them causes an event: the shop's system reports what it did.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

import structlog
from pydantic import BaseModel, Field

from activities.registry import ActionContext, MoneyParameter, Parameters, action

_LOG = structlog.get_logger()


class Claim(Parameters):
    """A parcel that the carrier is to look for."""

    parcel: str


class Case(Parameters):
    """What the support team should know when it calls the customer."""

    order: str | None = None
    stars: int | None = None
    topic: str | None = None
    tier: str | None = None
    history: int | None = None
    perks: list[str] | None = None


class Discount(Parameters):
    """A code for one customer; `value` is a percentage or an amount of money, nothing for free shipping."""

    kind: Literal["free_shipping", "percent", "amount"]
    valid_days: int = Field(ge=1, le=3650)
    value: float | MoneyParameter | None = None


class Referral(Parameters):
    """A code to give away."""

    valid_days: int = Field(ge=1, le=3650)


class Notice(Parameters):
    """A sentence for the team."""

    text: str


class Opened(BaseModel):
    """Something that now has an id."""

    id: str


class Code(BaseModel):
    """A code and its last moment."""

    value: str
    expires_at: datetime


class ReferralCode(BaseModel):
    """A code."""

    value: str


@action("open_carrier_claim")
async def open_carrier_claim(_: Claim, context: ActionContext) -> Opened:
    """Ask the carrier where a parcel is."""
    return Opened(id=_made("open_carrier_claim", "CLAIM", context))


@action("open_support_case")
async def open_support_case(_: Case, context: ActionContext) -> Opened:
    """Have a person look after somebody."""
    return Opened(id=_made("open_support_case", "CASE", context))


@action("create_discount_code")
async def create_discount_code(discount: Discount, context: ActionContext) -> Code:
    """A discount for one purchase."""
    expires_at = context.at + timedelta(days=discount.valid_days)
    return Code(value=_made("create_discount_code", "SAVE", context), expires_at=expires_at)


@action("create_referral_code")
async def create_referral_code(_: Referral, context: ActionContext) -> ReferralCode:
    """A code for a friend."""
    return ReferralCode(value=_made("create_referral_code", "FRIEND", context))


@action("tell_team")
async def tell_team(_: Notice, context: ActionContext) -> None:
    """Tell the team; the sentence stands in the ledger."""
    _made("tell_team", "NOTE", context)


def _made(name: str, prefix: str, context: ActionContext) -> str:
    """The same id on every retry. The log names the action and its key, never what was passed."""
    made = f"{prefix}-{hashlib.sha256(context.key.encode()).hexdigest()[:10].upper()}"
    _LOG.info("action", action=name, key=context.key, id=made)
    return made
