"""Whether a request was signed by someone who knows the secret of its source: its raw bytes, before
they are read.

Signatures are compared as they are written, in constant time; nothing a stranger sends is decoded.
"""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from unicodedata import normalize

from engine.sources.schemes import HeaderPlace, Scheme, Secret, Source

_SECONDS = re.compile(r"[0-9]{1,11}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_WHSEC = "whsec_"


class SentHeaders(Protocol):
    """The headers of a request, whose names may be written in any case."""

    def getlist(self, key: str) -> list[str]:
        """Every value of this name."""
        ...


def keys_of(form: Secret, secrets: Sequence[str]) -> tuple[bytes, ...]:
    """The keys that secrets stand for; one that does not have the form stands for none."""
    return tuple(key for secret in secrets if (key := _key(form, secret)))


def is_signed(
    source: Source, keys: Sequence[bytes], headers: SentHeaders, body: bytes, now: datetime
) -> bool:
    """Whether one of the keys signed this request, near enough to `now` where the scheme signs a
    time.
    """
    scheme = source.scheme
    told = _only(headers, scheme.header)
    stamp = _value_at(scheme.timestamp, headers, told)
    name = _value_at(scheme.id, headers, told)
    if not told or stamp is None or name is None:
        return False
    if scheme.timestamp and not _is_near(stamp, now, source.tolerance):
        return False
    content = _content(scheme, name.encode("latin-1"), stamp.encode("latin-1"), body)
    given = [one.encode("latin-1") for one in _signatures(scheme, told)]
    expected = [_signature(scheme, key, content) for key in keys]
    # Each is compared with each, so that no answer tells which came near.
    return sum([hmac.compare_digest(one, right) for one in given for right in expected]) > 0


def _key(form: Secret, secret: str) -> bytes:
    if form == "whsec":
        try:
            return b64decode(secret.removeprefix(_WHSEC), validate=True)
        except ValueError:
            return b""
    return (normalize("NFKD", secret) if form == "nfkd" else secret).encode(
        "utf-8", "surrogateescape"
    )


def _only(headers: SentHeaders, name: str) -> str:
    """The header; empty where there is none, or more than one, of which another reader might take
    another.
    """
    told = headers.getlist(name)
    return told[0] if len(told) == 1 else ""


def _value_at(place: HeaderPlace | None, headers: SentHeaders, told: str) -> str | None:
    """What stands at a place: empty for no place, None where it should stand and does not, or
    stands twice.
    """
    if place is None:
        return ""
    if place.header:
        return _only(headers, place.header) or None
    items = _items(told, place.item)
    return items[0] if len(items) == 1 and items[0] else None


def _items(told: str, name: str) -> list[str]:
    pairs = (item.strip().partition("=") for item in told.split(","))
    return [value for key, _, value in pairs if key == name]


def _signatures(scheme: Scheme, told: str) -> list[str]:
    if scheme.item:
        found = _items(told, scheme.item)
    else:
        found = [
            one.removeprefix(scheme.prefix) for one in told.split() if one.startswith(scheme.prefix)
        ]
    return [one.lower() for one in found] if scheme.encoding == "hex" else found


def _signature(scheme: Scheme, key: bytes, content: bytes) -> bytes:
    made = hmac.digest(key, content, hashlib.sha256)
    return made.hex().encode() if scheme.encoding == "hex" else b64encode(made)


def _content(scheme: Scheme, name: bytes, stamp: bytes, body: bytes) -> bytes:
    match scheme.signs:
        case "body":
            return body
        case "ts.body":
            return b".".join((stamp, body))
        case "ts + body":
            return stamp + body
        case "id.ts.body":
            return b".".join((name, stamp, body))


def _is_near(stamp: str, now: datetime, tolerance: timedelta) -> bool:
    """Seconds since 1970, or an instant with its zone as RFC 3339 writes it."""
    try:
        if _SECONDS.fullmatch(stamp):
            told = datetime.fromtimestamp(int(stamp), UTC)
        elif _INSTANT.fullmatch(stamp):
            told = datetime.fromisoformat(stamp)
        else:
            return False
        return abs(now - told) <= tolerance
    except (ValueError, OverflowError):
        return False
