"""Folders of rules for tests: a rule with valid defaults, and the problems of a folder that is not
valid.
"""

import pytest

from engine.language.known import Actions
from engine.language.reader import InvalidRuleset, describe, read_ruleset
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset

EVERY_PART = "---\nsubject: Hello\nsms: Hello\npush: Hello\nwhatsapp: Hello\n---\nHello.\n"
SEND = "[{send: hello, category: delivery}]"


def a_rule(when: str = "shipment.shipped", do: str = SEND, more: str = "") -> str:
    """A journey file with one rule, whose `more` are further lines of keys."""
    lines = ["version: 1", "rules:", "  - id: a-rule", f"    when: {when}", f"    do: {do}"]
    return "\n".join([*lines, *(f"    {line}" for line in more.splitlines())]) + "\n"


def a_folder(journey: str | None = None, **files: str) -> dict[str, str | bytes]:
    """A folder with one journey file, the template `hello` and root files such as `policies`."""
    folder: dict[str, str | bytes] = {
        "journeys/a.yaml": journey or a_rule(),
        "templates/en/hello.md": EVERY_PART,
    }
    return folder | {f"{name}.yaml": text for name, text in files.items()}


def the_rule(journey: str, **files: str) -> Rule:
    """The only rule of a folder."""
    (rule,) = read_ruleset(a_folder(journey, **files)).rules.values()
    return rule


def read(journey: str | None = None, **files: str) -> Ruleset:
    """The ruleset of a folder."""
    return read_ruleset(a_folder(journey, **files))


def problems_of(folder: dict[str, str | bytes], actions: Actions | None = None) -> list[str]:
    """Every problem of a folder as one line each."""
    with pytest.raises(InvalidRuleset) as raised:
        read_ruleset(folder, actions)
    return [str(problem) for problem in raised.value.problems]


def only_problem(journey: str | None = None, **files: str) -> str:
    """The problem of a folder that has exactly one."""
    (problem,) = problems_of(a_folder(journey, **files))
    return problem


def described(journey: str) -> str:
    """The first problem of a journey as a terminal shows it."""
    with pytest.raises(InvalidRuleset) as raised:
        read_ruleset(a_folder(journey))
    return describe(raised.value.problems[0], journey)
