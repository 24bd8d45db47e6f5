"""Valid values for tests about the engine; a test names only what it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, overload

from engine.catalog.calendar import QuietHours
from engine.catalog.catalog import Catalog, builtin
from engine.catalog.values import FactType, Value, parse_duration
from engine.conditions.condition import Condition, Finding, Position
from engine.decisions.decide import decide
from engine.decisions.decision import Logged, Outcome, OwnState, Situation
from engine.decisions.effects import ActionCall, Effect, EffectKind, Emission, Message
from engine.decisions.firing import Cause, Due, Firing
from engine.facts.events import Event
from engine.facts.fold import fold_customer, fold_order, order_after, subject_kind
from engine.facts.history import Happening
from engine.facts.naming import Naming
from engine.facts.purchases import recount
from engine.facts.state import State, customer_of, empty
from engine.facts.subjects import Subjects, Suppression
from engine.rules.policies import Category, Policies, ShopCustoms
from engine.rules.rule import (
    Action,
    Branch,
    Listened,
    OncePer,
    OnEvent,
    Rule,
    RuleConduct,
    RuleLabel,
    Send,
)
from engine.rules.ruleset import Answer, AnswerLine, Ruleset, Rulesets
from engine.sending.gates import Candidate, Customer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACE = Position("journeys/test.yaml", 3, 5)
NAMING = Naming(b"test")
CATALOG = builtin()
ADDRESSES = {"email": "ana@example.com"}
NIGHT = QuietHours(time(21), time(8))


def at(text: str) -> datetime:
    """`2026-03-08 06:30` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def an_event(kind: str, at: datetime = NOON, **changes: Any) -> Event:
    data = changes.pop("data", {})
    defaults = {
        "source": "shop",
        "id": f"{kind} {at} {sorted(changes.items())}",
        "order": "A1",
        "customer": "C1",
    }
    return Event(
        **{**defaults, "type": kind, "occurred_at": at, "shop": "shop", "data": data, **changes}
    )


def a_parcel_event(kind: str, at: datetime = NOON, parcel: str | None = "P1", **data: Any) -> Event:
    stated = {f"shipment.{name}": value for name, value in data.items()}
    return an_event(
        f"shipment.{kind}", at, things={"shipment": parcel} if parcel else {}, data=stated
    )


def shipped(at: datetime = NOON, parcel: str | None = "P1", **data: Any) -> Event:
    return a_parcel_event("shipped", at, parcel, **data)


def delivered(at: datetime = NOON, parcel: str | None = "P1", **data: Any) -> Event:
    return a_parcel_event("delivered", at, parcel, **data)


def placed(at: datetime = NOON, order: str = "A1", **data: Any) -> Event:
    return an_event(
        "order.placed",
        at,
        order=order,
        data={f"order.{name}": value for name, value in data.items()},
    )


def told(at: datetime = NOON, kind: str = "customer.updated", **data: Any) -> Event:
    """What a customer's profile says."""
    return an_event(
        kind, at, order=None, data={f"customer.{name}": value for name, value in data.items()}
    )


def an_order(*events: Event, catalog: Catalog = CATALOG, seen: State | None = None) -> State:
    """The state of an order after these events."""
    state = seen or empty()
    for event in events:
        state = fold_order(state, event, catalog).state
    return state


def a_buyer(*events: Event, catalog: Catalog = CATALOG) -> State:
    """The state of a customer after these events, all of orders of theirs."""
    state, orders = empty(), dict[str, State]()
    for event in events:
        state = fold_customer(state, event, catalog)
        if event.order and subject_kind(event, catalog) == "order":
            before = orders.get(event.order)
            after = order_after(before or empty(), event, catalog)
            state, orders[event.order] = recount(state, before, after, event.order)
    return state


def a_condition(fact: str, expected: object) -> Condition:
    """`fact = expected`, by hand."""

    def holds(facts: Mapping[str, Any]) -> bool | None:
        value = facts[fact]
        return None if value is None else bool(value == expected)

    def explain(facts: Mapping[str, Any]) -> tuple[Finding, ...]:
        return (Finding(f"{fact} = {expected}", holds(facts), ((fact, facts[fact]),)),)

    return Condition(
        f"{fact} = {expected}",
        {"===": [{"var": fact}, expected]},
        holds,
        explain,
        frozenset({fact}),
        PLACE,
    )


