"""The question of an attempt: one effect, everything that may speak against it, and what its rule
comes to, looked up once.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

from engine.catalog.channels import CHANNELS
from engine.catalog.rows import row
from engine.decisions.action_sites import ActionSite, calls_read, site_of
from engine.decisions.call_results import answered
from engine.decisions.choices import branch_of
from engine.decisions.effects import ActionCall, Effect, Message
from engine.decisions.objections import rule_of
from engine.decisions.redecided.own_deeds import without_own_deeds
from engine.facts.contacts.readers import Reader
from engine.facts.history import Happening
from engine.facts.subjects import Subjects, Suppression
from engine.facts.views.view import About, View
from engine.rules.rule import Branch, Rule, Send
from engine.rules.ruleset import Ruleset
from engine.sending.gates import Sent


@row
class Resolved:
    """What an effect's firing comes to in the rules: the rule it follows, the ruleset in whose
    words it speaks, and the keys of the calls it may read, by name.
    """

    rule: Rule | None
    ruleset: Ruleset
    calls: Mapping[str, str] = field(hash=False)

    @property
    def revision(self) -> str:
        """The revision whose words an effect uses: the active one, or of a pinned rule its
        first.
        """
        return self.ruleset.revision


@row
class Question:
    """One effect and everything its attempt may look at, as one snapshot. `posed` makes it.

    `siblings` are the calls of the same firing by key, and of a call those of the same action that
    its customer has had, `channels` those this deployment has a provider for, `dead` the addresses
    that bounced, `rivals` the other messages of the same customer that wait for the same minute,
    `carried` those that this one carries in a digest.
    """

    effect: Effect
    ruleset: Ruleset
    resolved: Resolved
    subjects: Subjects
    history: tuple[Happening, ...] = ()
    silences: tuple[Suppression, ...] = ()
    sent: tuple[Sent, ...] = ()
    rivals: tuple["MessageQuestion", ...] = ()
    carried: tuple["MessageQuestion", ...] = ()
    siblings: Mapping[str, ActionCall] = field(default_factory=dict)
    channels: frozenset[str] = frozenset(CHANNELS)
    dead: frozenset[str] = frozenset()


@row
class MessageQuestion(Question):
    """The question of a message; `readers` are other customers who are, or were, read at one of the
    addresses it may go to, `spoken` the messages of the same firing that have left or are about to:
    their keys, with the revision in whose words each speaks.
    """

    effect: Message
    readers: tuple[Reader, ...] = ()
    spoken: Mapping[str, str | None] = field(default_factory=dict)


@overload
def posed(
    effect: Message, ruleset: Ruleset, pinned: Ruleset | None, subjects: Subjects, **more: Any
) -> MessageQuestion: ...
@overload
def posed(
    effect: Effect, ruleset: Ruleset, pinned: Ruleset | None, subjects: Subjects, **more: Any
) -> Question: ...
def posed(
    effect: Effect, ruleset: Ruleset, pinned: Ruleset | None, subjects: Subjects, **more: Any
) -> Question:
    """The question of an effect; `pinned` is the ruleset under which its firing began, `more` are
    further fields of it.
    """
    resolved = _resolved(effect, ruleset, pinned, more.get("siblings", {}))
    if isinstance(effect, Message):
        return MessageQuestion(effect, ruleset, resolved, subjects, **more)
    return Question(effect, ruleset, resolved, subjects, **more)


def _resolved(
    effect: Effect, active: Ruleset, pinned: Ruleset | None, siblings: Mapping[str, ActionCall]
) -> Resolved:
    rule, ruleset = rule_of(active, effect.firing, pinned)
    return Resolved(rule, ruleset, calls_read(rule, effect, siblings) if rule else {})


Q_co = TypeVar("Q_co", bound=Question, covariant=True)


class QuestionAt(Generic[Q_co]):
    """A question at one moment. `facts` are all that is known then; the rule is asked on `view`,
    which is without what its firing has done itself.
    """

    def __init__(self, question: Q_co, now: datetime) -> None:
        self.question, self.now, self.facts = question, now, view_of(question, now)
        self.view = _without_own(question, self.facts)

    @cached_property
    def chosen(self) -> Branch | None:
        """The line of `choose` that holds now."""
        rule = self.question.resolved.rule
        return branch_of(rule, self.view) if rule else None

    @cached_property
    def site(self) -> ActionSite | None:
        """The action that the effect was decided for; None if its rule has it no longer."""
        rule, effect = self.question.resolved.rule, self.question.effect
        return site_of(rule, effect, self.chosen) if rule else None

    @property
    def send(self) -> Send | None:
        """The action that sends a message; None if its rule no longer does."""
        action = self.site.action if self.site else None
        return action if isinstance(action, Send) else None


def view_of(question: Question, now: datetime) -> View:
    """The facts as the effect's rule reads them at this moment."""
    firing, resolved = question.effect.firing, question.resolved
    about = About(*firing.about, data=firing.data)
    view = View(resolved.ruleset, question.subjects, about, now, question.history)
    if question.siblings:
        view.results = answered(resolved.calls, question.siblings, resolved.rule, view["zone"])
    return view


def _without_own(question: Question, facts: View) -> View:
    effect = question.effect
    subjects, history = without_own_deeds(
        effect.firing, question.subjects, question.history, effect.decided_at
    )
    if subjects is question.subjects:
        return facts
    view = View(facts.ruleset, subjects, facts.about, facts["now"], history)
    view.results = facts.results
    return view
