"""What messages meet on their way.

Holds longer than they live (J27), a time zone that no link of the chain gives (J28), quiet hours
(J30), caps that are never reached or that a rule exceeds by itself (J31), and channels by which
nothing here sends (J53).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.catalog.calendar import QuietHours
from engine.catalog.channels import CHANNELS
from engine.catalog.values import Duration
from engine.checks.checked_folder import Checks, Folder
from engine.conditions.problems import Problem
from engine.decisions.deeds import VALID_FOR
from engine.rules.policies import Cap, Category, Mix, Policies
from engine.rules.rule import Every, Near, Rule, Send, Trigger

_A_DAY = timedelta(days=1)
_DAYS = {"day": 1, "week": 7, "month": 28}
# The facts besides a customer's own zone that say where somebody lives.
_COUNTRY = "order.country"


def messages(folder: Folder) -> Iterator[tuple[Rule, Send, Category]]:
    """Every message of a rule that acts, with its category."""
    for rule in folder.acting:
        for action in rule.actions:
            if isinstance(action, Send) and (
                category := folder.ruleset.policies.category(action.category)
            ):
                yield rule, action, category


def check_channels(folder: Folder) -> Checks:
    """J53: a message without any channel that is served here ends as `no_channel`."""
    for _, send, _ in messages(folder):
        if send.by and folder.channels.isdisjoint(send.by):
            place = folder.place(send, "by")
            yield Problem(place, f"nothing here sends by {' or '.join(send.by)}", "J53")


def check_lives(folder: Folder) -> Checks:
    """J27: a message that is held longer than it is good for never leaves."""
    policies = folder.ruleset.policies
    for rule, send, category in messages(folder):
        lives = send.valid_for or VALID_FOR[category.kind]
        longest, why = max(_holds(rule, send, category, policies), default=(timedelta(), ""))
        if lives.nominal < longest:
            said = (
                "valid_for"
                if send.valid_for
                else f"the usual valid_for of {category.kind} messages"
            )
            place = folder.place(send, "valid_for") if send.valid_for else send.position
            yield Problem(
                place, f"{said} is {lives}, but {why} holds it up to {_spoken(longest)}", "J27"
            )


def _holds(
    rule: Rule, send: Send, category: Category, policies: Policies
) -> Iterator[tuple[timedelta, str]]:
    quiet = policies.quiet_hours
    if quiet and quiet.then == "hold" and _is_quiet_for(send, category, quiet):
        yield _length(quiet), "quiet_hours"
    if send.send_at:
        yield _A_DAY, "send_at"
    if "cap" not in category.ignores:
        yield from ((length, "a cap") for cap in policies.caps if (length := _held(cap, category)))
    if category.kind == "marketing":
        yield from ((length, "mix") for mix in policies.mix if (length := _held(mix, category)))
    yield from (
        (one.at_most.nominal, f"breaker {one.id}")
        for one in policies.breakers
        if rule.id in one.holds
    )


def _held(limit: Cap | Mix, category: Category) -> timedelta | None:
    is_held = limit.then == "hold" and category.id in limit.categories
    return limit.valid_for.nominal if is_held and limit.valid_for else None


def _is_quiet_for(send: Send, category: Category, quiet: QuietHours) -> bool:
    """Whether quiet hours hold this message on every channel it may take."""
    return "quiet_hours" not in category.ignores and quiet.channels >= set(send.by or CHANNELS)


def _length(quiet: QuietHours) -> timedelta:
    day = datetime(2026, 1, 1)  # noqa: DTZ001  # a day like any other
    span = datetime.combine(day, quiet.end) - datetime.combine(day, quiet.start)
    return span % _A_DAY


def _spoken(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 24 else f"{hours} hours"  # noqa: PLR2004  # a day


def check_zones(folder: Folder) -> Checks:
    """J28: a link of the chain that can never say where a customer is."""
    scope = folder.scope("customer")
    for index, name in enumerate(folder.ruleset.policies.shop.zone_from):
        kind = folder.ruleset.catalog.facts[name].type.kind
        if name == _COUNTRY or (kind in {"text", "enum"} and scope.owner(name) == "customer"):
            continue
        message = f"{name} never names a time zone; take a fact of the customer such as customer.time_zone, or {_COUNTRY}"
        yield Problem(folder.policy("time_zone", "from", index), message, "J28")


def check_quiet(folder: Folder) -> Checks:
    """J30: a message that is sent at a quiet hour waits for its end, every time."""
    policies = folder.ruleset.policies
    if (quiet := policies.quiet_hours) is None:
        return
    for _, send, category in messages(folder):
        if send.send_at and quiet.covers(send.send_at) and _is_quiet_for(send, category, quiet):
            yield Problem(folder.place(send, "send_at"), _in_the_night(quiet), "J30")
    digest = policies.digest
    if (
        digest
        and digest.send_at
        and quiet.covers(digest.send_at)
        and quiet.channels >= set(CHANNELS)
    ):
        yield Problem(folder.policy("digest", "send_at"), _in_the_night(quiet), "J30")


def _in_the_night(quiet: QuietHours) -> str:
    return f"inside the quiet hours, {quiet.start:%H:%M} to {quiet.end:%H:%M}: what is due then is held or dropped"


def check_caps(folder: Folder) -> Checks:
    """J31: a cap over nothing, and a rule that fills a cap alone."""
    sent = list(messages(folder))
    for index, cap in enumerate(folder.ruleset.policies.caps):
        capped = [(rule, send) for rule, send, category in sent if _covers(cap, category)]
        at = folder.policy("caps", index)
        if not _can_fill(capped, cap):
            yield Problem(
                at,
                "never reached: the rules do not send that many messages of its categories",
                "J31",
            )
        for rule in {rule.id: rule for rule, _ in capped}.values():
            most = _at_once(rule, {id(send) for _, send in capped}) * max(
                _times(one, cap) for one in rule.triggers
            )
            if most > cap.at_most:
                message = f"this rule alone sends {most} messages in {cap.per}; the cap at {at} lets {cap.at_most} pass"
                yield Problem(rule.position, message, "J31")


def _covers(cap: Cap, category: Category) -> bool:
    return category.id in cap.categories and "cap" not in category.ignores


def _can_fill(capped: list[tuple[Rule, Send]], cap: Cap) -> bool:
    """Whether more may come than the cap lets pass; a rule that speaks once per customer counts
    once per message.
    """
    seldom = [_is_seldom(rule, cap) for rule, _ in capped]
    return len(capped) > cap.at_most or not all(seldom)


def _is_seldom(rule: Rule, cap: Cap) -> bool:
    window = rule.once_per.window
    if (
        "customer" not in rule.once_per.keys
        or len(rule.once_per.keys) > 1
        or rule.once_per.is_default
    ):
        return False
    return window is None or window.nominal >= cap.per.nominal


def _at_once(rule: Rule, capped: set[int]) -> int:
    """The most messages that one firing sends."""
    return max(
        (sum(id(action) in capped for action in branch.actions) for branch in rule.branches),
        default=0,
    )


def _times(trigger: Trigger, cap: Cap) -> int:
    """How often a trigger comes for certain within the window of a cap."""
    match trigger:
        case Every(count=count, period=period):
            return max(1, cap.per.nominal // timedelta(days=count * _DAYS[period]))
        case Near(offsets=offsets):
            lengths = sorted(one.nominal for one in offsets if isinstance(one, Duration))
            return max(
                (
                    sum(start <= one < start + cap.per.nominal for one in lengths)
                    for start in lengths
                ),
                default=1,
            )
        case _:
            return 1