def a_broken_condition() -> Condition:
    """A condition that raises, as none should."""

    def fails(_facts: Mapping[str, Any]) -> Any:
        raise ZeroDivisionError("broken")

    return Condition("broken", None, fails, fails, frozenset(), PLACE)


def a_send(template: str = "hello", **changes: Any) -> Send:
    valid_for = changes.pop("valid_for", None)
    length = parse_duration(valid_for) if valid_for else None
    return Send(**{
        "template": template, "category": "delivery", "by": ("email",), "valid_for": length,
        "arguments": {},
        "position": PLACE, **changes,
    })  # fmt: skip


def a_rule(
    id: str = "rule", when: str = "shipment.shipped", *actions: Action, **changes: Any
) -> Rule:  # the rule's own word
    triggers = (changes.pop("trigger", OnEvent(when)),)
    about = CATALOG.events[getattr(triggers[0], "event", when)].about
    stop_if = tuple(
        Listened(one) if isinstance(one, str) else one for one in changes.pop("stop_if", ())
    )
    defaults: dict[str, Any] = {
        "triggers": triggers, "about": about, "once_per": OncePer((about,)), "position": PLACE,
        "stop_if": stop_if,
        "branches": (Branch((), actions or (a_send(),), PLACE),),
    }  # fmt: skip
    return Rule(**{**defaults, "id": id, **_nested(changes, label=RuleLabel, conduct=RuleConduct)})


def with_changes(rule: Rule, **changes: Any) -> Rule:
    """The rule with other values, also of its label and its conduct."""
    nested: dict[str, Any] = {"label": rule.label, "conduct": rule.conduct}
    for part, old in nested.items():
        own = {name: changes.pop(name) for name in tuple(changes) if hasattr(old, name)}
        nested[part] = replace(old, **own)
    return replace(rule, **nested, **changes)


def _nested(changes: dict[str, Any], **parts: type[Any]) -> dict[str, Any]:
    """What tests say in one row, put into the parts that hold it."""
    rest = dict(changes)
    for part, kind in parts.items():
        names = [one.name for one in fields(kind) if one.name in rest]
        if names:
            rest[part] = kind(**{name: rest.pop(name) for name in names})
    return rest


DELIVERY = Category(
    "delivery", "transactional", ignores=frozenset({"cap", "suppress", "holdout"}), consent="none"
)
REVIEW = Category("review", "marketing", ignores=frozenset({"suppress"}), asks_review=True)
LOYALTY, SALES = Category("loyalty", "marketing"), Category("sales", "marketing")


def a_policy(**changes: Any) -> Policies:
    told = _nested(changes, shop=ShopCustoms)
    return Policies(
        **{"categories": (DELIVERY, REVIEW, LOYALTY, SALES), "quiet_hours": None, **told}
    )


def an_answer(name: str = "return_window", *lines: AnswerLine, **changes: Any) -> Answer:
    return Answer(
        **{"name": name, "type": FactType("duration"), "first": lines, "position": PLACE, **changes}
    )


def a_line(then: Value, *conditions: Condition) -> AnswerLine:
    return AnswerLine(conditions, then, PLACE)


def a_ruleset(*rules: Rule, revision: str = "r1", **changes: Any) -> Ruleset:
    defaults: dict[str, Any] = {
        "files": {}, "policies": a_policy(), "answers": {}, "catalog": CATALOG,
        "templates": {"hello": {"en": frozenset({"email"})}, "other": {"en": frozenset({"email"})}},
    }  # fmt: skip
    return Ruleset(
        **{**defaults, "revision": revision, "rules": {rule.id: rule for rule in rules}, **changes}
    )


def a_customer(
    consents: Iterable[str] = ("loyalty", "sales", "review"), **changes: Any
) -> Customer:
    said = [
        an_event("consent.given", order=None, data={"consent.category": one}) for one in consents
    ]
    return Customer(
        **{
            "id": "C1",
            "state": a_buyer(*said),
            "zones": ("UTC",),
            "addresses": ADDRESSES,
            **changes,
        }
    )


def a_message(category: Category = SALES, **changes: Any) -> Candidate:
    defaults: dict[str, Any] = {
        "key": "j/rule/x/hello", "rule_id": "rule", "channels": ("email",), "due_at": NOON,
        "valid_until": NOON + DAY,
        "settles_at": NOON, "order": "A1",
    }  # fmt: skip
    return Candidate(**{**defaults, "category": category, **changes})


