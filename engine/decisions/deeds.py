"""What a firing does: each action of its rule as an effect or a silence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.catalog.calendar import add
from engine.catalog.catalog import OF_ORDER, Catalog
from engine.catalog.rows import row
from engine.catalog.values import Duration, Money, Value, instant, instant_or_none, parse_duration
from engine.decisions.action_sites import FACTS_SET, PERK_GRANTED, keys_of, number_of
from engine.decisions.call_results import awaiting, names_read
from engine.decisions.choices import branch_of
from engine.decisions.effects import ActionCall, Effect, Emission, Message, Status
from engine.decisions.firing import Firing, first_id
from engine.decisions.waits.send_times import leaves_at
from engine.facts.events import OWN_SOURCE, Event, Origin
from engine.facts.naming import Spot, key_of, own_id
from engine.facts.perks import ends_at, is_live, uses_left
from engine.facts.state import ONLY
from engine.facts.subjects import Subjects, Suppression
from engine.facts.views.view import View
from engine.rules.policies import Category, Policies
from engine.rules.rule import (
    Action,
    Arguments,
    Branch,
    Call,
    Emit,
    Grant,
    Put,
    Rule,
    Send,
    Suppress,
)
from engine.rules.ruleset import Ruleset

# What an action other than a message is done by.
Deed = ActionCall | Emission
# The argument of an own event that says until when its facts hold.
UNTIL = "until"
# So many rules may emit events one after the other; more is a circle.
DEEPEST = 5
# How long a message is worth sending, where neither rule nor category says.
VALID_FOR: Mapping[str, Duration] = {
    "transactional": parse_duration("7 days"),
    "marketing": parse_duration("1 day"),
}
# How long anything else is worth doing, where its rule does not say.
DEED_VALID_FOR = parse_duration("7 days")


@dataclass(slots=True)
class Done:
    """The rows that actions lead to."""

    effects: list[Effect] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)

    def extend(self, other: "Done") -> None:
        """Take in another's rows."""
        self.effects += other.effects
        self.suppressions += other.suppressions


def carry_out(rule: Rule, firing: Firing, ruleset: Ruleset, view: View, now: datetime) -> Done:
    """The effects and silences of a rule that acts now; none if `choose` comes to `otherwise:
    nothing`.
    """
    done = Done()
    branch = branch_of(rule, view)
    if branch is None:
        return done
    line, calls = number_of(rule, branch), keys_of(rule, branch, firing, {})
    made: dict[int, tuple[Action, tuple[str, ...]]] = {}
    for place, action in enumerate(branch.actions):
        # What reads a result is asked once there is one.
        named = [one.name for one, _ in made.values() if isinstance(one, Call) and one.name]
        awaits = tuple(calls[name] for name in sorted(names_read(action, named))) if named else ()
        if awaits or all(condition.holds(view) is True for condition in action.only_if):
            made[place] = action, awaits
    among = {place: action for place, (action, _) in made.items()}
    for place, (action, awaits) in made.items():
        spot = Spot(line, place)
        doing = Doing(firing, ruleset.policies, view, now=now, spot=spot, among=among)
        _do(action, awaits, doing, done)
    return done


@row
class Doing:
    """For which firing an action is carried out, when, at which spot of its rule it stands, and
    among which others of the same `do`, by their places.
    """

    firing: Firing
    policies: Policies
    view: View
    now: datetime
    spot: Spot
    among: Mapping[int, Action] = field(hash=False)

    def key(self, name: str, place: int | None = None) -> str:
        """The key of what is done at its spot, or at another place of the same `do`."""
        spot = self.spot if place is None else Spot(self.spot.branch, place)
        firing = self.firing
        return key_of(firing.journey, first_id(firing), firing.occurrence, str(spot), name)

    def call(self, call: Call, arguments: Mapping[str, Any]) -> ActionCall:
        """A call of an action, now."""
        key, until = self.key(call.action), valid_until(call, self)
        return ActionCall(key, call.action, self.firing, until, arguments, decided_at=self.now)

    def emission(
        self, action: Grant | Put | Emit, name: str, arguments: Mapping[str, Any]
    ) -> Emission:
        """An event of our own, now."""
        key, until = self.key(name), valid_until(action, self)
        return Emission(key, name, self.firing, until, arguments, decided_at=self.now)

    def category_of(self, send: Send) -> Category:
        """The category of a message; raises `LookupError` if there is none."""
        category = self.policies.category(send.category)
        if category is None:
            raise LookupError(f"category {send.category} is not in policies.yaml")
        return category


