"""`purna ask NAME --order ID`: what a policy table answers about one thing now, and which lines of
it held.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from activities.channels.answer_sentences import Answering
from cli.asking import store_here
from cli.options import HOME, AsJson, Home
from engine.catalog.catalog import closest
from engine.catalog.values import spelled
from engine.facts.inquiry import WrongInquiry, inquiry_of
from operations.cannot_run import CannotRun

_Id = Annotated[str, typer.Option(show_default=False)]


def ask(  # each is an option of the command line
    name: Annotated[str, typer.Argument(help="An answer of answers.yaml.")],
    order: _Id = "",
    item: _Id = "",
    return_: Annotated[str, typer.Option("--return", show_default=False)] = "",
    subscription: _Id = "",
    customer: _Id = "",
    shop: Annotated[
        str, typer.Option(help="Where several shops have such an id.", show_default=False)
    ] = "",
    locale: Annotated[
        str, typer.Option(help="The language of the sentence; else the customer's.")
    ] = "",
    home: Home = HOME,
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """What a policy answers about an order, item, return, subscription or customer, and why."""
    told = {
        "order": order,
        "item": item,
        "return": return_,
        "subscription": subscription,
        "customer": customer,
    }
    named = {key: text for key, text in (told | {"shop": shop}).items() if text}
    found = asyncio.run(answered(home, name, named, locale))
    sys.stdout.write(
        json.dumps(found) + "\n" if as_json else "".join(f"{line}\n" for line in lines(found))
    )


async def answered(home: Path, name: str, named: dict[str, str], locale: str) -> dict[str, Any]:
    """The answer as the API gives it; `CannotRun` if there is no such answer or thing."""
    async with store_here(home) as store:
        answers = (await store.rulesets.active()).answers
        if (answer := answers.get(name)) is None:
            near = closest(name, answers)
            raise CannotRun(
                f"there is no answer {name}" + (f", did you mean {near}?" if near else "")
            )
        try:
            inquiry = inquiry_of(answer, named)
        except WrongInquiry as wrong:
            raise CannotRun(f"--{wrong}") from None
        standings = await store.inquiries.standings(inquiry)
    if len(standings) > 1:
        raise CannotRun(f"several shops have {' '.join(inquiry.found_by)}: say which by --shop")
    view = standings[0].view(inquiry, datetime.now(UTC)) if standings else None
    found = Answering().ask(name, view, locale) if view is not None else None
    if found is None:
        raise CannotRun(f"nothing is known of {inquiry.about} {inquiry.thing}")
    return found


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The answer for a person."""
    yield f"{found['name']} · revision {found['revision']} · {spelled(found['value'])}"
    if found["ends_on"]:
        yield f"  until    {found['ends_on']} ({'open' if found['open'] else 'over'})"
    for line in found["proof"]:
        read = ", ".join(f"{name} is {spelled(value)}" for name, value in line["read"].items())
        yield f"  ✓ {spelled(line['gave'])}  {line['text']}{f' [{read}]' if read else ''}, {line['at']}"
    if found["say"]:
        yield f"  says     {found['say']}"
