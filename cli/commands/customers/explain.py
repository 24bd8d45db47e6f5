"""`purna explain [RULE] --order ID`: why something was said about an order or to a customer, or was
not.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home, show
from cli.running_store import store_here
from cli.text.explained.story import Depth, story_lines
from cli.text.installation import notice
from engine.facts.naming import own_id, shop_of
from operations.explain.story import Story, StoryQuestion, story_of


def explain(
    rule: Annotated[
        str | None, typer.Argument(help="The id of a rule; without it all decisions.")
    ] = None,
    order: Annotated[
        str | None, typer.Option(help="The id of an order, or the address of who has only one.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="The id or address of a customer, instead of an order.")
    ] = None,
    shop: Annotated[
        str | None, typer.Option(help="The shop, where several have one of this id.")
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="One line for each decision.")] = False,
    full: Annotated[bool, typer.Option("--full", "-v", help="All that lies behind.")] = False,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Why a message was sent, or was not."""
    if order is not None and customer is not None:
        raise typer.BadParameter("--order and --customer do not go together")
    if order is None and customer is None:
        raise typer.BadParameter("say whom it is about: --order ID or --customer ID")
    if short and full:
        raise typer.BadParameter("--short and --full do not go together")
    asked = StoryQuestion(
        rule, "order" if order is not None else "customer", order or customer or "", shop
    )
    story = asyncio.run(_story(home, asked))
    if (own := own_id(story.history.subject)) != asked.id:
        notice(f"{asked.id} means {asked.kind} {own} of shop {shop_of(story.history.subject)}")
    depth: Depth = "full" if full else "short" if short or rule is None else "normal"
    show(story.to_json(is_full=full), story_lines(story, depth), as_json=as_json)


async def _story(home: Path, asked: StoryQuestion) -> Story:
    async with store_here(home) as store:
        return await story_of(store, asked)
