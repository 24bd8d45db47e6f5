"""What calls answer in a test: its results in turn, else the example of the action."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.decisions.effects import Effect
from engine.language.stories.story_keys import FAILS
from engine.simulation.simulator import Failed

ActionExample = Callable[[Effect], object]


class Results:
    """The results that a test names, handed out one after the other."""

    def __init__(self, results: Mapping[str, Sequence[Any]], example: ActionExample) -> None:
        self._left = {name: list(answers) for name, answers in results.items()}
        self._example = example

    def of(self, effect: Effect) -> object:
        """The next one, the last of them for good; raises `Failed` where the test says so."""
        answers = self._left.get(effect.name)
        if not answers:
            return self._example(effect)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == FAILS:
            raise Failed("the test says that it fails")
        return answer
