"""How rows of the ledger read in a terminal: any of them, and messages nobody is sure of."""

from operations.failed_effects import LedgerRow
from operations.settle import UncertainMessage


def ledger_line(one: LedgerRow) -> str:
    """Its key, and below it when it ended, what it is, and why."""
    at = f"{one.at:%Y-%m-%d %H:%M}" if one.at else ""
    why = " ".join(part for part in (one.reason, one.by) if part)
    return f"{one.key}\n    {at}  {one.kind} {one.title}: {one.state}" + (f", {why}" if why else "")


def uncertain_line(one: UncertainMessage) -> str:
    """Its key, and below it when, what, how, about what, and how often it was sent again."""
    since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else ""
    about = f"order {one.order}" if one.order else "the customer"
    what = f"{one.template} by {one.channel}, {one.category}"
    return f"{one.key}\n    {since}  {what}, about {about}, resent {one.resent}"
