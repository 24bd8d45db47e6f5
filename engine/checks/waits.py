"""Rules that wait: what should end the wait (J25), what never can (J26), dates that may be past
(J29), and what most often has come before the wait began (J45).
"""

from decimal import Decimal

from engine.catalog.catalog import OF_ORDER, Catalog
from engine.catalog.values import Duration
from engine.checks.checked_folder import Checks, Folder
from engine.conditions.problems import Problem
from engine.rules.rule import After, Every, Listened, Near, OnEvent, Rule, Send, Silence, Trigger

# From this rank on an order has arrived: it is sent back rather than cancelled.
_ARRIVED = 7
_ENDS = {
    "order.cancelled": frozenset({"order.cancelled_at", "order.cancel_reason"}),
    "return.requested": frozenset({"order.returned", "return.requested_at"}),
    "return.cancelled": frozenset({"order.returned", "return.cancelled_at", "return.declined_at"}),
    "subscription.cancelled": frozenset({"subscription.status", "subscription.cancelled_at"}),
}
# What has most often come by the time an event comes, besides the earlier stages of its own thing.
_GONE_BEFORE = frozenset({"order.cancelled", "shipment.lost", "shipment.returned_to_sender"})
_BEFORE = {
    "order.delivered": _GONE_BEFORE,
    "shipment.delivered": frozenset({"order.cancelled"}),
    "order.cancelled": frozenset({"order.cancel_requested", "order.refunded"}),
    "order.refunded": frozenset({"order.cancelled", "order.cancel_requested", "return.requested"}),
    "return.refunded": frozenset({"order.refunded"}),
    "review.received": frozenset({"order.delivered", "shipment.delivered"}),
    "return.requested": frozenset({"order.delivered", "shipment.delivered"}),
    "support.case_replied": frozenset({"support.case_opened"}),
    "support.case_solved": frozenset({"support.case_opened"}),
    "payment.recovered": frozenset({"payment.failed"}),
    "perk.expired": frozenset({"perk.granted"}),
}
# How the last word about a return has no stage of its own: every stage lies before it.
_LAST_OF_RETURN = frozenset(
    {"return.refunded", "return.exchanged", "return.credited", "return.feedback"}
)


def check_missing_stops(folder: Folder) -> Checks:
    """J25: a message that comes later should not come when the reason for it is gone."""
    catalog = folder.ruleset.catalog
    for rule in folder.acting:
        missing = next(
            (end for trigger in rule.triggers if (end := _missing(rule, trigger, catalog))), None
        )
        if missing and any(isinstance(action, Send) for action in rule.actions):
            message = (
                f"this message comes later; say `stop_if: {missing}`, or it comes after that too"
            )
            yield Problem(folder.place(rule, "when"), message, "J25")


def _missing(rule: Rule, trigger: Trigger, catalog: Catalog) -> str | None:
    """The event that most often ends the reason for a message, if nothing in the rule looks at any
    that does.
    """
    ends = _ends_of(rule, trigger, catalog) if _is_late(trigger) else ()
    read = frozenset().union(*(condition.reads for condition in rule.every_condition))
    asked = frozenset().union(*(condition.counts for condition in rule.every_condition))
    stops = {stop.event for stop in rule.stop_if} | asked
    is_seen = any(end in stops or read & _ENDS[end] for end in ends)
    return None if is_seen or not ends else ends[0]


def _is_late(trigger: Trigger) -> bool:
    match trigger:
        case After(delay=Duration(amount=amount)):
            return amount > Decimal(0)
        case OnEvent() | Every():
            return False
        case _:
            return True


def _ends_of(rule: Rule, trigger: Trigger, catalog: Catalog) -> tuple[str, ...]:
    """The events after which nobody wants the message; any one of them will do."""
    name = _begun_by(trigger) or ""
    begun = catalog.events.get(name)
    if rule.about == "subscription":
        return () if name == "subscription.cancelled" else ("subscription.cancelled",)
    if rule.about == "return":
        is_open = begun is None or begun.rank == 1
        return ("return.cancelled",) if is_open else ()
    if rule.about not in OF_ORDER or name in {"order.cancelled", "order.refunded"}:
        return ()
    if rule.about == "review" or name.endswith(".delivered"):
        return ("return.requested",)
    if begun is not None and begun.rank is not None and begun.rank < _ARRIVED:
        return ("order.cancelled",)
    return ("order.cancelled", "return.requested")


def _begun_by(trigger: Trigger) -> str | None:
    match trigger:
        case OnEvent(event=name) | After(event=name) | Silence(since=Listened(event=name)):
            return name
        case _:
            return None


def check_idle_stops(folder: Folder) -> Checks:
    """J26: an event that comes before the trigger, or only once and was the trigger,
    stops nothing.
    """
    catalog = folder.ruleset.catalog
    for rule in folder.rules:
        for stop in rule.stop_if:
            begun = [_begun_by(trigger) for trigger in rule.triggers]
            if begun and all(name and _is_over(stop, name, catalog) for name in begun):
                message = f"{stop.event} cannot come after {' or '.join(filter(None, begun))}, so it stops nothing"
                yield Problem(folder.stop_place(rule, stop), message, "J26")


def _is_over(stop: Listened, begun: str, catalog: Catalog) -> bool:
    """Whether an event of the same thing lies behind once the other has come."""
    one, other = catalog.events[stop.event], catalog.events[begun]
    if (
        stop.by_customer
        or one.repeats
        or (one.name != other.name and (one.rank is None or other.rank is None))
    ):
        return False
    if one.name == other.name:
        return True
    is_same = one.about == other.about or (one.about == "order" and other.about == "shipment")
    return is_same and (one.rank or 0) < (other.rank or 0)


def check_earlier_stops(folder: Folder) -> Checks:
    """J45: `stop_if` looks from the trigger on, so what came before it stops nothing."""
    catalog = folder.ruleset.catalog
    for rule in folder.rules:
        read = frozenset().union(*(one.reads | one.counts for one in rule.every_condition))
        for stop in rule.stop_if:
            asked = {stop.event, f"{stop.event}_at"} | _ENDS.get(stop.event, frozenset())
            begun = next(filter(None, (_later(stop, one, catalog) for one in rule.triggers)), None)
            if begun and not asked & read:
                message = (
                    f"{stop.event} usually comes before {begun}, and stop_if looks from there on; "
                    f"say `if: not ({stop.event} happened)`"
                )
                yield Problem(folder.stop_place(rule, stop), message, "J45")


def _later(stop: Listened, trigger: Trigger, catalog: Catalog) -> str | None:
    """The event that begins a wait, where the stop usually lies before it."""
    begun = _begun_by(trigger)
    if begun is None or stop.by_customer or stop.event == begun:
        return None
    is_stage = begun in _LAST_OF_RETURN and catalog.events[stop.event].about == "return"
    has_rank = catalog.events[stop.event].rank is not None
    return begun if stop.event in _BEFORE.get(begun, ()) or (is_stage and has_rank) else None


def check_late_dates(folder: Folder) -> Checks:
    """J29: when a date becomes known, the moment before it may be past already."""
    for rule in folder.rules:
        if "if_late" not in folder.node(rule).entries and any(
            _is_before(trigger) for trigger in rule.triggers
        ):
            message = "this moment may be past when the date becomes known: say `if_late: send` or `if_late: skip`"
            yield Problem(folder.place(rule, "when"), message, "J29")


def _is_before(trigger: Trigger) -> bool:
    return isinstance(trigger, Near) and trigger.before
