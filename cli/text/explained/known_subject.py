"""How all that is known of an order or a customer reads in a terminal."""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby, repeat

from cli.text.explained.explanation import explanation_line, gate_line
from cli.text.explained.known_parcels import value_lines
from operations.explain.explanation import Explanation
from operations.explain.show import ShownConsent, ShownFact, ShownSilence, ShownSubject
from operations.instants import spelled


def subject_lines(shown: ShownSubject) -> Iterator[str]:
    """A head, and below it each part of which there is anything."""
    customer = f" · customer {shown.customer}" if shown.customer and shown.kind == "order" else ""
    yield f"{shown.kind} {shown.id} · shop {shown.shop}{customer} · {shown.zone}"
    yield from _part("facts", _facts(shown.facts, shown.zone))
    yield from _part("consent", _consents(shown.consents))
    for thing in shown.things:
        yield from _part(f"{thing.kind} {thing.id}", _facts(thing.facts, shown.zone))
    yield from _part("waits", (explanation_line(one, shown.zone) for one in shown.waits))
    yield from _part("decided", _decided(shown.decided, shown.zone))
    yield from _part("silences", (_silence(one, shown.zone) for one in shown.silences))


def _part(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield title
        yield from (f"  {line}" for line in found)


def _facts(facts: Sequence[ShownFact], zone: str) -> Iterator[str]:
    width = max((len(one.name) for one in facts), default=0)
    for one in facts:
        names = chain([one.name], repeat(""))
        for name, text in zip(names, value_lines(one.name, one.value, zone), strict=False):
            yield f"{name:<{width}}  {text}"


def _consents(consents: Sequence[ShownConsent]) -> Iterator[str]:
    for (category, is_given), words in groupby(consents, lambda one: (one.category, one.is_given)):
        channels = ", ".join(one.channel for one in words)
        yield f"{category}  {'given' if is_given else 'withdrawn'}: {channels}"


def _decided(explanations: Sequence[Explanation], zone: str) -> Iterator[str]:
    """Each in one line, and below it the gates it met."""
    for one in explanations:
        yield explanation_line(one, zone)
        yield from map(gate_line, one.gates)


def _silence(one: ShownSilence, zone: str) -> str:
    whose = f" (order {one.order})" if one.order else ""
    lifts = f"; lifts on {', '.join(one.lifts_on)}" if one.lifts_on else ""
    span = f"{spelled(one.starts_at, zone)} → {spelled(one.ends_at, zone)}"
    return f"{', '.join(one.categories)}{whose} silenced {span} by {one.rule}, {one.place}{lifts}"
