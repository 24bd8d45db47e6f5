"""The names of things and people in memory, who is read at which address, and the newest scans."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from engine.facts.contacts.readers import AddressHeld
from engine.facts.events import EventKey
from engine.facts.identity.aliases import Homes, ThingName, renamed_home
from engine.facts.identity.persons import Holders, JoinedPerson
from store.records.log_rows import Carrier

_NO_HOME: Homes = {}


class MemoryNames:
    """Tables `things`, `unplaced`, `addresses` and `carriers`, who customers turned out to be, and
    which orders they have.
    """

    def __init__(self) -> None:
        self.things: dict[ThingName, dict[str, str]] = {}
        self.scans: dict[Carrier, datetime] = {}
        self.addresses: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
        self.merged: dict[str, str] = {}
        # Under each name the events that wait for it, with their places in the log.
        self.unplaced: dict[ThingName, dict[EventKey, int]] = {}
        self._owned: dict[str, dict[str, None]] = defaultdict(dict)

    def homes(self, name: ThingName) -> Homes:
        """Who has a thing of this name."""
        return self.things.get(name, _NO_HOME)

    def awaited_of(self, customer: str) -> set[ThingName]:
        """The names of a customer under which events wait."""
        return {name for name in self.unplaced if customer in self.homes(name)}

    def holders(self, shop: str, address: str) -> Holders:
        """Who has, or had, an address, and until when."""
        return self.addresses.get((shop, address), {})

    def readers(
        self, shop: str, addresses: Iterable[str], customer: str | None
    ) -> dict[str, dict[str, str | None]]:
        """Who else is, or was, read at these addresses, and until when at each."""
        found: dict[str, dict[str, str | None]] = {}
        for address in addresses:
            for other, until in self.addresses.get((shop, address), {}).items():
                if other != customer:
                    found.setdefault(other, {})[address] = until
        return found

    def hold(self, addresses: Mapping[AddressHeld, str | None]) -> None:
        """Until when customers have addresses, None for as long as is known."""
        for (shop, address, customer), until in addresses.items():
            self.addresses[shop, address][customer] = until

    def stands_for(self, customer: str) -> str:
        """Who a customer turned out to be."""
        return self.merged.get(customer, customer)

    def owned_by(self, customer: str) -> list[str]:
        """The orders that belong to a customer."""
        return sorted(self._owned.get(customer, ()))

    def scanned_at(self, carrier: Carrier) -> datetime | None:
        """The newest scan of a carrier that is noted."""
        return self.scans.get(carrier)

    def scans_of(self, shop: str) -> dict[str, datetime]:
        """The newest scan of each carrier of a shop."""
        return {carrier: at for (of, carrier), at in self.scans.items() if of == shop}

    def rename(self, join: JoinedPerson) -> None:
        """Whoever names a customer means the one they turned out to be."""
        self.merged = {
            one: join.into if stands == join.name else stands for one, stands in self.merged.items()
        } | {join.name: join.into}
        self.things = {
            name: renamed_home(homes, join.name, join.into) for name, homes in self.things.items()
        }
        for held in self.addresses.values():
            if join.name in held:
                until = held.pop(join.name)
                held[join.into] = None if held.get(join.into, "") is None else until
