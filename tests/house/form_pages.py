"""The reference pages of files: every key of every mapping, from the forms of their readers."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from engine.language.folder.answer_keys import AnswersFile
from engine.language.folder.catalog_keys import CatalogFile
from engine.language.folder.source_keys import SourceKeys
from engine.language.forms import Form, Key
from engine.language.journeys.action_keys import VERBS
from engine.language.journeys.rule_keys import JourneyFile, RuleKeys
from engine.language.policies.policy_keys import PoliciesFile
from engine.language.sentences.sentence_forms import CONDITIONS, TRIGGERS, SentenceForm
from engine.language.stories.story_keys import (
    LINES,
    OrderKeys,
    PersonKeys,
    ScenarioFile,
)

_RULES = """\
Files in `journeys/`. The order of files and of rules never matters. How rules are written is told
in [Writing rules](../rules.md).
"""
_WHEN = """\
`when` takes an event or a sentence, or a list of them. A duration is written as `48 hours`, `48h`
or `2 days`, or is the name of a fact or answer that is one.
"""
_CONDITIONS = """\
`if`, `unless` and `only_if` take a sentence, a list of sentences that all hold, or a mapping
(`any_of`, `all_of`, `none_of`, or JsonLogic). Comparing a fact that nobody has stated gives
*unknown*, and only what is true lets a rule act.
"""
_VALUES = """\
| type | written as |
| --- | --- |
| `text` | `hello`, in quotes where it has a `#`, `: ` or a comma |
| `integer`, `number` | `3`, `2.5` |
| `boolean` | `true`, `false` |
| `money` | `80 EUR`, `19.90 EUR`: no more decimals than the currency has |
| `duration` | `48 hours`, `48h`, `2 days`, `3 business days`, `1 week`, `1 month` |
| `date`, `datetime` | `2026-03-05`, `2026-03-05 15:04` |
| a time of day | `"10:00"` |
| an enum | one of its words: `gold` |
| `list` | `[gold, platinum]`; one bare item is a list of one |
"""
_ACTIONS = """\
`do` is a list of actions, done in order. Each has one of these verbs. Values in `with` and `set`:
a dotted name is read, numbers, money, durations, dates, `true` and `false` are typed, and all else
is text.
"""
_STORY = """\
A story is a list of lines, each with one of these keys. Times are so long after the start, or a
date and time in the zone of the test.
"""
_DEEDS = """\
In `expect` stands everything that happens since the last such line, in any order. What a deed does
not say is not compared.
"""


def rules_page() -> str:
    """The keys of journey files, the sentences, and the actions."""
    return _page(
        "Rules",
        _RULES,
        _section("The file", JourneyFile),
        _section("A rule", RuleKeys),
        ("## Sentences of `when`", _WHEN, *_sentences(TRIGGERS)),
        ("## Sentences of `if`", _CONDITIONS, *_sentences(CONDITIONS)),
        ("## Values", _VALUES),
        ("## Actions", _ACTIONS),
        *(_section(f"`{verb}`", one.keys, "###") for verb, one in VERBS.items()),
    )


def policies_page() -> str:
    """The keys of policies.yaml."""
    return _file_page("Policies", "`policies.yaml`: what decides between messages.", PoliciesFile)


def answers_page() -> str:
    """The keys of answers.yaml."""
    said = "`answers.yaml`: one policy, the same answer on every channel."
    return _file_page("Answers", said, AnswersFile)


def catalog_page() -> str:
    """The keys of catalog.yaml."""
    said = "`catalog.yaml`: events, facts and segments of one's own, beside the built-in ones."
    return _file_page("Catalog", said, CatalogFile)


def sources_page() -> str:
    """The keys of sources/NAME.yaml."""
    said = "`sources/NAME.yaml`: a sender, and how it signs. The secret itself never stands here."
    return _file_page("Sources", said, SourceKeys)


def tests_page() -> str:
    """The keys of test files."""
    lines = dict.fromkeys(LINES.values())
    return _page(
        "Tests",
        "Files that end in `.test.yaml`, beside the rules. `purna test` plays them.",
        *_sections("The file", ScenarioFile),
        _section("A person", PersonKeys),
        _section("An order", OrderKeys),
        ("## Lines of a story", _STORY),
        *(part for form in lines for part in _sections(_title(form), form, "###")),
        ("## What happens", _DEEDS),
        *(_section(f"`{verb}`", one.deed, "###") for verb, one in VERBS.items()),
    )


def _file_page(title: str, said: str, form: type[Form]) -> str:
    return _page(title, said, *_sections("The file", form))


def _page(title: str, said: str, *sections: Iterable[str]) -> str:
    parts = [f"# {title}", said, *(part for section in sections for part in section)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _sections(title: str, form: type[Form], level: str = "##") -> list[list[str]]:
    """A form, and every form that may stand inside it."""
    inner = dict.fromkeys(_inside(form))
    return [
        list(_section(title, form, level)),
        *(list(_section(_title(one), one, level)) for one in inner if one is not form),
    ]


def _inside(form: type[Form]) -> Iterator[type[Form]]:
    for key in form.keys.values():
        for inner in key.shape.forms:
            yield inner
            yield from _inside(inner)


def _title(form: type[Form]) -> str:
    bare = form.what.removeprefix("a ").removeprefix("an ")
    return f"{bare[0].upper()}{bare[1:]}"


def _section(title: str, form: type[Form], level: str = "##") -> Iterator[str]:
    yield f"{level} {title}"
    yield (inspect.getdoc(form) or "").partition("\n")[0]
    yield "\n".join(
        ["| key | value | what it says | example |", "| --- | --- | --- | --- |", *_keys(form)]
    )
    if form.others:
        yield f"Besides: {form.others[0].lower()}{form.others[1:]}"


def _keys(form: type[Form]) -> Iterator[str]:
    for key in form.keys.values():
        needed = " **compulsory**" if key.needed else ""
        yield row(f"`{key.name}`{needed}", key.shape.words, key.words, _example(key))


def _example(key: Key[Any]) -> str:
    return f"`{key.name}: {key.example}`"


def row(*cells: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _sentences(forms: Iterable[SentenceForm]) -> Iterator[str]:
    rows = [row(f"`{one.example}`", one.words) for one in forms]
    yield "\n".join(["| sentence | what it says |", "| --- | --- |", *rows])
