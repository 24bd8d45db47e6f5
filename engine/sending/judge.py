"""The question asked before every attempt to send: everything once more, on the facts of that
moment.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from engine.catalog.calendar import minute_end
from engine.catalog.channels import CHANNELS
from engine.catalog.rows import changed
from engine.decisions.action_sites import site_of
from engine.decisions.breakers import open_breaker, still_tells, waits_until
from engine.decisions.call_results import ONLY_IF, failed, names_read
from engine.decisions.deeds import (
    DEED_VALID_FOR,
    Deed,
    Doing,
    awaits_customer,
    deeds,
    sets_nothing,
)
from engine.decisions.effects import ActionCall, Effect, Message, has_answered
from engine.decisions.objections import objection
from engine.decisions.reason import CHOOSE, SEND, Reason
from engine.decisions.redecided.redecided_firings import lost_to_group
from engine.decisions.waits.perk_ends import is_over
from engine.decisions.waits.send_times import leaves_at
from engine.facts import things
from engine.facts.contacts.addresses import same_reader
from engine.rules.rule import Action, Send
from engine.sending.digests import settle_together, settled_aboard
from engine.sending.done_once import done_before
from engine.sending.gates import Allowed, Candidate, Customer, Dropped, Held, Sent, Verdict, settle
from engine.sending.question import MessageQuestion, Question, QuestionAt
from engine.sending.recipients import recipients

# What a call waited for before its values were fixed, beside the calls whose results it reads.
_HAS_WAITED = frozenset({Reason.UNKNOWN_CUSTOMER, Reason.BEING_DONE})
# A row that does not say until when it is worth doing is older than that word.
_WAITS_FOR_CUSTOMER = DEED_VALID_FOR.nominal


def judge(question: Question, now: datetime) -> Verdict:
    """Whether an effect may happen now: rule, `if`, `stop_if`, overtaken, `valid_for`, then for
    messages the gates.
    """
    try:
        return _judged(question, now)
    except Exception as error:  # noqa: BLE001  # a rule that fails ends its own effect with a reason, not the attempt
        return Dropped(Reason.ERROR, f"{type(error).__name__}: {error}")


def _judged(question: Question, now: datetime) -> Verdict:
    if question.effect.firing.form in ("breaker", "perk"):
        return _of_no_rule(QuestionAt(question, now))
    if isinstance(question, MessageQuestion):
        return _of_message(QuestionAt(question, now))
    asked = QuestionAt(question, now)
    if refusal := _objection(asked):
        return refusal
    if _is_over(question.effect, now):
        return Dropped(Reason.EXPIRED)
    if awaits_customer(question.effect, question.subjects, question.ruleset.catalog):
        until = question.effect.valid_until or question.effect.firing.due_at + _WAITS_FOR_CUSTOMER
        return Held(until, Reason.UNKNOWN_CUSTOMER)
    return done_before(question, now) or _answered(asked)


def _of_message(asked: QuestionAt[MessageQuestion]) -> Verdict:
    question, now = asked.question, asked.now
    firing, policies = question.effect.firing, question.ruleset.policies
    if breaker := open_breaker(policies, firing, asked.view):
        until = waits_until(breaker, firing, asked.view, question.ruleset)
        return Held(until, Reason.BREAKER, breaker.id)
    if refusal := _objection(asked):
        return refusal
    candidate = _candidate(asked)
    if candidate is None:
        return _removed(asked)
    if refusal := _unchosen(asked) or _said_instead(asked):
        return refusal
    if asked.send and (at := leaves_at(asked.send, firing, asked.view)) and at > now:
        # Its customer lives by another zone than when it was decided.
        return Held(at, None)
    customer = _customer(asked)
    if policies.digest is None or question.effect.shown:
        return settle(customer, candidate, policies, now)
    parts = question.ruleset.channels_of(policies.digest.template)
    return settle_together(customer, candidate, policies, parts=parts, now=now)


def _answered(asked: QuestionAt[Question]) -> Verdict:
    """An action that reads results, or has waited for its customer or another call, once it need
    not: its own `only_if`, and its values as they are now.

    The first claim fixes the values, so that every attempt says the same.
    """
    question, view = asked.question, asked.view
    effect = question.effect
    has_waited = bool(effect.awaits) or effect.reason in _HAS_WAITED
    if not has_waited or effect.revision:
        return Allowed("")
    found = _deed(asked)
    if found is None:
        return Dropped(Reason.RULE_REMOVED)
    action, deed = found
    calls = question.resolved.calls
    if name := failed(names_read(action, calls), calls, question.siblings):
        return Dropped(Reason.ERROR, name)
    if not all(condition.holds(view) is True for condition in action.only_if):
        return Dropped(Reason.CONDITION_FALSE, ONLY_IF)
    if sets_nothing(action, deed):
        return Dropped(Reason.FACT_UNKNOWN)
    return Allowed("", arguments=deed.arguments)


def _deed(asked: QuestionAt[Question]) -> tuple[Action, Deed] | None:
    """The action that an effect was decided for, and the effect as it would be decided now."""
    effect, site = asked.question.effect, asked.site
    if site is None or isinstance(site.action, Send):
        return None
    doing = Doing(
        effect.firing,
        asked.question.resolved.ruleset.policies,
        asked.view,
        now=asked.now,
        spot=site.spot,
        among=dict(enumerate(site.branch.actions)),
    )
    made = (one for one in deeds(site.action, doing) if one.name == effect.name)
    return next(((site.action, one) for one in made), None)


def judge_carried(question: MessageQuestion, now: datetime) -> dict[str, Verdict]:
    """Whether each message in a digest may still be in it, by key: its own rule and every gate, as
    if it left alone.
    """
    customer = changed(_customer(QuestionAt(question, now)), rivals=())
    to = customer.addresses
    found: dict[str, Verdict] = {}
    for one in question.carried:
        # An order may turn out to be somebody else's: what is said to one customer is not told
        # another.
        is_theirs = one.effect.customer == question.effect.customer and _reach_the_same(
            to, QuestionAt(one, now)
        )
        found[one.effect.key] = (
            _aboard(one, customer, question.effect.channel or "", now)
            if is_theirs
            else Held(now, Reason.DIGESTED)
        )
    return found


def _aboard(question: MessageQuestion, customer: Customer, channel: str, now: datetime) -> Verdict:
    try:
        asked = QuestionAt(question, now)
        if refusal := _objection(asked) or _unchosen(asked) or _said_instead(asked):
            return refusal
        candidate = _candidate(asked)
        if candidate is None:
            return _removed(asked)
        policies = question.ruleset.policies
        return settled_aboard(customer, candidate, channel, policies=policies, now=now)
    except Exception as error:  # noqa: BLE001  # as in `judge`
        return Dropped(Reason.ERROR, f"{type(error).__name__}: {error}")


def _of_no_rule(asked: QuestionAt[Question]) -> Verdict:
    """What no rule asked for is told while the breaker is there, and while the perk
    has this end.
    """
    question = asked.question
    effect = question.effect
    if effect.firing.form == "breaker":
        is_there = still_tells(question.ruleset.policies, effect)
        return Allowed("") if is_there else Dropped(Reason.RULE_REMOVED)
    has_ended = is_over(question.subjects.customer, effect, asked.facts["zone"])
    return Allowed("") if has_ended else Dropped(Reason.CONDITION_FALSE)


def awaited_calls(question: MessageQuestion, now: datetime) -> list[str]:
    """The keys of the calls that a message has to run next before it can be written.

    What reads the result of another call comes next only when that one has ended.
    """
    send, calls = QuestionAt(question, now).send, question.resolved.calls
    needed = _led_to_by(
        calls, [calls[name] for name in names_read(send, calls)] if send else [], question.siblings
    )
    is_open = {key for key in needed if not has_answered(question.siblings[key])}
    return [
        key
        for key in needed
        if key in is_open and is_open.isdisjoint(question.siblings[key].awaits)
    ]


def _led_to_by(
    calls: Mapping[str, str], read: Iterable[str], siblings: Mapping[str, ActionCall]
) -> list[str]:
    """The keys of the calls that lead to those that are read, these among them, in the order of
    `do`.
    """
    needed, more = set[str](), set(read)
    while more:
        needed |= more
        more = {key for one in more if one in siblings for key in siblings[one].awaits} - needed
    return [key for key in calls.values() if key in needed and key in siblings]


def _unchosen(asked: QuestionAt[MessageQuestion]) -> Dropped | None:
    """Why the rule would not say this: another line of `choose`, a result that never came, a false
    `only_if`.
    """
    question, site, send = asked.question, asked.site, asked.send
    if site is None or send is None or site.branch is not asked.chosen:
        return Dropped(Reason.CONDITION_FALSE, CHOOSE)
    calls, siblings = question.resolved.calls, question.siblings
    names = names_read(send, calls)
    if name := failed(names, calls, siblings):
        return Dropped(Reason.ERROR, name)
    # Of a rival nobody asks what its calls have answered.
    read = [siblings.get(calls[name]) for name in names]
    is_waiting = any(map(_is_unanswered, read)) or bool(names and not siblings)
    holds = is_waiting or all(condition.holds(asked.view) is True for condition in send.only_if)
    return None if holds else Dropped(Reason.CONDITION_FALSE, ONLY_IF)


def _removed(asked: QuestionAt[MessageQuestion]) -> Dropped:
    """Why there is no such message: its rule is gone, or its category; or the rule goes on, and says
    something else.
    """
    is_edited = asked.question.resolved.rule is not None and asked.send is None
    return Dropped(Reason.RULE_REMOVED, SEND if is_edited else None)


def _said_instead(asked: QuestionAt[MessageQuestion]) -> Dropped | None:
    """Whether another message of the same firing has said what this one would say: a revision has
    left one action of the two they were decided for.
    """
    question = asked.question
    words = question.effect.revision or question.resolved.revision
    said = (key for key, revision in question.spoken.items() if revision == words)
    same = next((key for key in said if _is_same_action(key, asked)), None)
    return Dropped(Reason.ALREADY_DONE, same) if same else None


def _is_same_action(key: str, asked: QuestionAt[MessageQuestion]) -> bool:
    """Whether the message of this key is of the very action that the question is about."""
    effect, rule = asked.question.effect, asked.question.resolved.rule
    if rule is None or asked.site is None or key.rpartition("/")[2] != effect.name:
        return False
    there = site_of(rule, effect.now(key=key), asked.chosen)
    return there is not None and there.spot == asked.site.spot


def _is_unanswered(call: ActionCall | None) -> bool:
    return call is not None and not has_answered(call)


def _candidate(asked: QuestionAt[MessageQuestion]) -> Candidate | None:
    """The message as the gates see it; None if its rule no longer sends it."""
    question, effect, send = asked.question, asked.question.effect, asked.send
    category = question.ruleset.policies.category(send.category) if send else None
    if send is None or category is None:
        return None
    return Candidate(
        key=effect.key,
        rule_id=effect.firing.rule_id,
        category=category,
        channels=_channels(send, question),
        due_at=effect.firing.due_at,
        valid_until=effect.valid_until or asked.now,
        settles_at=effect.held_until or minute_end(effect.firing.due_at),
        order=effect.firing.order,
        product=str(asked.view[send.about]) if send.about else None,
        # The result of a call is asked for when its message leaves; in a digest others would wait
        # for it.
        awaits_room=effect.awaits_room and not names_read(send, question.resolved.calls),
        has_digest_waited=effect.reason is Reason.DIGESTED,
        has_awaited_address=effect.reason is Reason.NO_CHANNEL,
    )


def _objection(asked: QuestionAt[Question]) -> Dropped | None:
    question, rule = asked.question, asked.question.resolved.rule
    if rule is not None and rule.conduct.mode == "shadow":
        return Dropped(Reason.SHADOW)
    found = objection(rule, question.effect.firing, asked.view, asked.view.history)
    if found and isinstance(question.effect, Message):
        found = lost_to_group(rule, found, asked.view)
    return Dropped(found.reason, found.by) if found else None


def _rival(question: MessageQuestion, to: Mapping[str, str], now: datetime) -> Candidate | None:
    """What a rival would send, None if nothing; a rule that fails is nobody's rival. One for
    another address does not leave in the same digest.
    """
    try:
        asked = QuestionAt(question, now)
        candidate = None if _objection(asked) or _unchosen(asked) else _candidate(asked)
        if candidate and candidate.awaits_room and not _reach_the_same(to, asked):
            return changed(candidate, awaits_room=False)
    except Exception:  # noqa: BLE001  # its own attempt will say what is wrong with it
        return None
    return candidate


def _reach_the_same(to: Mapping[str, str], asked: QuestionAt[MessageQuestion]) -> bool:
    """Whether a message goes where another one does: an order's news is not told its neighbour."""
    own = recipients(asked).addresses
    return all(same_reader(own[channel]) == same_reader(to[channel]) for channel in to.keys() & own)


