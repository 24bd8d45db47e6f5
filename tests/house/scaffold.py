"""Begins a new piece of the house where it belongs: `python -m tests.house.scaffold KIND NAME`.

It writes the files that `docs/extending.md` names, never over one that is there, and prints what is
left to do by hand. Rules are begun with `purna new-rule`.
"""

import sys
from collections.abc import Callable, Mapping
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

from operations.{name} import {pascal}Answer


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
from web.pages.{name}.texts import WORDS


async def show(request: Request) -> Response:
    """The page, which changes nothing."""
    spoken = language(request, WORDS)
    return page("{name}.html", lang=spoken, **WORDS[spoken])
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
{{% block content %}}
<h1>{{{{ title }}}}</h1>
{{% endblock %}}
"""
_CHANNEL = '''\
"""{title}: the provider that carries letters on this channel."""

from activities.channels.port import Letter, MayLeave, Unavailable


class {pascal}Provider:
    """One account with the provider. What it raises is in `activities.channels.port`."""

    channel = "{name}"

    def is_away(self) -> bool:
        """Whether it was away a moment ago, so that it need not be asked."""
        return False

    def admit(self) -> None:
        """Raises `Unavailable` while it is away."""

    async def send(self, letter: Letter, may_leave: MayLeave) -> None:
        """Hand over one letter; `may_leave` is asked before anything leaves."""
        if await may_leave():
            raise Unavailable(f"nothing carries {{letter.key}} yet")
'''
_CHECK = '''\
"""{upper}: what is wrong, in the words of an operations person."""

from collections.abc import Iterator

from engine.checks.checked_folder import Folder
from engine.conditions.problems import Problem


def check_{name}(_folder: Folder) -> Iterator[Problem]:
    """Yields a problem for each place where it is so."""
    yield from ()
'''
_CHECK_PAGE = """\
# {upper} · what is wrong

Why it matters, in two sentences.

Wrong:

```yaml
```

Right:

```yaml
```
"""

Files = Mapping[str, str]


def operation(name: str) -> Files:
    """A verb that people and programs may ask."""
    return {
        f"operations/{name}.py": _OPERATION,
        f"tests/operations/test_{name}.py": _OPERATION_TEST,
    }


def command(name: str) -> Files:
    """What a customer or a shop may ask of an order."""
    return {f"operations/commands/{name}.py": _COMMAND_OF_CUSTOMERS}


def page(name: str) -> Files:
    """A page for customers, in each language."""
    return {
        f"web/pages/{name}/page.py": _PAGE,
        f"web/pages/{name}/texts.py": _PAGE_TEXTS,
        f"web/pages/templates/{name}.html": _PAGE_HTML,
        f"web/pages/{name}/__init__.py": "",
    }


def channel(name: str) -> Files:
    """A way for messages to take."""
    return {
        f"activities/channels/{name}/__init__.py": "",
        f"activities/channels/{name}/provider.py": _CHANNEL,
    }


def check(name: str) -> Files:
    """A finding of `purna check`."""
    return {f"engine/checks/{name}.py": _CHECK, f"docs/checks/{name.upper()}.md": _CHECK_PAGE}


KINDS: Mapping[str, tuple[Callable[[str], Files], str]] = {
    "operation": (operation, "name it in cli/command_table.py and print it in cli/commands/"),
    "command": (
        command,
        "call it from a page or the API, and prove it in tests/operations/commands/",
    ),
    "page": (page, "route it in web/app.py, and prove it in tests/web/pages/"),
    "channel": (channel, "open it in compose/providers.py, and prove it against a real server"),
    "check": (
        check,
        "list its code in engine/checks/codes.py and the check in engine/checks/__init__.py",
    ),
}


def begin(kind: str, name: str, root: Path = ROOT) -> list[str]:
    """Write the files of a new piece; `FileExistsError` before anything if one is there."""
    texts, _ = KINDS[kind][0](name), KINDS[kind][1]
    words = {
        "name": name,
        "path": name.replace("_", "-"),
        "title": name.replace("_", " ").capitalize(),
        "pascal": "".join(word.capitalize() for word in name.split("_")),
        "upper": name.upper(),
    }
    if there := [place for place in texts if (root / place).exists()]:
        raise FileExistsError(f"{there[0]} is there already")
    for place, text in texts.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text.format(**words), encoding="utf-8")
    return list(texts)


def main(arguments: list[str]) -> int:
    """0 if it was begun, 2 with one sentence if not."""
    if len(arguments) != 2 or arguments[0] not in KINDS or not arguments[1].isidentifier():
        sys.stderr.write(f"python -m tests.house.scaffold {'|'.join(KINDS)} name_of_it\n")
        return 2
    kind, name = arguments
    try:
        written = begin(kind, name)
    except FileExistsError as there:
        sys.stderr.write(f"{there}\n")
        return 2
    sys.stdout.write("".join(f"wrote {place}\n" for place in written) + f"next: {KINDS[kind][1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
