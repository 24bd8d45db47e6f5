"""How long the ids, names and texts of an event may be: whatever is taken can be kept, found again
and written into a message.
"""

from typing import Any

from engine.catalog.catalog import DATA_NAME, NAMES, PERSON_NAMES
from engine.catalog.channels import ADDRESS_OF, CONTACT_OF

MAX_ID, MAX_ID_BYTES = 200, 600
ID_FORM = f"must be 1 to {MAX_ID} printable characters, at most {MAX_ID_BYTES} bytes"
# An address has up to 254 characters (RFC 5321 4.5.3).
MAX_NAME, MAX_TEXT = 256, 10_000

# The facts by which things and people are known.
NAMED_BY = frozenset(PERSON_NAMES.values()).union(
    f"{DATA_NAME.get(thing, thing)}.{key}" for thing, keys in NAMES.items() for key in keys
)
# The facts by which anything is found: an index holds no more than 2,700 bytes of a row.
_FOUND_BY = NAMED_BY | {
    *ADDRESS_OF.values(),
    *CONTACT_OF.values(),
    "customer.merged_from",
    "item.id",
    "message.address",
    "review.product_id",
    "shipment.carrier",
}


def is_id(text: str) -> bool:
    """Whether a thing can be named so."""
    return 1 <= len(text) <= MAX_ID and text.isprintable() and _bytes(text) <= MAX_ID_BYTES


def too_long(fact: str, value: Any) -> str | None:
    """What the canonical value of a fact must be instead, where it is too long; None where it is
    not.
    """
    if not isinstance(value, str):
        return None
    if fact not in _FOUND_BY:
        return f"must be at most {MAX_TEXT} characters" if len(value) > MAX_TEXT else None
    if len(value) <= MAX_NAME and _bytes(value) <= MAX_ID_BYTES:
        return None
    return f"must be at most {MAX_NAME} characters, and at most {MAX_ID_BYTES} bytes"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
