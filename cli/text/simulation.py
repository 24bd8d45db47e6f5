"""What a simulation counted, for a person."""

from collections.abc import Iterator, Mapping
from typing import Any

_SHOWN = 3


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The report for a person."""
    messages = sum(report["messages"].values())
    span = f"{report['from']} to {report['to']}"
    yield f"{report['events']} events, {span}, revision {report['revision']}"
    yield f"{messages} messages: {_counts(report['messages']) or 'none'}"
    yield ""
    for name, rule in report["rules"].items():
        yield from _rule(name, rule)
    yield ""
    yield f"never fired      {', '.join(report['never_fired']) or 'none: every rule fired'}"
    unheard = _counts(report["no_rule"], _SHOWN) or "to nothing: every event is heard"
    yield f"no rule listens  {unheard}"
    days = ", ".join(
        f"{count}: {times}" for count, times in report["messages_per_customer_and_day"].items()
    )
    yield f"messages a day   {days or 'none'}   (messages to one customer on one day: how often)"
    yield from _reviews(report)


def _rule(name: str, rule: Mapping[str, Any]) -> Iterator[str]:
    mode = "" if rule["mode"] == "live" else f" ({rule['mode']})"
    done = _counts(rule["done"])
    yield f"{name}{mode}: fired {rule['fired']}" + (f"; {done}" if done else "")
    for title, key in (("held", "held"), ("blocked", "blocked"), ("near misses", "near_misses")):
        if told := _counts(rule[key]):
            yield f"    {title:<12} {told}"


def _reviews(report: Mapping[str, Any]) -> Iterator[str]:
    ours, theirs = report["wrong_review_requests"], report.get("shops_own_review_requests")
    yield "review requests" + (f"{'ours':>21}{'the shop':>11}" if theirs else "")
    for title, key in (
        ("before delivery", "before_delivery"),
        ("never delivered", "never_delivered"),
    ):
        yield f"    {title:<20}{ours[key]:>12}" + (f"{theirs[key]:>11}" if theirs else "")
    if theirs and not theirs["requests"]:
        yield (
            "    the log does not tell when the shop asked"
            " (attribute `shoprequestedat` of review.received)"
        )


def _counts(told: Mapping[str, int], at_most: int | None = None) -> str:
    shown = list(told.items())[:at_most]
    more = f" and {len(told) - len(shown)} more" if len(told) > len(shown) else ""
    return ", ".join(f"{name} {count}" for name, count in shown) + more
