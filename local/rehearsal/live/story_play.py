"""Plays one test on its scene: the same moments as in the simulator, seen to by real journeys.

The player moves the journeys on the clock of the story; whenever all is at rest, what has happened
meanwhile is read in PostgreSQL.
"""

from datetime import datetime

from engine.catalog.calendar import minute_end
from engine.decisions.effects import ActionCall, Effect
from engine.decisions.reason import Reason
from engine.facts.events import ALLOWANCE, parse_event
from engine.rules.answers import Answered
from engine.rules.ruleset import Ruleset
from engine.scenarios.happenings import Seen
from engine.scenarios.notes import Notes
from engine.scenarios.play import (
    Played,
    PlayedMoment,
    answered,
    before,
    for_test,
    moments,
    passed_to,
    waiting_for_the_minute,
)
from engine.scenarios.scenario import (
    AlreadySent,
    AnswerQuestion,
    EventLine,
    Expected,
    OtherRulesPublished,
    Scenario,
)
from engine.scenarios.stage.known_states import sent_before
from engine.scenarios.stage.stage import NAMING, before_the_story, dates, stated
from engine.scenarios.stage.story_events import Casting
from engine.simulation.simulator import Step
from local.rehearsal.live.scene import LiveScene
from local.rehearsal.player import Player, PlayRules

_AUTHOR = "purna test"


class LivePlay:
    """A test while it is played; `ruleset` are the rules as the test wants them."""

    def __init__(self, scenario: Scenario, ruleset: Ruleset, scene: LiveScene) -> None:
        self.scenario, self.ruleset, self.scene = scenario, ruleset, scene
        self.store, self.stage, self.clock = scene.clients.store, scene.stage, scene.clock
        self.casting, self.notes = Casting(scenario), Notes(ruleset)
        self.player = Player(scene.clients, PlayRules(self.clock, note=self._note_news))
        self.was: dict[str, Reason | None] = {}

    async def played(self) -> Played:
        """The whole story, with what there was to see at each line that expects something."""
        await self._set_the_stage()
        seen: list[Seen] = []
        for moment in moments(self.scenario):
            await self._up_to(moment.at)
            await self._post(moment)
            await self._up_to(minute_end(moment.at))
            seen += [await self._seen(line) for line in moment.looks]
        return Played(
            scenario=self.scenario,
            seen=tuple(seen),
            deeds=tuple(self.notes.deeds),
            decisions=tuple(self.notes.decisions),
            given=tuple(self.notes.given),
            effects=tuple(await self.store.inquiries.effects()),
        )

    async def _set_the_stage(self) -> None:
        """As in the simulator; the journeys begin to run once everything stands."""
        catalog, starts = self.ruleset.catalog, self.scenario.starts
        journeys = [
            await self.stage.state(one.subject, one.facts, one.seen)
            for one in stated(self.scenario, catalog)
        ]
        await self.store.rulesets.publish(before_the_story(self.ruleset), _AUTHOR, "", starts)
        for line in before(self.scenario):
            if isinstance(line, EventLine):
                event = parse_event(self.casting.next_event(line), catalog, line.at, ALLOWANCE)
                await self.store.events.ingest([event] * line.times, starts)
            elif isinstance(line, AlreadySent):
                await self._note_sent(line)
        await self.store.rulesets.publish(self.ruleset, _AUTHOR, "", starts)
        await self.store.events.ingest(dates(self.scenario, catalog), starts)
        await self.stage.nudge(journeys)
        self.scene.begin()
        await self.player.settled()

    async def _post(self, moment: PlayedMoment) -> None:
        """What becomes known at a moment, all of it before anything is decided."""
        self.clock.now = moment.at
        for line in moment.sent:
            await self._note_sent(line)
        for publication in moment.published:
            await self._publish(publication)
        if moment.events:
            events = [
                event
                for line in moment.events
                for event in [self.casting.next_event(line)] * line.times
            ]
            await self.player.post(events, moment.at)
            await self.player.settled()

    async def _publish(self, line: OtherRulesPublished) -> None:
        await self.player.reach(line.at)
        self.ruleset = for_test(self.scenario, line.ruleset, self.ruleset)
        self.notes.ruleset = self.ruleset
        await self.store.rulesets.publish(self.ruleset, _AUTHOR, "", line.at)
        await self.store.rulesets.spread()
        await self.player.settled()

    async def _up_to(self, end: datetime) -> None:
        """Whatever is due before `end`, and the messages that wait for the minute to end."""
        await self.player.pass_time(end)
        if waiting := waiting_for_the_minute(await self.store.inquiries.effects(), end):
            await self.player.pass_time(minute_end(end), waiting)

    async def _note_sent(self, line: AlreadySent) -> None:
        await self.stage.note(sent_before(line, self.scenario, NAMING))

    async def _note_news(self) -> None:
        """What has happened since all was at rest before."""
        news = await self.stage.news()
        ledger = await self.store.inquiries.effects() if news.effects else []
        self.notes.decided(news.decisions)
        for effect in news.effects:
            if effect.firing.rule_id:
                await self._attempted(effect, ledger)
        for silence in news.silences:
            self.notes.silenced(silence, self.clock.now)

    async def _attempted(self, effect: Effect, ledger: list[Effect]) -> None:
        """One state of an effect: what an attempt came to, or why it waits for one."""
        if effect.state in ("wanted", "held"):
            was, self.was[effect.key] = self.was.get(effect.key), effect.reason
        else:
            awaited_by = effect.awaited_by if isinstance(effect, ActionCall) else ()
            # A call that a message releases belongs to the minute that the message waited for.
            was = next(
                (reason for key in (effect.key, *awaited_by) if (reason := self.was.get(key))),
                None,
            )
        if effect.state in ("wanted", "claimed", "leaving"):
            return
        at, is_sent = effect.settled_at or self.clock.now, effect.state == "sent"
        said = self.scene.rig.mails.text_of(effect.key) if is_sent else ""
        passed = passed_to(await self.stage.question(effect.key, at), at) if is_sent else None
        self.notes.attempted(Step(at, effect, was, said), ledger, passed)

    async def _seen(self, line: Expected | AnswerQuestion) -> Seen:
        if isinstance(line, Expected):
            return self.notes.seen(
                line, await self.stage.waits(), await self.store.inquiries.effects()
            )
        return Seen(line, answered=await self._answered(line))

    async def _answered(self, line: AnswerQuestion) -> Answered | None:
        shop, order = self.scenario.shops[line.shop], line.order
        kind = self.ruleset.answers[line.answer].about
        if kind == "return" and line.thing:
            order = await self.stage.order_with(shop, kind, line.thing) or order
        customer = self.scenario.people[line.customer].id
        standing = await self.stage.standing(shop, order, customer, line.at)
        return answered(line, standing) if standing else None
