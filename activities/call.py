"""One call of a registered action: everything asked once more, its parameters checked, its result
written down.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext, Registry
from activities.actions.shop_system import ShopSystem
from activities.actions.team_mail import TELLS_TEAM, TeamMail
from activities.attempts import AttemptClock, claim, fresh_owner, insist, retry
from activities.heartbeat import heartbeating
from activities.messages import CALL
from engine.catalog.storable import storable, storable_text
from engine.decisions.effects import NOTED_ONLY
from engine.decisions.reason import Reason
from engine.sending.ledger import DROPPED, FAILED, FINISHED
from engine.sending.question import Question
from process import counts as metrics
from store.ports import Store

_LOG = structlog.get_logger()


class NoSystem:
    """Stands in for the shop's system where there is none: it answers nothing, and notes that it
    was asked.
    """

    was_asked = False

    async def ask(self, _: BaseModel) -> Mapping[str, Any]:
        """Nothing."""
        self.was_asked = True
        return {}


class CallActivity:
    """Runs registered actions under the ledger's key, which is also what they hand on as
    idempotency key.

    `shop` is the shop's own system, which carries the shipped ones out; `team` mails what
    rules tell the team. What nobody carries out is noted only.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        shop: ShopSystem | None = None,
        team: TeamMail | None = None,
    ) -> None:
        self._store, self._registry, self._shop, self._team = store, registry, shop, team

    @activity.defn(name=CALL)
    async def call(self, key: str) -> str:
        """What became of the call with this key."""
        async with heartbeating():
            return await self.run(key)

    async def run(self, key: str) -> str:
        """The same inside another effect's activity: a message runs the calls whose results it
        uses.
        """
        owner, now = fresh_owner(), AttemptClock().at_start
        question = await claim(self._store.ledger, key, owner, now)
        if isinstance(question, str):
            return question
        result = await self._run(question, owner, now)
        metrics.attempted(question, result)
        return result

    async def _run(self, question: Question, owner: str, now: datetime) -> str:
        effect = question.effect
        registered = self._registry.get(effect.name)
        if registered is None:
            return await self._fail(question, owner, now, f"no action {effect.name} is registered")
        if unknown := registered.lacks(effect.arguments):
            why = DROPPED(Reason.FACT_UNKNOWN, unknown)
            await self._store.ledger.change(effect.key, owner, why, now)
            return "dropped"
        try:
            parameters = registered.parameters.model_validate(dict(effect.arguments))
        except ValidationError as wrong:
            return await self._fail(question, owner, now, _places(wrong))
        no_system = NoSystem()
        try:
            result = await registered.run(parameters, self._context(question, now, no_system))
        except ApplicationError as failure:
            if failure.non_retryable:
                return await self._fail(question, owner, now, failure.message)
            raise retry(f"{effect.name} asks to be repeated", failure.next_retry_delay) from None
        done = FINISHED(_as_json(result, noted_only=no_system.was_asked))
        await insist(lambda: self._store.ledger.change(effect.key, owner, done, now))
        return "done"

    def _context(self, question: Question, now: datetime, no_system: NoSystem) -> ActionContext:
        subjects = question.subjects
        bare = ActionContext(
            key=question.effect.key,
            at=now,
            shop=subjects.shop,
            order=question.effect.firing.order,
            customer=subjects.customer_id,
            ask=no_system.ask,
            question=question,
            purchases=partial(self._store.inquiries.purchases, subjects.shop, subjects.customer_id),
        )
        name = question.effect.name
        if self._team and name == TELLS_TEAM:
            return replace(bare, ask=partial(self._team.ask, bare))
        return replace(bare, ask=partial(self._shop.ask, name, bare)) if self._shop else bare

    async def _fail(self, question: Question, owner: str, now: datetime, text: str) -> str:
        _LOG.error("call failed for good", key=question.effect.key, action=question.effect.name)
        failed = FAILED(storable_text(text))
        await insist(lambda: self._store.ledger.change(question.effect.key, owner, failed, now))
        return "failed"


def _places(wrong: ValidationError) -> str:
    """What is wrong where, without the values."""
    told = wrong.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in told)


def _as_json(result: BaseModel | None, *, noted_only: bool) -> object:
    answered = None if result is None else storable(result.model_dump(mode="json"))
    return {**(answered or {}), NOTED_ONLY: True} if noted_only else answered
