"""Notes: what a decision in the making answers, rule by rule with the proof, and which events it sets
aside.
"""

from datetime import datetime

from engine.decisions.decision import Decision, Logged, answer_of, unheard
from engine.decisions.firing import Firing
from engine.decisions.objections import Objection, proof_of
from engine.decisions.reason import Reason
from engine.facts.views.view import View
from engine.rules.rule import Rule


class Notes:
    """The answers of one decision of a journey, and the events it sets aside by their number."""

    def __init__(self, journey: str, now: datetime) -> None:
        self._journey, self._now = journey, now
        self.decisions: list[Decision] = []
        self.quarantined: list[tuple[int, str]] = []

    def answer(
        self,
        firing: Firing,
        refusal: Objection | None,
        revision: str,
        rule: Rule | None = None,
        view: View | None = None,
    ) -> None:
        """What a rule answered for a firing, with its proof where the rule is still known."""
        proof = proof_of(rule, view) if rule and view is not None else ()
        self.decisions.append(answer_of(firing, refusal, revision, self._now, proof))

    def unheard(self, logged: Logged, reason: Reason, revision: str) -> None:
        """Why an event led to nothing."""
        self.decisions.append(unheard(self._journey, logged, reason, revision, self._now))

    def set_aside(self, logged: Logged, error: Exception, revision: str) -> None:
        """An event that broke what it came to; the others go on without it."""
        self.quarantined.append((logged.seq, f"{type(error).__name__}: {error}"))
        self.unheard(logged, Reason.ERROR, revision)
