"""An address as people read it."""

from collections.abc import Iterator

from operations.instants import spelled
from operations.subjects.address import KnownAddress

_CAME = {"hard": "came back for good", "soft": "came back for now", "revived": "revived"}


def address_lines(known: KnownAddress) -> Iterator[str]:
    """Whether it is used, and everything that came back from it."""
    if known.is_dead:
        yield f"{known.address}: nothing is sent there; purna address revive sends again"
    else:
        before = "" if known.bounces else "nothing came back from it, "
        yield f"{known.address}: {before}messages are sent there"
    for bounce in known.bounces:
        text = f"  {bounce.text}" if bounce.text else ""
        yield f"  {spelled(bounce.at)}  {_CAME[bounce.kind]}{text}"