def _do(action: Action, awaits: tuple[str, ...], doing: Doing, done: Done) -> None:
    match action:
        case Send():
            done.effects.append(_message(action, doing))
        case Suppress():
            done.suppressions += _silence(action, doing)
        case _ if awaits:
            done.effects += [one.now(state="held", awaits=awaits) for one in deeds(action, doing)]
        case _:
            done.effects += [
                one for one in deeds(action, doing) if _is_worth_row(action, one, doing)
            ]


def deeds(action: Call | Grant | Put | Emit | Suppress, doing: Doing) -> list[Deed]:
    """What an action other than a message is done by, with the values it reads at this moment."""
    match action:
        case Call():
            call = doing.call(action, read(_with_attached(action, doing), doing.view))
            awaited_by = tuple(_awaiting(action, doing))
            return [call.now(state="held", awaited_by=awaited_by) if awaited_by else call]
        case Grant():
            return [doing.emission(action, PERK_GRANTED, _perk(action, doing))]
        case Put():
            return list(_settings(action, doing))
        case Emit():
            if doing.firing.depth >= DEEPEST:
                raise RecursionError(
                    f"{action.event} would be the effect of {DEEPEST} effects of effects"
                )
            return [doing.emission(action, action.event, read(action.arguments, doing.view))]
        case Suppress():
            return []


def _awaiting(call: Call, doing: Doing) -> Iterator[str]:
    """The keys of the messages that use the result of a call."""
    for place in awaiting(call, doing.among):
        send = doing.among[place]
        assert isinstance(send, Send)
        yield doing.key(send.template, place)


def sets_nothing(action: Action, deed: Deed) -> bool:
    """Whether a `set` would set nothing, because its values are unknown."""
    return isinstance(action, Put) and deed.arguments.keys() <= {UNTIL}


def awaits_customer(effect: Effect, subjects: Subjects, catalog: Catalog) -> bool:
    """Whether an own event waits until it is known whose order it is: it is about the customer, or
    sets what only the customer's facts would tell.
    """
    if not isinstance(effect, Emission) or subjects.customer_id is not None:
        return False
    event = catalog.events.get(effect.name)
    is_empty_set = effect.name.endswith(FACTS_SET) and effect.arguments.keys() <= {UNTIL}
    return is_empty_set or (event is not None and event.about not in OF_ORDER)


def _is_worth_row(action: Action, deed: Deed, doing: Doing) -> bool:
    """Whether a deed is worth a row: a `set` of unknown values is only while its customer may
    still become known.
    """
    view = doing.view
    waits = awaits_customer(deed, view.subjects, view.ruleset.catalog)
    return waits or not sets_nothing(action, deed)


def read(arguments: Arguments, view: View) -> dict[str, Any]:
    """The values of `with` as JSON; a fact that is unknown is left out."""
    values = {name: view[one.name] if one.name else one.constant for name, one in arguments.items()}
    return {name: as_json(value) for name, value in values.items() if value is not None}


