"""One message: everything asked once more, the ledger's phases, the provider.

    attempt ─▶ write the letter ─▶ provider: envelope ─▶ last question ─▶ content ─▶ sent · back · refused · uncertain

Every outcome is a row of the ledger before this activity answers. It fails only to be repeated.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.attempts import AttemptClock, claim, fresh_owner, insist, retry, to_its_end
from activities.channels.letters import Letters, PassageFailed
from activities.channels.port import Letter, Provider, Refused, Stopped, Unavailable, Unknown
from activities.channels.rendering.problem import InvalidTemplates, RenderingFailed
from activities.heartbeat import heartbeating
from activities.messages import HELD, LASTS, SEND_MESSAGE
from activities.prompt_slots import PromptSlots
from engine.decisions.reason import Reason
from engine.facts.contacts.addresses import same_reader
from engine.facts.contacts.bounces import Bounce
from engine.rules.ruleset import Ruleset
from engine.sending.judge import awaited_calls
from engine.sending.ledger import BACK, DROPPED, MISCONFIGURED, REFUSED, RELEASED, SENT, UNCERTAIN
from engine.sending.question import MessageQuestion, QuestionAt
from engine.sending.recipients import recipients
from process import counts as metrics
from store.ports import Store
from store.records.attempts import is_essential

_LOG = structlog.get_logger()
RunCall = Callable[[str], Awaitable[str]]
# After which a provider that is away is tried again at the latest; thousands of messages may wait
# for it meanwhile.
_LONGEST_ABSENCE = timedelta(seconds=15)
_PERSON_NEEDS = timedelta(hours=1)  # to mend a setting


class SendMessage:
    """Sends through one provider for each channel; `run_call` runs a call whose result a message
    uses.
    """

    def __init__(
        self,
        store: Store,
        providers: Mapping[str, Provider],
        letters: Letters,
        run_call: RunCall,
    ) -> None:
        self._store, self._providers, self._letters, self._run_call = (
            store,
            providers,
            letters,
            run_call,
        )
        self.slots = PromptSlots(providers.values())

    @activity.defn(name=SEND_MESSAGE)
    async def send_message(self, key: str, at: datetime | None = None) -> str:
        """What became of the message with this key; `held` asks the journey to see to it again.

        An attempt inside a workflow task is told the journey's now, and leaves to another what
        takes long.
        """
        self._admit()
        with self.slots.taken() as has_place:
            if not has_place:
                return LASTS
            async with heartbeating():
                return await self._attempt(key, AttemptClock(at))

    async def _attempt(self, key: str, clock: AttemptClock) -> str:
        owner, now, tried = fresh_owner(), clock.at_start, set[str]()
        question = await claim(self._store.ledger, key, owner, now)
        while isinstance(question, MessageQuestion) and (calls := awaited_calls(question, now)):
            if activity.info().is_local:
                return LASTS
            if not tried.isdisjoint(calls):
                raise retry("a call whose result it uses has not answered")
            for call in calls:
                await self._store.ledger.change(call, None, RELEASED(), now)
                await self._run_call(call)
            tried.update(calls)
            question = await claim(self._store.ledger, key, owner, now)
        if isinstance(question, str):
            return question
        assert isinstance(question, MessageQuestion)
        return await to_its_end(self._deliver_and_log(question, owner, clock))

    def _admit(self) -> None:
        """While every provider is away nothing is asked at all, not even the database."""
        away: Unavailable | None = None
        for provider in self._providers.values():
            try:
                provider.admit()
            except Unavailable as failure:
                away = failure
            else:
                return
        if away:
            raise retry(
                "the provider is away",
                min(activity.info().attempt * away.retry_after, _LONGEST_ABSENCE),
            )

    async def _deliver_and_log(
        self, question: MessageQuestion, owner: str, clock: AttemptClock
    ) -> str:
        """Deliver it, and tell what became of it: in the log by key, category and channel, and in
        the counts.
        """
        effect = question.effect
        with structlog.contextvars.bound_contextvars(key=effect.key, rule=effect.firing.rule_id):
            try:
                result = await self._deliver(question, owner, clock)
            except ApplicationError:
                metrics.attempted(question, "put_off")
                raise
            _LOG.info("message", result=result, category=effect.category, channel=effect.channel)
        metrics.attempted(question, result)
        if result == "sent":
            metrics.sent(question, clock.at_start)
        return result

    async def _deliver(self, question: MessageQuestion, owner: str, clock: AttemptClock) -> str:
        key, channel, now = question.effect.key, question.effect.channel or "", clock.at_start
        found = recipients(QuestionAt(question, now))
        to = found.addresses.get(channel)
        if to is None or channel not in self._providers:
            lacking = found.unusable.get(channel, "no provider")
            why = DROPPED(Reason.NO_CHANNEL, f"{channel}: {lacking}")
            await self._store.ledger.change(key, owner, why, now)
            return "dropped"
        rulesets = await self._first_claimed(question)
        try:
            letter = self._letters.write(question, rulesets, to, now)
        except PassageFailed as failure:
            _LOG.error("left out of a digest", key=failure.key, digest=key, why=failure.why.reason)
            await self._store.ledger.leave_out(key, owner, failure.key, failure.why, now)
            return HELD
        except (RenderingFailed, InvalidTemplates) as failure:
            _LOG.error("template failed", key=key, template=question.effect.template)
            why = DROPPED(Reason.ERROR, str(failure))
            await self._store.ledger.change(key, owner, why, now)
            return "dropped"
        return await self._send(letter, question, owner, clock)

    async def _first_claimed(self, question: MessageQuestion) -> dict[str, Ruleset]:
        """The rules whose templates speak where they are not the active ones: those of the first
        claim.
        """
        revisions = {one.effect.revision for one in (question, *question.carried)} - {
            question.ruleset.revision,
            None,
        }
        found = {
            revision: await self._store.rulesets.revision(revision)
            for revision in revisions
            if revision
        }
        return {revision: ruleset for revision, ruleset in found.items() if ruleset}

    async def _send(
        self, letter: Letter, question: MessageQuestion, owner: str, clock: AttemptClock
    ) -> str:
        ledger, key, now = self._store.ledger, letter.key, clock.at_start
        provider = self._providers[question.effect.channel or ""]
        try:
            await provider.send(letter, lambda: ledger.may_leave(key, owner, clock.leave()))
        except Stopped:
            return HELD  # or dropped, or fenced: the journey asks what is open either way
        except Refused as refusal:
            refused, kind = REFUSED(refusal.text), refusal.bounce
            back = Bounce(same_reader(letter.to), kind, now, refusal.text) if kind else None
            await insist(
                lambda: ledger.change(key, owner, refused, now, back),
                clock.left_of(ledger.lease),
            )
            return "refused"
        except Unavailable as failure:
            if failure.after_permission:
                await insist(lambda: ledger.change(key, owner, BACK(), now))
            if failure.bounce:
                # Each message counts once, however often it is tried.
                at = question.effect.firing.due_at
                back = Bounce(same_reader(letter.to), failure.bounce, at, failure.text)
                await self._store.addresses.came_back(back)
            return await self._put_off(key, owner, now, failure)
        except Unknown:
            _LOG.warning("uncertain", key=key)
            metrics.UNCERTAIN.inc()
            essential = is_essential(question.effect, question.ruleset)
            await insist(
                lambda: ledger.change(key, owner, UNCERTAIN(essential=essential), now),
                clock.left_of(ledger.lease),
            )
            # The next attempt finds what the ledger made of it.
            raise retry("nobody knows whether it arrived") from None
        await insist(lambda: ledger.change(key, owner, SENT(), now), clock.left_of(ledger.lease))
        return "sent"

    async def _put_off(self, key: str, owner: str, now: datetime, failure: Unavailable) -> str:
        ledger = self._store.ledger
        if not failure.misconfigured:
            raise retry("the provider did not take it", failure.retry_after) from None
        _LOG.error("the provider refuses us: mend its settings", key=key)
        waits = MISCONFIGURED(now + (failure.retry_after or _PERSON_NEEDS), failure.text)
        await insist(lambda: ledger.change(key, owner, waits, now))
        return HELD
