"""How a message nobody is sure of reads in a terminal."""

from operations.settle import UncertainMessage


def uncertain_line(one: UncertainMessage) -> str:
    """Its key, and below it when, what, how, about what, and how often it was sent again."""
    since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else ""
    about = f"order {one.order}" if one.order else "the customer"
    what = f"{one.template} by {one.channel}, {one.category}"
    return f"{one.key}\n    {since}  {what}, about {about}, resent {one.resent}"