def a_firing(rule_id: str = "rule", **changes: Any) -> Firing:
    """A firing; `changes` are values of it, of its cause and of when it is due."""
    firing = Firing(
        journey="order:shop/A1",
        rule_id=rule_id,
        occurrence="shipment:P1",
        about=("shipment", "P1"),
        cause=Cause("shipment.shipped", NOON),
        due=Due(NOON, NOON),
        revision="r1",
        shop="shop",
        order="A1",
    )
    return firing.now(**changes)


_KINDS: dict[str, type[Message | ActionCall | Emission]] = {
    "send": Message,
    "call": ActionCall,
    "emit": Emission,
}


@overload
def an_effect(
    firing: Firing | None = None, *, kind: Literal["send"] = "send", **changes: Any
) -> Message: ...
@overload
def an_effect(
    firing: Firing | None = None, *, kind: Literal["call"], **changes: Any
) -> ActionCall: ...
@overload
def an_effect(
    firing: Firing | None = None, *, kind: Literal["emit"], **changes: Any
) -> Emission: ...
def an_effect(firing: Firing | None = None, *, kind: EffectKind = "send", **changes: Any) -> Effect:
    """A message, or another kind of effect; `changes` are values of it and of its parts."""
    firing = firing or a_firing()
    key = f"{firing.journey}/{firing.rule_id}/{firing.occurrence}/hello"
    effect = _KINDS[kind](key, "hello", firing, valid_until=NOON + 7 * DAY)
    given = {"category": "delivery", **changes} if kind == "send" else {**changes}
    if kind != "send":
        given.pop("category", None)
    return effect.now(**given)


def a_silence(*categories: str, **changes: Any) -> Suppression:
    defaults: dict[str, Any] = {
        "key": "s", "rule_id": "hush", "customer": "C1", "order": "A1", "across_customer": False,
        "starts_at": NOON,
        "ends_at": NOON + 60 * DAY, "until": (), "place": str(PLACE),
    }  # fmt: skip
    lifts = tuple(
        Listened(one) if isinstance(one, str) else one for one in changes.pop("until", ())
    )
    told = {"categories": categories or ("sales",), "until": lifts, **changes}
    return Suppression(**{**defaults, **told})


def a_happening(kind: str, at: datetime = NOON, **changes: Any) -> Happening:
    return Happening(
        **{
            "type": kind,
            "occurred_at": at,
            "order": "A1",
            "customer": "C1",
            "things": {},
            **changes,
        }
    )


def log_of(
    *events: Event, revision: str = "r1", seen: State | None = None
) -> tuple[State, tuple[Logged, ...]]:
    """An order's state and log once these events have been accepted one after the other."""
    state = seen or empty()
    log: list[Logged] = []
    for event in events:
        folded = fold_order(state, event, CATALOG)
        state = folded.state
        for one in (folded.event, *folded.derived):
            stale = fold_order(state, one, CATALOG).stale
            log.append(Logged(len(log) + 1, one, revision, stale, max(NOON, event.occurred_at)))
    return state, tuple(log)


def a_situation(*events: Event, buyer: State | None = None, **changes: Any) -> Situation:
    """What the journey of order A1 looks at after these events, none of which it has read yet."""
    state, log = log_of(*events)
    customer = customer_of(state)
    own = tuple(
        Happening(e.type, e.occurred_at, e.order, e.customer, e.things)
        for e in (one.event for one in log)
    )
    defaults: dict[str, Any] = {
        "journey": "order:shop/A1", "subject": "order:shop/A1",
        "events": log,
        "subjects": Subjects(state, buyer or a_buyer(*events), "A1", customer, "shop"),
        "history": own,
    }  # fmt: skip
    known = OwnState(
        changes.pop("facts", empty()), changes.pop("cursor", 0), changes.pop("revision", None)
    )
    return Situation(**{"own": known, **defaults, **changes})


def decided(
    ruleset: Ruleset, situation: Situation, now: datetime = NOON, *others: Ruleset
) -> Outcome:
    return decide(Rulesets(ruleset, {one.revision: one for one in others}), situation, NAMING, now)


def said(outcome: Outcome) -> list[str]:
    """The names of what is to happen."""
    return [effect.name for effect in outcome.effects]


def reasons(outcome: Outcome) -> list[str | None]:
    """Why each rule was silent, None where it spoke."""
    return [one.reason.value if one.reason else None for one in outcome.decisions if one.rule_id]
