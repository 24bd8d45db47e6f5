"""Asking: what a policy table answers about one thing now, and which lines of it held."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.catalog.catalog import closest
from engine.catalog.values import with_article
from engine.facts.views.inquiry import Inquiry, inquiry_of
from engine.facts.views.view import View
from engine.rules.ruleset import Answer, Ruleset
from operations.answers.answer_sentences import Answering, SpokenAnswer
from store.inquiry_ports import Standings

LONGEST_NAME = 100


class UnknownAnswer(Exception):
    """`answers.yaml` has no answer of this name; `near` is one that may be meant."""

    def __init__(self, name: str, near: str | None) -> None:
        super().__init__(f"there is no answer {name}" + (f", did you mean {near}?" if near else ""))
        self.name, self.near = name, near


class UnknownThing(Exception):
    """Nothing is known of the thing, or of the order or customer through which it is found."""

    def __init__(self, kind: str, thing: str) -> None:
        super().__init__(f"nothing is known of {with_article(kind)} {thing}")
        self.kind, self.thing = kind, thing


class AmbiguousThing(Exception):
    """Several shops have the order, customer or return through which the thing is found."""

    def __init__(self, kind: str, thing: str) -> None:
        super().__init__(f"several shops have {with_article(kind)} {thing}")
        self.kind, self.thing = kind, thing


class OtherShopAsked(Exception):
    """The question names a shop of which whoever asks may not know."""


class RulesJustChanged(Exception):
    """Between the question and its answer other rules became active: ask again."""


@dataclass(frozen=True, slots=True)
class AnswerInquiry:
    """The name of an answer and the ids that name the thing: `order`, `item`, `shop` …

    The sentence is in the customer's language unless `locale` says another. It is looked for in
    `shops` alone, None for every one.
    """

    name: str
    ids: Mapping[str, str] = field(default_factory=dict)
    locale: str = ""
    shops: frozenset[str] | None = None


async def ask(
    inquiries: Standings,
    active: Ruleset,
    wanted: AnswerInquiry,
    answering: Answering,
    now: datetime,
) -> SpokenAnswer:
    """The answer under the rules that the facts were read with, which may be newer than `active`.

    Raises `UnknownAnswer`, `WrongInquiry` (ids that are missing or too many), `OtherShopAsked`,
    `AmbiguousThing`, `UnknownThing` or `RulesJustChanged`.
    """
    answer = answer_named(wanted.name, active)
    view = await _view(inquiries, inquiry_of(answer, wanted.ids), wanted.shops, now)
    asked = view.ruleset.answers.get(answer.name)
    is_same = asked is not None and asked.about == answer.about
    found = answering.ask(answer.name, view, wanted.locale) if is_same else None
    if found is None:
        raise RulesJustChanged("the rules have just changed")
    return found


def answer_named(name: str, active: Ruleset) -> Answer:
    """The answer of this name; raises `UnknownAnswer`."""
    if (answer := active.answers.get(name)) is not None:
        return answer
    shown = name[:LONGEST_NAME]
    raise UnknownAnswer(shown, closest(shown, active.answers))


async def _view(
    inquiries: Standings, inquiry: Inquiry, shops: frozenset[str] | None, now: datetime
) -> View:
    """The facts as seen from the thing that was asked about."""
    found = [
        standing
        for one in _within(inquiry, shops)
        for standing in await inquiries.standings(one, now)
    ]
    if len(found) > 1:
        raise AmbiguousThing(*inquiry.found_by)
    if not found:
        raise UnknownThing(*inquiry.found_by)
    if (view := found[0].view(inquiry, now)) is None:
        raise UnknownThing(inquiry.about, inquiry.thing)
    return view


def _within(inquiry: Inquiry, shops: frozenset[str] | None) -> list[Inquiry]:
    """The question as it is asked of each shop of which whoever asks may know."""
    if shops is None or inquiry.shop in shops:
        return [inquiry]
    if inquiry.shop is not None:
        raise OtherShopAsked
    return [replace(inquiry, shop=shop) for shop in sorted(shops)]
