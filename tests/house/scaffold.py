"""Begins a new piece of the house where it belongs.

`python -m tests.house.scaffold operation ROOM/VERB` writes the files that `docs/extending.md`
names, never over one that is there, and prints what is left to do by hand; without arguments it
prints the other kinds. Rules are begun with `purna new-rule`.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.paths import ROOT

_OPERATION = '''\
"""{title}: what it is for, in one sentence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.ports import Store


@dataclass(frozen=True, slots=True)
class {pascal}Answer:
    """What comes back, and when it was asked."""

    at: datetime

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {{"at": self.at.isoformat()}}


async def {name}(_store: Store, now: datetime) -> {pascal}Answer:
    """The answer as of `now`. Raises `CannotRun` with one sentence where there is none."""
    return {pascal}Answer(now)
'''
_OPERATION_TEST = """\
from datetime import UTC, datetime

from operations.{room}.{name} import {pascal}Answer


def test_the_answer_tells_a_machine_when_it_was_asked() -> None:
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)

    assert {pascal}Answer(at).to_json() == {{"at": "2026-03-02T10:00:00+00:00"}}
"""
_COMMAND_OF_CUSTOMERS = '''\
"""{title}: what a customer may ask, and the events that follow from it."""

from dataclasses import dataclass
from datetime import datetime

from operations.commands.result import CommandRefused, CommandResult


@dataclass(frozen=True, slots=True)
class {pascal}:
    """What is asked: in which shop, of which order."""

    shop: str
    order: str


def {name}(asked: {pascal}, _now: datetime) -> CommandResult:
    """The events that follow, or a refusal with the lines of rules and answers that say so."""
    return CommandRefused(f"order {{asked.order}} cannot be changed")
'''
_PAGE = '''\
"""`/{path}/{{token}}`: what a customer finds there. GET shows, POST changes, both by a link."""

from starlette.requests import Request
from starlette.responses import Response

from web.pages.page import language, page
from web.pages.{name}.{name}_texts import WORDS


async def show(request: Request) -> Response:
    """The page, which changes nothing."""
    lang = language(request)
    return page("{name}/{name}.html", lang=lang, root="..", text=WORDS[lang])
'''
_PAGE_TEXTS = '''\
"""What the page about {title} says in each language."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {{
    "en": {{"title": "{title}"}},
    "id": {{"title": "{title}"}},
}}
'''
_PAGE_HTML = """\
{{% extends "frame.html" %}}
{{% block title %}}{{{{ text.title }}}}{{% endblock %}}
{{% block main %}}
<h1>{{{{ text.title }}}}</h1>
{{% endblock %}}
"""
_CHANNEL = '''\
"""{title}: the provider that carries letters on this channel."""

from datetime import timedelta

from activities.channels.port import Letter, MayLeave, Stopped, Unavailable


class {pascal}Provider:
    """One account with the provider. What it raises is in `activities.channels.port`."""

    channel = "{name}"

    @property
    def is_away(self) -> bool:
        """Whether it was away a moment ago, so that it need not be asked."""
        return False

    def admit(self) -> None:
        """Raises `Unavailable` while it is away."""

    async def send(self, letter: Letter, may_leave: MayLeave) -> None:
        """Hand over one letter; `may_leave` is asked once, before anything leaves."""
        if not await may_leave():
            raise Stopped
        text = f"nothing carries {{letter.key}} yet"
        raise Unavailable(text, timedelta(minutes=1), after_permission=True)
'''
_CHECK = '''\
"""{title}: what is wrong ({code}), in the words of an operations person."""

from collections.abc import Iterator

from engine.checks.checked_folder import Folder
from engine.conditions.problems import Problem


def check_{name}(_folder: Folder) -> Iterator[Problem]:
    """{code}: a problem for each place where it is so."""
    yield from ()
'''
_CHECK_PAGE = """\
# {code} · what is wrong

What the rule says, in one sentence.

## Wrong

```yaml journeys/a.yaml
```

```text
journeys/a.yaml:1:1: warning: what is wrong, and what to say instead [{code}]
```

## Right

```yaml journeys/a.yaml
```

## Why