def as_json(value: Value) -> Any:
    """The canonical JSON of a typed value."""
    match value:
        case Money() | Duration():
            return str(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case _:
            return value


def are_over(branch: Branch, firing: Firing, policies: Policies, view: View) -> bool:
    """Whether everything in a `do` is too late to be done by now."""
    now, among = view["now"], dict(enumerate(branch.actions))
    doing = Doing(firing, policies, view, now=now, spot=Spot(0, 0), among=among)
    return all(valid_until(action, doing) <= now for action in branch.actions)


def valid_until(action: Action, doing: Doing) -> datetime:
    """Until when an action is worth doing, counted from its due moment.

    What says nothing of its own lasts as long as the messages that use its result, or the call
    whose result it reads.
    """
    counted_from = doing.firing.known_at if doing.firing.due.is_late else doing.firing.due_at
    zone = doing.view["zone"]
    if isinstance(action, Send):
        kind = doing.category_of(action).kind
        return add(counted_from, action.valid_for or VALID_FOR[kind], zone)
    ends_at = add(counted_from, action.valid_for or DEED_VALID_FOR, zone)
    if action.valid_for:
        return ends_at
    return max([ends_at, *(valid_until(one, doing) for one in _tied_to(action, doing.among))])


def _tied_to(action: Action, among: Mapping[int, Action]) -> list[Action]:
    """The messages that a call is for, or of what reads the results of such calls those calls."""
    if isinstance(action, Call) and (places := awaiting(action, among)):
        return [among[place] for place in places]
    calls = {one.name: one for one in among.values() if isinstance(one, Call) and one.name}
    return [calls[name] for name in names_read(action, calls)]


def event_of(effect: Emission) -> Event:
    """The event that an `emit` effect causes; its id is the effect's key, so that it
    happens once.
    """
    perk = effect.arguments.get("perk.name")
    kind, thing = effect.firing.about
    own = {} if kind in ("order", "customer") or thing == ONLY else {kind: thing}
    data = {name: value for name, value in effect.arguments.items() if name != UNTIL}
    return Event(
        source=OWN_SOURCE,
        id=effect.key,
        type=effect.name,
        occurred_at=_happens_at(effect),
        shop=effect.firing.shop,
        order=effect.firing.order,
        customer=own_id(effect.customer) if effect.customer else None,
        things={"perk": str(perk)} if perk else own,
        data=data,
        until=effect.arguments.get(UNTIL),
        origin=Origin(depth=effect.firing.depth + 1),
    )


def _happens_at(effect: Emission) -> datetime:
    """An own event happens when it is decided; one that awaits a call when that has ended, a perk's
    when it is due.
    """
    if effect.firing.form == "perk":
        return effect.firing.due_at
    ended_at = effect.held_until if effect.awaits else None
    return ended_at or effect.decided_at or effect.firing.due_at


def _with_attached(call: Call, doing: Doing) -> Arguments:
    """What `with` says, and what policies.yaml attaches to calls of this action where it says
    nothing.
    """
    return {**attached_to(call.action, doing.policies), **call.arguments}


def attached_to(action: str, policies: Policies) -> Arguments:
    """What policies.yaml attaches to calls of an action."""
    return {
        name: value
        for one in policies.attach
        if action in one.actions
        for name, value in one.arguments.items()
    }


def _message(send: Send, doing: Doing) -> Message:
    firing = doing.firing
    at = leaves_at(send, firing, doing.view)
    waits_until = at if at and at > doing.now else None
    return Message(
        key=doing.key(send.template),
        name=send.template,
        firing=firing,
        category=send.category,
        valid_until=valid_until(send, doing),
        arguments=read(send.arguments, doing.view),
        status=Status("held", held_until=waits_until) if waits_until else Status(),
        decided_at=doing.now,
    )


def _silence(action: Suppress, doing: Doing) -> list[Suppression]:
    """It begins when it was due, but lasts from when it became known: late news silences as long as
    any other, but for news that is too old.

    A silence about a product that is unknown silences nothing.
    """
    firing, view = doing.firing, doing.view
    if valid_until(action, doing) <= doing.now:
        return []
    product = view[action.about] if action.about else None
    if action.about and product is None:
        return []
    silence = Suppression(
        key=doing.key("suppress"),
        rule_id=firing.rule_id,
        categories=action.categories,
        customer=view.subjects.customer_id,
        order=firing.order,
        across_customer=action.across_customer,
        starts_at=firing.due_at,
        ends_at=add(max(firing.due_at, firing.known_at), action.at_most, view["zone"]),
        until=action.until,
        place=str(action.position),
        about=firing.about,
        product=str(product) if product is not None else None,
    )
    return [silence]


def _perk(action: Grant, doing: Doing) -> dict[str, Any]:
    """A perk is an own event; granted again it lasts until the later end, and is not used more
    often.
    """
    customer, firing = doing.view.subjects.customer, doing.firing
    zone = doing.view["zone"]
    end: datetime | None = add(max(firing.due_at, firing.known_at), action.lasts, zone)
    uses = action.uses
    if is_live(customer, action.perk, doing.now, zone):
        known = ends_at(customer, action.perk, zone)
        # What lasts for good goes on lasting.
        end = max(end, known) if end and known else None
        uses = uses_left(customer, action.perk) or uses
    return {
        "perk.name": action.perk,
        "perk.expires_at": instant_or_none(end),
        "perk.uses_left": uses,
    }


def _settings(action: Put, doing: Doing) -> Iterator[Emission]:
    """What a rule sets is an event too, one for the order's facts and one for the customer's."""
    lasts = (
        {UNTIL: instant(add(doing.now, action.lasts, doing.view["zone"]))} if action.lasts else {}
    )
    for owner in ("order", "customer"):
        own = {name: value for name, value in action.values.items() if name.startswith(f"{owner}.")}
        if own:
            yield doing.emission(action, f"{owner}.{FACTS_SET}", read(own, doing.view) | lasts)
