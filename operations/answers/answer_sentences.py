"""What is shown of an answer: its value, its proof, and the sentence that people see in their
language.
"""

from dataclasses import dataclass
from typing import Any

import structlog

from activities.channels.readable_facts import facts_of
from activities.channels.rendering.localized import ReaderLocale
from activities.channels.rendering.problem import InvalidTemplates, RenderingFailed
from activities.channels.rendering.published import Published
from activities.channels.rendering.templates import Rendered
from engine.catalog.catalog import Catalog
from engine.facts.views.answer_json import answer_json
from engine.facts.views.view import View
from engine.rules.answers import Answered
from engine.rules.ruleset import Answer

_log = structlog.get_logger("purna.answers")


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """An answer under one revision of the rules: its value with the proof, and its sentence as text
    and as HTML where it has one.
    """

    name: str
    revision: str
    answered: Answered
    catalog: Catalog
    say: str | None
    say_html: str | None

    def to_json(self) -> dict[str, Any]:
        """For a machine; no personal fact in the proof has a value."""
        return {
            "name": self.name,
            **answer_json(self.answered, self.catalog),
            "say": self.say,
            "say_html": self.say_html,
            "revision": self.revision,
        }


class Answering:
    """Asks answers, for whoever shows them outside of a rule; remembers compiled templates."""

    def __init__(self) -> None:
        self._templates = Published()

    def ask(self, name: str, view: View, locale: str = "") -> SpokenAnswer | None:
        """An answer in the customer's language unless `locale` says another; None if it is not
        asked here.
        """
        answered, ruleset = view.answered(name), view.ruleset
        if answered is None:
            return None
        sentence = self._sentence(ruleset.answers[name], view, locale)
        return SpokenAnswer(
            name=name,
            revision=ruleset.revision,
            answered=answered,
            catalog=ruleset.catalog,
            say=sentence.text if sentence else None,
            say_html=sentence.html if sentence else None,
        )

    def _sentence(self, answer: Answer, view: View, locale: str) -> Rendered | None:
        """The sentence; None if the answer has none, or if it cannot be said of these facts."""
        if answer.say is None:
            return None
        spoken = locale or view["customer.locale"] or view.ruleset.policies.shop.locale
        try:
            templates = self._templates.of(view.ruleset)
            said = templates.sentence(
                answer.say, ReaderLocale(spoken, view["zone"]), facts_of(view)
            )
        except (RenderingFailed, InvalidTemplates) as failure:
            _log.warning(
                "an answer cannot be said",
                answer=answer.name,
                template=answer.say,
                why=type(failure).__name__,
            )
            return None
        return said if said.text else None
