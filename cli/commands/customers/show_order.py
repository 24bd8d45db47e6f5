"""`purna show order ID`: what is known of it, what waits, what was sent or was not."""

from typing import Annotated

import typer

from cli.commands.customers.show_subject import show_subject
from cli.options import HOME, AsJson, Home, SubjectShop


def show_order(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id in its shop, or an address.")],
    shop: SubjectShop = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """What is known of an order and its parcels, what waits, what was sent or not and why."""
    show_subject("order", id_, shop, home, as_json=as_json)
