"""From an effect to the letter that leaves: what its template may read, in the
reader's language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.channels.port import Letter
from activities.channels.readable_facts import facts_of, readable
from activities.channels.rendering.localized import ReaderLocale
from activities.channels.rendering.problem import InvalidTemplates, RenderingFailed, TooBig
from activities.channels.rendering.published import Published
from activities.channels.rendering.safe_text import BREVITIES, WholeLink
from activities.channels.rendering.templates import Rendered
from engine.catalog.calendar import minute_end
from engine.decisions.reason import Reason
from engine.facts.views.view import View
from engine.rules.ruleset import Ruleset
from engine.sending.gates import Dropped, Held
from engine.sending.question import MessageQuestion, QuestionAt
from process.signed_links import Links

Revisions = Mapping[str, Ruleset]


class PassageFailed(Exception):
    """A message in a digest cannot be written, or not with all the others; `key` names it, `why` is
    what becomes of it.
    """

    def __init__(self, key: str, text: str, why: Held | Dropped | None = None) -> None:
        super().__init__(text)
        self.key, self.why = key, why or Dropped(Reason.ERROR, text)


@dataclass(frozen=True, slots=True)
class _Telling:
    """How the messages of a digest are told: on which channel, in the words of which revisions, at
    which moment, and how briefly.
    """

    channel: str
    rulesets: Revisions
    now: datetime
    brevity: int


class Letters:
    """Writes letters."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._templates = Published()

    def write(
        self, question: MessageQuestion, rulesets: Revisions, to: str, now: datetime
    ) -> Letter:
        """The letter of a claimed effect, in the words of its first claim; a digest with all that
        it carries.

        `rulesets` are those of earlier revisions; for a revision that is not there the active one
        speaks. `RenderingFailed` or `InvalidTemplates` if its template cannot say it,
        `PassageFailed` if that of a carried message cannot, or if all of them are too much for one
        letter, however briefly they are said.
        """
        effect, asked = question.effect, QuestionAt(question, now)
        view = asked.facts
        is_marketing = any(map(_is_marketing, (question, *question.carried)))
        links = self._links_for(question, *question.carried)
        values = {**facts_of(view), **_arguments(asked), "links": links}
        ruleset = _spoken(question, rulesets)

        def rendered(**more: Any) -> Rendered:
            return self._templates.of(ruleset).render(
                effect.template,
                effect.channel or "",
                _reader(view, ruleset),
                {**values, **more},
                marketing=is_marketing,
            )

        written = self._together(question, rulesets, now, rendered) if effect.shown else rendered()
        return Letter(
            key=effect.key,
            to=to,
            subject=written.subject,
            text=written.text,
            html=written.html,
            unsubscribe=links.get("unsubscribe") if is_marketing else None,
            at=now,
        )

    def _together(
        self,
        question: MessageQuestion,
        rulesets: Revisions,
        now: datetime,
        rendered: Callable[..., Rendered],
    ) -> Rendered:
        """A digest; where it is too big, with each message said more briefly, else without the
        last, which waits for itself.
        """
        too_big: TooBig | None = None
        for brevity in range(len(BREVITIES)):
            telling = _Telling(question.effect.channel or "", rulesets, now, brevity)
            try:
                return rendered(digest=self._digest(question, telling))
            except TooBig as failure:
                too_big = failure
        if too_big and not question.carried:
            raise too_big
        waits = Held(minute_end(now), Reason.DIGESTED, question.effect.key)
        raise PassageFailed(question.carried[-1].effect.key, str(too_big), waits) from too_big

    def _digest(self, question: MessageQuestion, telling: "_Telling") -> dict[str, Any]:
        """What a digest's template reads of the messages in it, the carrier first."""
        messages = [self._passage(question, telling)]
        for one in question.carried:
            try:
                messages.append(self._passage(one, telling))
            except (RenderingFailed, InvalidTemplates) as failure:
                raise PassageFailed(one.effect.key, str(failure)) from failure
        return {"messages": messages, "count": len(messages)}

    def _passage(self, question: MessageQuestion, telling: "_Telling") -> dict[str, Any]:
        effect, ruleset = question.effect, _spoken(question, telling.rulesets)
        asked = QuestionAt(question, telling.now)
        view = asked.facts
        links = self._links_for(question)
        values = {**facts_of(view), **_arguments(asked), "links": links}
        title, body = self._templates.of(ruleset).passage(
            effect.name, telling.channel, _reader(view, ruleset), values, telling.brevity
        )
        return {"title": title, "body": body, **links}

    def _links_for(self, question: MessageQuestion, *carried: MessageQuestion) -> dict[str, str]:
        """Every page there is for this customer; what a digest carries ends with it."""
        subjects, told = question.subjects, (question, *carried)
        ended = list(filter(_is_marketing, told)) or [question]
        categories = [one.effect.category for one in ended]
        if subjects.customer_id is None or not categories:
            return {}
        url = self._links.unsubscribe(subjects.shop, subjects.customer_id, *categories)
        return {"unsubscribe": WholeLink(url)}


def _is_marketing(question: MessageQuestion) -> bool:
    category = question.ruleset.policies.category(question.effect.category)
    return category is not None and category.kind == "marketing"


def _spoken(question: MessageQuestion, rulesets: Revisions) -> Ruleset:
    """The rules whose templates speak: those of the first claim, also on a resend."""
    return rulesets.get(question.effect.revision or "") or question.ruleset


def _reader(view: View, ruleset: Ruleset) -> ReaderLocale:
    return ReaderLocale(view["customer.locale"] or ruleset.policies.shop.locale, view["zone"])


def _arguments(asked: QuestionAt[MessageQuestion]) -> dict[str, Any]:
    """What the rule passes in `with`: as decided, or typed and of this moment while its rule still
    says so.
    """
    effect, send, view = asked.question.effect, asked.send, asked.facts
    typed = {
        name: readable(view, one.name) if one.name else one.constant
        for name, one in (send.arguments if send else {}).items()
    }
    return {
        **effect.arguments,
        **{name: value for name, value in typed.items() if value is not None},
    }
