"""Picks for a customer: what others bought with the same things, without what `policies.yaml` never
recommends.

The answer comes from our own log, so the shop's system is not asked.
"""

from typing import Any

from pydantic import BaseModel, Field

from activities.actions.registry import ActionContext, Parameters, action
from engine.decisions.recommendations import pick, seeds_of
from engine.sending.question import view_of


class Wish(Parameters):
    """How many picks, and with which order they should go; without one, with everything the
    customer has bought.
    """

    count: int = Field(ge=1, le=20)
    order: str | None = None


class LeftOut(BaseModel):
    """A product that was not picked, and the reasons."""

    id: str
    because: list[str]


class Picked(BaseModel):
    """Products with what is known of each, the best first, how many there are, and what was left
    out before them.
    """

    items: list[dict[str, Any]]
    count: int
    left_out: list[LeftOut] = []


_MUGS = [{"id": "EXAMPLE-1", "title": "Tea pot"}, {"id": "EXAMPLE-2", "title": "Two mugs"}]


@action("recommend", example=Picked(items=_MUGS, count=2))
async def recommend(wish: Wish, context: ActionContext) -> Picked:
    """Pick products that go with what was bought."""
    question = context.question
    if question is None or context.purchases is None:
        return Picked(items=[], count=0)
    view = view_of(question, context.at)
    seeds = seeds_of(view, wish.order)
    if not seeds:
        return Picked(items=[], count=0)
    policy = question.ruleset.policies.recommend
    picks = pick(
        await context.purchases(seeds),
        seeds,
        policy.never if policy else {},
        wish.count,
        lambda: view_of(question, context.at),
    )
    left_out = [LeftOut(id=name, because=list(why)) for name, why in picks.left_out]
    return Picked(
        items=[dict(one) for one in picks.items], count=len(picks.items), left_out=left_out
    )
