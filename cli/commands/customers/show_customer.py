"""`purna show customer ID`: what is known of them, what waits, what was sent, what is silent."""

from typing import Annotated

import typer

from cli.commands.customers.show_subject import show_subject
from cli.options import HOME, AsJson, Home, SubjectShop


def show_customer(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id in their shop, or an address.")],
    shop: SubjectShop = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """What is known of a customer, what waits, what was sent or not and why, and what is silent."""
    show_subject("customer", id_, shop, home, as_json=as_json)
