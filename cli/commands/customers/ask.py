"""`purna ask NAME --order ID`: what a policy table answers about one thing now, and why."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home
from cli.running_store import store_here
from cli.text.answer import answer_failures, show_answer
from operations.answers import ask as operation
from operations.answers.answer_sentences import Answering, SpokenAnswer
from operations.answers.ask import AnswerInquiry

_Id = Annotated[str, typer.Option(help="Its id, if the answer is about it.", show_default=False)]


def ask(
    name: Annotated[str, typer.Argument(help="An answer of answers.yaml.")],
    order: _Id = "",
    item: _Id = "",
    return_: Annotated[
        str,
        typer.Option("--return", help="Its id, if the answer is about it.", show_default=False),
    ] = "",
    subscription: _Id = "",
    customer: _Id = "",
    shop: Annotated[
        str, typer.Option(help="Where several shops have such an id.", show_default=False)
    ] = "",
    locale: Annotated[
        str, typer.Option(help="The language of the sentence; else the customer's.")
    ] = "",
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """What a policy answers about an order, item, return, subscription or customer, and why."""
    ids = {
        "order": order,
        "item": item,
        "return": return_,
        "subscription": subscription,
        "customer": customer,
        "shop": shop,
    }
    asked = AnswerInquiry(name, {key: text for key, text in ids.items() if text}, locale)
    show_answer(asyncio.run(_answered(home, asked)), as_json=as_json)


async def _answered(home: Path, asked: AnswerInquiry) -> SpokenAnswer:
    async with store_here(home) as store:
        active = await store.rulesets.active()
        with answer_failures():
            return await operation.ask(
                store.inquiries, active, asked, Answering(), datetime.now(UTC)
            )
