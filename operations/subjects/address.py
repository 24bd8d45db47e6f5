"""An address: what came back from it, whether it is used, and its revival by a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.channels import CHANNELS
from engine.facts.contacts.addresses import address_on, same_reader
from engine.facts.contacts.bounces import Bounce, is_dead
from operations.cannot_run import CannotRun
from store.ports import Store


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address, as two spellings of it share, with what came back from it, the oldest first."""

    address: str
    bounces: tuple[Bounce, ...]

    @property
    def is_dead(self) -> bool:
        """Whether nothing is sent there."""
        return is_dead(self.bounces)

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        bounces = [one.to_json() for one in self.bounces]
        return {"address": self.address, "dead": self.is_dead, "bounces": bounces}


async def look_up(store: Store, address: str) -> KnownAddress:
    """What is known of an address, of whoever has it; `CannotRun` if it is none."""
    spelled = _spelled(address)
    return KnownAddress(spelled, tuple(await store.addresses.bounces(spelled)))


async def revive(store: Store, address: str, now: datetime) -> KnownAddress:
    """Send to an address again, whatever came back from it until now; `CannotRun` if it is none, or
    if nothing came back from it, since it was misspelled then.
    """
    known = await look_up(store, address)
    if not known.bounces:
        raise CannotRun(f"nothing came back from {known.address}: messages are sent there")
    await store.addresses.revive(known.address, now)
    return await look_up(store, known.address)


def _spelled(text: str) -> str:
    found = next((one for channel in CHANNELS if (one := address_on(channel, text))), None)
    if found is None:
        raise CannotRun("an address is a mail address, a phone number such as +49…, or a token")
    return same_reader(found)
