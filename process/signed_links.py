"""Signed links to the customer's pages: each is for one purpose, and what was signed for one opens
no other.

A token is `key.claims.signature`: four hex digits that name the secret, the claims as JSON and an
HMAC-SHA256 of them under a key of that purpose, both base64url without padding.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Purpose = Literal["unsubscribe"]
Claims = Mapping[str, str]
_BETWEEN = "\n"
_PARTS = 3
_LONGEST = 2_000  # characters; a token of ours has some hundred


@dataclass(frozen=True, slots=True)
class Links:
    """Links under `base_url`, signed with the first secret; links of the other secrets
    stay valid.
    """

    base_url: str
    secrets: Sequence[bytes] = field(repr=False)

    def unsubscribe(self, shop: str, customer: str, *categories: str) -> str:
        """Where a customer ends messages of some categories; GET asks, POST does it (RFC 8058)."""
        named = _BETWEEN.join(dict.fromkeys(categories))
        token = self.sign("unsubscribe", {"shop": shop, "customer": customer, "category": named})
        return f"{self.base_url.rstrip('/')}/unsubscribe/{token}"

    def sign(self, purpose: Purpose, claims: Claims) -> str:
        """A token that `verify` reads back."""
        spelled = json.dumps(
            claims, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )  # or a letter that is not ASCII would take six
        told = _encoded(spelled.encode())
        secret = self.secrets[0]
        return f"{_key_id(secret)}.{told}.{_signature(secret, purpose, told)}"

    def verify(self, purpose: Purpose, token: str) -> Claims | None:
        """What was signed for this purpose; None if anything about the token is wrong."""
        parts = token.split(".")
        if len(token) > _LONGEST or len(parts) != _PARTS or not token.isascii():
            return None
        key_id, told, signature = parts
        secret = next((secret for secret in self.secrets if _key_id(secret) == key_id), None)
        if secret is None or not hmac.compare_digest(_signature(secret, purpose, told), signature):
            return None
        claims: Claims = json.loads(urlsafe_b64decode(told + "=" * (-len(told) % 4)))
        return claims


def categories_of(claims: Claims) -> list[str]:
    """The categories that an unsubscribe link ends."""
    return claims["category"].split(_BETWEEN)


def _signature(secret: bytes, purpose: Purpose, told: str) -> str:
    key = hmac.digest(secret, f"link:{purpose}".encode(), hashlib.sha256)
    return _encoded(hmac.digest(key, told.encode(), hashlib.sha256))


def _key_id(secret: bytes) -> str:
    return hmac.new(secret, b"link key id", hashlib.sha256).hexdigest()[:4]


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
