"""How much one address, or one sender who has proved who it is, may ask of this process."""

import math
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

from web.http.rate_limit import RateLimit
from web.http.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a minute; half of them may come at once.

    The first two hold for events, sources and answers, the last for pages that customers open.
    """

    address: int = 60_000
    sender: int = 60_000
    pages: int = 60


class Limits:
    """The limits of one process; each raises a Refusal with 429 that says when to come back."""

    def __init__(self, rates: Rates) -> None:
        self._addresses, self._senders, self.pages = (
            RateLimit(burst=max(rate // 2, 1), per_minute=rate)
            for rate in (rates.address, rates.sender, rates.pages)
        )

    def of_address(self, request: Request) -> None:
        """Before anything is read, whoever it is."""
        _let_through(self._addresses.wait(address_of(request)))

    def of_sender(self, name: str) -> None:
        """After a token or a signature was right, so that nobody uses up what is another's."""
        _let_through(self._senders.wait(name))


def address_of(request: Request) -> str:
    """Whose address it is, as `network_of` says."""
    return network_of(request.client.host if request.client else "")


def network_of(host: str) -> str:
    """The address itself; of IPv6 the network, because one customer has all addresses of a /64."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return address.exploded[:19]


def _let_through(wait: float) -> None:
    if wait:
        raise Refusal(429, "request", "too many requests", retry=math.ceil(wait))
