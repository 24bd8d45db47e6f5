"""Names: subjects, journeys, occurrences and message keys. Deterministic everywhere, and free of
personal data.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from engine.catalog.rows import row

_PLAIN = re.compile(r"[A-Za-z0-9._:+-]{1,64}")
_SPOT = re.compile(r"(\d+)\.(\d+)")


def subject_id(kind: str, shop: str, thing: str) -> str:
    """The id of an order's or a customer's row: `order:{shop}/{id}`."""
    return f"{kind}:{_escaped(shop)}/{thing}"


def beside(subject: str, kind: str, thing: str) -> str:
    """The id of another row of the same shop."""
    return f"{kind}:{subject[subject.index(':') + 1 : subject.index('/')]}/{thing}"


@lru_cache(maxsize=256)
def _escaped(shop: str) -> str:
    return shop.replace("%", "%25").replace("/", "%2F")


def own_id(subject: str) -> str:
    """The order's or customer's id within its shop."""
    return subject.partition("/")[2]


def shop_of(subject: str) -> str:
    """The shop of a subject id."""
    return _unescaped(subject.partition(":")[2].partition("/")[0])


@lru_cache(maxsize=256)
def _unescaped(shop: str) -> str:
    return shop.replace("%2F", "/").replace("%25", "%")


@dataclass(frozen=True, slots=True)
class Naming:
    """Names journeys; a customer's is an HMAC under `secret`, so that no history tells
    whose it is.
    """

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """Tells this secret from every other one, and nothing about it."""
        return _digest(self.secret, "fingerprint of the secret that names journeys")

    def journey(self, subject: str) -> str:
        """The workflow id of a subject's journey."""
        return (
            f"customer:{_digest(self.secret, subject)}"
            if subject.startswith("customer:")
            else subject
        )

    def plain(self, value: str) -> str:
        """A value as part of an occurrence: itself if it is short and plain, else its digest."""
        return value if _PLAIN.fullmatch(value) else _digest(self.secret, value)

    def hidden(self, value: str) -> str:
        """A value that may tell who somebody is, as part of an occurrence: always its digest."""
        return _digest(self.secret, value)


# An event names its customer's journey a dozen times.
@lru_cache(maxsize=16_384)
def _digest(secret: bytes, value: str) -> str:
    return hmac.digest(secret, value.encode(), "sha256").hex()[:32]


def key_of(journey: str, rule_id: str, occurrence: str, *rest: str) -> str:
    """The key of an effect: the same for the same firing of the same rule, whoever asks and however
    often.
    """
    return "/".join((journey, rule_id, occurrence, *rest))


@row
class Spot:
    """Where an action stands in its rule: in which line of `choose`, and at which place of its
    `do`, both counted from 0. A rule without `choose` has one line.
    """

    branch: int
    place: int

    def __str__(self) -> str:
        return f"{self.branch}.{self.place}"


def spot_in(key: str) -> Spot | None:
    """The spot that an effect's key names, before the name of what it does; None in a key that is
    older than spots.
    """
    found = _SPOT.fullmatch(key.rpartition("/")[0].rpartition("/")[2])
    return Spot(int(found[1]), int(found[2])) if found else None


def joined(parts: Iterable[str]) -> str:
    """The parts of an occurrence as one word."""
    return "+".join(parts)
