"""What a message is called where it has left: the same for every copy of it, and a word of nobody's
data.
"""

import hashlib

_LETTERS = 32


def identity_of(key: str) -> str:
    """The part of its `Message-ID` that stands before the sender's domain."""
    return hashlib.sha256(key.encode()).hexdigest()[:_LETTERS]
