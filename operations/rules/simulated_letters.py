"""What a simulated message says, and what a simulated call answers: as the worker
would, to nobody.
"""

from collections.abc import Callable
from datetime import datetime

from activities.actions.registry import REGISTRY
from activities.channels.letters import Letters, PassageFailed
from activities.channels.rendering.problem import InvalidTemplates, RenderingFailed
from engine.decisions.effects import Effect
from engine.sending.question import MessageQuestion
from engine.sending.recipients import addresses
from engine.simulation.simulator import Failed
from process.signed_links import Links

# Links that lead nowhere, and the same in every run.
LINKS = Links("https://purna.example", [b"simulation"])


def writer() -> Callable[[MessageQuestion, datetime], str]:
    """Writes the subject and the text of messages, for the simulator's hands."""
    letters = Letters(LINKS)

    def write(question: MessageQuestion, now: datetime) -> str:
        to = addresses(question, now).get(question.effect.channel or "", "")
        try:
            letter = letters.write(question, {}, to, now)
        except PassageFailed as failure:
            raise Failed(str(failure), failure.key, failure.why) from None
        except (RenderingFailed, InvalidTemplates) as failure:
            raise Failed(str(failure)) from None
        return f"{letter.subject}\n{letter.text}"

    return write


def example(effect: Effect) -> object:
    """What an action answers in a simulation: the example it was registered with, if it has one."""
    action = REGISTRY.get(effect.name)
    return action.example.model_dump(mode="json") if action and action.example else None


def lacks(effect: Effect) -> str | None:
    """The compulsory parameter of a call that nobody knows, so that it does not run."""
    registered = REGISTRY.get(effect.name)
    return registered.lacks(effect.arguments) if registered else None
