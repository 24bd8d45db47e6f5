"""What a simulated message says, and what a simulated call answers: as the worker would, to nobody."""

from collections.abc import Callable
from datetime import datetime

from activities.letters import Letters, PassageFailed
from activities.links import Links
from activities.registry import REGISTRY
from activities.rendering.problem import InvalidTemplates, RenderingFailed
from engine.decision import Effect
from engine.judge import Question, addresses
from engine.simulator import Failed

# Links that lead nowhere, and the same in every run.
_LINKS = Links("https://purna.example", [b"simulation"])


def writer() -> Callable[[Question, datetime], str]:
    """Writes the subject and the text of messages, for the simulator's hands."""
    letters = Letters(_LINKS)

    def write(question: Question, now: datetime) -> str:
        to = addresses(question).get(question.effect.channel or "", "")
        try:
            letter = letters.write(question, {}, to, now)
        except PassageFailed as failure:
            raise Failed(str(failure), failure.key) from None
        except (RenderingFailed, InvalidTemplates) as failure:
            raise Failed(str(failure)) from None
        return f"{letter.subject}\n{letter.text}"

    return write


def example(effect: Effect) -> object:
    """What an action answers in a simulation: the example it was registered with, if it has one."""
    action = REGISTRY.get(effect.name)
    return action.example.model_dump(mode="json") if action and action.example else None
