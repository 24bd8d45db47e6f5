"""What every store can hold: text without NUL and half surrogate pairs, numbers within 64 bits.

What people and other systems write is kept with a sign in the place of what cannot be, for nothing
else of it may be lost.
"""

import re
from typing import Any

# Numbers beyond are read differently by different programs.
LARGEST = 2**63
# Unicode's own sign for a character that could not be kept.
REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str) -> str:
    """The text without NULs around it, which are padding, and with `REPLACEMENT` for every other
    one and for every half of a surrogate pair.
    """
    return _UNSTORABLE.sub(REPLACEMENT, text.strip("\x00")) if _UNSTORABLE.search(text) else text


def storable(value: Any) -> Any:
    """A JSON value with `REPLACEMENT` in its texts and keys, and None for numbers that are none or
    lie beyond 64 bits.
    """
    match value:
        case str():
            return storable_text(value)
        case bool():
            return value
        case int() | float():
            return value if abs(value) < LARGEST else None
        case list():
            return [storable(inner) for inner in value]
        case dict():
            return {storable(key): storable(inner) for key, inner in value.items()}
        case _:
            return value
