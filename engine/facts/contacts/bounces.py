"""Bounces: what came back from an address, and whether it may still be used.

A hard bounce ends an address at once, soft ones when there are three of them within seven days,
until a person revives it. An address is whose it is: of every customer who has it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Literal

from engine.catalog.rows import row
from engine.facts.contacts.addresses import address_on, of_reader, same_reader
from engine.facts.contacts.status_codes import said_of_address, status_code
from engine.facts.events import Event, just_after
from engine.facts.state import State

BounceKind = Literal["hard", "soft", "revived"]
SOFT_BOUNCES, WITHIN = 3, timedelta(days=7)
_KINDS: dict[str, BounceKind] = {"message.bounced": "hard", "message.soft_bounced": "soft"}


@row
class Bounce:
    """Something that came back from an address, which is spelled as `same_reader` does; or that a
    person has revived it.
    """

    address: str
    kind: BounceKind
    at: datetime
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        """For a machine, without the address."""
        return {"kind": self.kind, "at": self.at.isoformat(), "text": self.text}


def bounce_of(event: Event, order: State | None, customer: State | None) -> Bounce | None:
    """The bounce that an event reports: of the address it names, else of the one that its order or
    customer has on that channel.

    One that is reported as hard is soft where the status code in its reason says otherwise.
    """
    if (kind := _KINDS.get(event.type)) is None:
        return None
    channel = str(event.data.get("message.channel", "email"))
    stated = event.data.get("message.address")
    if stated is None:
        stated = of_reader(order if event.order else None, customer).get(channel, "")
    address = address_on(channel, str(stated))
    if address is None:
        return None
    reason = str(event.data.get("message.reason", ""))
    if status_code(reason) and said_of_address(reason) != "hard":
        kind = "soft"
    return Bounce(same_reader(address), kind, event.occurred_at, reason)


def revival(address: str, known: Iterable[Bounce], now: datetime) -> Bounce:
    """That a person revives an address now, after all that has come back from it."""
    newest = max((one.at for one in known), default=None)
    return Bounce(same_reader(address), "revived", just_after(newest, now))


def is_dead(bounces: Iterable[Bounce]) -> bool:
    """Whether an address of which these came back is not to be used any more."""
    dead, soft = False, list[datetime]()
    for bounce in sorted(bounces, key=attrgetter("at", "kind")):
        match bounce.kind:
            case "hard":
                dead = True
            case "soft":
                soft = [*(at for at in soft if bounce.at - at < WITHIN), bounce.at]
                dead = dead or len(soft) >= SOFT_BOUNCES
            case "revived":
                dead, soft = False, []
    return dead


def dead_among(bounces: Iterable[Bounce]) -> frozenset[str]:
    """The addresses among those that bounced that are not to be used any more."""
    by_address = defaultdict[str, list[Bounce]](list)
    for bounce in bounces:
        by_address[bounce.address].append(bounce)
    return frozenset(address for address, known in by_address.items() if is_dead(known))
