"""Where this process may call: what stands in PURNA_SHOP_URL, and which addresses are refused
there.

No event, rule or template chooses a host; the address comes from the environment alone, and
redirects are not followed. A name is judged as it is written: whom it means is the business of
whoever runs the names of the network.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

_NOT_PUBLIC = (".localhost", ".local", ".internal", ".test", ".home.arpa")
# Link-local, where clouds tell a machine's own secrets, and the other places where they do.
_REFUSED = tuple(
    ip_network(one)
    for one in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
        "192.0.0.192/32",
    )
)
_REFUSED_NAMES = frozenset({"metadata", "metadata.google.internal"})


def wrong_with(url: str) -> str:
    """Why we must not call there, as the end of a sentence; empty if we may."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("https", "http"):
        return "is no address such as https://shop.example/purna"
    address = _address(host)
    if host in _REFUSED_NAMES or any(
        address in one for one in _REFUSED if address and address.version == one.version
    ):
        return "is an address of this network or of the cloud itself, where no shop can be"
    if parts.scheme == "http" and not _is_near(host, address):
        return "must begin with https: what we tell the shop may not cross public networks in the clear"
    return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is, in any spelling that the system takes for one; None
    for a name.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError, ValueError):
            return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_near(host: str, address: IPv4Address | IPv6Address | None) -> bool:
    if address is not None:
        return address.is_private or address.is_loopback
    return "." not in host or host.endswith(_NOT_PUBLIC)
