"""What is told of an answer: its value, its proof, and the sentence that people see in their
language.
"""

from typing import Any

import structlog

from activities.channels.letters import facts_of
from activities.channels.rendering.localized import ReaderLocale
from activities.channels.rendering.problem import InvalidTemplates, RenderingFailed
from activities.channels.rendering.published import Published
from activities.channels.rendering.templates import Rendered
from engine.facts.answer_json import answer_json
from engine.facts.view import View
from engine.rules.ruleset import Answer

_log = structlog.get_logger("purna.answers")


class Answering:
    """Asks answers, for whoever shows them outside of a rule."""

    def __init__(self) -> None:
        self._templates = Published()

    def ask(self, name: str, view: View, locale: str = "") -> dict[str, Any] | None:
        """An answer in JSON, in the customer's language unless `locale` says another; None if it is
        not asked here.
        """
        answered, ruleset = view.answered(name), view.ruleset
        if answered is None:
            return None
        said = self._sentence(ruleset.answers[name], view, locale)
        return {
            "name": name,
            **answer_json(answered, ruleset.catalog),
            "say": said.text if said else None,
            "say_html": said.html if said else None,
            "revision": ruleset.revision,
        }

    def _sentence(self, answer: Answer, view: View, locale: str) -> Rendered | None:
        """The sentence; None if the answer has none, or if it cannot be said of these facts."""
        if answer.say is None:
            return None
        spoken = locale or view["customer.locale"] or view.ruleset.policies.locale
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