def _channels(send: Send, question: MessageQuestion) -> tuple[str, ...]:
    parts = question.resolved.ruleset.channels_of(send.template)
    preferred = (
        things.value_of(question.subjects.customer, "customer", None, "customer.channels")
        or CHANNELS
    )
    # The first claim has fixed the channel: consent and quiet hours are asked of that one.
    wished = (question.effect.channel,) if question.effect.channel else send.by or preferred
    return tuple(channel for channel in wished if isinstance(channel, str) and channel in parts)


def _customer(asked: QuestionAt[MessageQuestion]) -> Customer:
    question = asked.question
    found = recipients(asked)
    rivals = (
        candidate
        for rival in question.rivals
        if (candidate := _rival(rival, found.addresses, asked.now)) is not None
    )
    return Customer(
        id=question.subjects.customer_id,
        state=question.subjects.customer,
        zones=asked.view.zones,
        addresses=found.addresses,
        unaddressed=found.unaddressed,
        unusable=found.unusable,
        silences=question.silences,
        history=question.history,
        sent=(*question.sent, *_received_there(question, found.addresses.values())),
        rivals=tuple(rivals),
        readers=question.readers,
    )


def _received_there(question: MessageQuestion, addresses: Iterable[str]) -> Iterator[Sent]:
    """What others have got at one of these addresses; what is about to leave counts as got now."""
    where = tuple(addresses)
    for one in question.readers:
        for category, at in one.sent:
            if one.had(where, at or datetime.max.replace(tzinfo=UTC)):
                yield Sent(category, at)


def _is_over(effect: Effect, now: datetime) -> bool:
    return effect.valid_until is not None and effect.valid_until <= now
