"""A sentence of a rule as JsonLogic, and JsonLogic as a sentence."""

import json
from typing import Any

from engine.language.sentences import expand as sentences
from operations.cannot_run import CannotRun, Findings


def expand(text: str) -> Any:
    """The JsonLogic of a condition, or the JSON of a trigger; `Findings` shows what is wrong."""
    try:
        return sentences.expand(text.strip())
    except sentences.UnreadableSentence as unreadable:
        raise Findings(str(unreadable)) from None


def say(text: str) -> str:
    """The sentence of JsonLogic; `CannotRun` if it is no JSON, `Findings` if it says nothing."""
    try:
        logic = json.loads(text)
    except (ValueError, RecursionError):
        raise CannotRun("that is no JSON") from None
    try:
        return sentences.sentence(logic)
    except sentences.UnreadableSentence as unreadable:
        raise Findings(str(unreadable)) from None
