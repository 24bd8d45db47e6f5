"""How an answer of a policy table reads in a terminal, and why there is none."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.catalog.values import spelled
from engine.facts.views.inquiry import WrongInquiry
from operations.answers.answer_sentences import SpokenAnswer
from operations.answers.ask import AmbiguousThing, RulesJustChanged, UnknownAnswer, UnknownThing
from operations.cannot_run import CannotRun


def show_answer(found: SpokenAnswer, *, as_json: bool) -> None:
    """The answer on stdout."""
    text = found.to_json()
    lines = [json.dumps(text)] if as_json else answer_lines(text)
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def answer_lines(found: dict[str, Any]) -> Iterator[str]:
    """The answer for a person, from its JSON, in which no personal fact has a value."""
    yield f"{found['name']} · revision {found['revision']} · {spelled(found['value'])}"
    if found["ends_on"]:
        yield f"  until    {found['ends_on']} ({'open' if found['open'] else 'over'})"
    for line in found["proof"]:
        read = ", ".join(f"{name} is {spelled(value)}" for name, value in line["read"].items())
        why = f"{line['text']}{f' [{read}]' if read else ''}"
        yield f"  ✓ {spelled(line['gave'])}  {why}, {line['at']}"
    if found["say"]:
        yield f"  says     {found['say']}"


@contextmanager
def answer_failures() -> Iterator[None]:
    """Why there is no answer, as the sentence with which a command ends."""
    try:
        yield
    except (UnknownAnswer, UnknownThing, RulesJustChanged) as failure:
        raise CannotRun(str(failure)) from None
    except WrongInquiry as wrong:
        raise CannotRun(f"--{wrong}") from None
    except AmbiguousThing as several:
        raise CannotRun(f"{several}: say which by --shop") from None