What comes of it, in two sentences.
"""

# What may be given as the name of a piece, by what the command says of it.
_FORMS = {
    "NAME": re.compile(r"(?P<name>[a-z][a-z_]*)"),
    "ROOM/VERB": re.compile(r"(?P<room>[a-z][a-z_]*)/(?P<name>[a-z][a-z_]*)"),
    "FAMILY JNN": re.compile(r"(?P<name>[a-z][a-z_]*) (?P<code>J\d\d)"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of piece: how one is named, the files it begins with, and what is left to do."""

    form: str
    files: Mapping[str, str]
    then: str


KINDS: Mapping[str, Kind] = {
    # a verb that people and programs may ask
    "operation": Kind(
        "ROOM/VERB",
        {
            "operations/{room}/{name}.py": _OPERATION,
            "tests/operations/{room}/test_{name}.py": _OPERATION_TEST,
        },
        "name it in cli/command_table.py and print it in cli/commands/",
    ),
    # what a customer or a shop may ask of an order
    "command": Kind(
        "NAME",
        {"operations/commands/{name}.py": _COMMAND_OF_CUSTOMERS},
        "call it from a page or the API, and prove it in tests/operations/commands/",
    ),
    # a page for customers, in each language
    "page": Kind(
        "NAME",
        {
            "web/pages/{name}/{name}.py": _PAGE,
            "web/pages/{name}/{name}_texts.py": _PAGE_TEXTS,
            "web/pages/{name}/{name}.html": _PAGE_HTML,
        },
        "route it in web/app.py, and prove it in tests/web/pages/",
    ),
    # a way for messages to take
    "channel": Kind(
        "NAME",
        {"activities/channels/{name}/provider.py": _CHANNEL},
        "open it in compose/providers.py, name it and the fact of its address in"
        " engine/catalog/channels.py if it is not there yet, and prove it against a real server",
    ),
    # a finding of `purna check`
    "check": Kind(
        "FAMILY JNN",
        {"engine/checks/{name}.py": _CHECK, "docs/checks/{code}.md": _CHECK_PAGE},
        "list the code in engine/checks/codes.py and the check in CHECKS of"
        " engine/checks/__init__.py",
    ),
}


def begin(kind: str, name: str, root: Path = ROOT) -> list[str]:
    """Write the files of a new piece, and make packages of new folders.

    `ValueError` where the kind is not named so, `FileExistsError` before anything is written if one
    of its files is there.
    """
    words = _words(kind, name)
    texts = {
        place.format(**words): text.format(**words) for place, text in KINDS[kind].files.items()
    }
    if there := [place for place in texts if (root / place).exists()]:
        raise FileExistsError(f"{there[0]} is there already")
    texts |= dict.fromkeys(_new_packages(texts, root), "")
    for place, text in texts.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text, encoding="utf-8")
    return list(texts)


def _words(kind: str, given: str) -> Mapping[str, str]:
    """What the templates of a kind ask for."""
    if (parts := _FORMS[KINDS[kind].form].fullmatch(given)) is None:
        raise ValueError(f"{given!r} is no {KINDS[kind].form}")
    name = parts["name"]
    return parts.groupdict() | {
        "path": name.replace("_", "-"),
        "title": name.replace("_", " ").capitalize(),
        "pascal": "".join(word.capitalize() for word in name.split("_")),
    }


def _new_packages(places: Mapping[str, str], root: Path) -> Iterator[str]:
    for place in places:
        folder = Path(place).parent
        if place.endswith(".py") and not (root / folder).exists():
            yield f"{folder.as_posix()}/__init__.py"


def main(arguments: list[str]) -> int:
    """0 if it was begun, 2 with one sentence if not."""
    if not arguments or arguments[0] not in KINDS:
        forms = " | ".join(f"{kind} {what.form}" for kind, what in KINDS.items())
        sys.stderr.write(f"python -m tests.house.scaffold {forms}\n")
        return 2
    kind, name = arguments[0], " ".join(arguments[1:])
    try:
        written = begin(kind, name)
    except (ValueError, FileExistsError) as reason:
        sys.stderr.write(f"{reason}\n")
        return 2
    sys.stdout.write("".join(f"wrote {place}\n" for place in written))
    sys.stdout.write(f"next: {KINDS[kind].then}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
