"""Senders who sign what they send: how each signs, and the ways of well-known shops, carriers and
standards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Encoding = Literal["base64", "hex"]
Signed = Literal["body", "ts.body", "ts + body", "id.ts.body"]
# How the bytes of the key come from the secret: its UTF-8, that of its NFKD form, or base64 behind
# `whsec_`.
Secret = Literal["text", "nfkd", "whsec"]

TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """Where something stands: in a header of its own, or as an item `name=…` of the signature's
    header.
    """

    header: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How requests are signed, always with HMAC-SHA256.

    `header` holds signatures separated by blanks, of which those that begin with `prefix` count; or
    items such as `t=…,v1=…`, of which those called `item` count. `ping` is the only field of a form
    that a sender posts unsigned to see whether anybody is there.
    """

    header: str
    encoding: Encoding
    signs: Signed = "body"
    prefix: str = ""
    item: str = ""
    timestamp: HeaderPlace | None = None
    id: HeaderPlace | None = None
    secret: Secret = "text"  # noqa: S105  # the name of a form
    ping: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A sender of `rules/sources/NAME.yaml`; `secret` names the setting that holds the secrets,
    never one of them.

    `tolerance` is how far a signed time may lie from ours, either way; `shops` are those of which
    it may speak, None for every one.
    """

    name: str
    scheme: Scheme
    secret: str
    tolerance: timedelta = TOLERANCE
    shops: frozenset[str] | None = None


def may_speak_of(shop: str, shops: frozenset[str] | None) -> bool:
    """Whether a shop is one of those of which a sender may speak, None for every one."""
    return shops is None or shop in shops


# From each sender's own documentation of its webhooks.
SCHEMES: Mapping[str, Scheme] = {
    "shopify": Scheme("X-Shopify-Hmac-Sha256", "base64"),
    "woocommerce": Scheme("X-WC-Webhook-Signature", "base64", ping="webhook_id"),
    "stripe": Scheme(
        "Stripe-Signature", "hex", "ts.body", item="v1", timestamp=HeaderPlace(item="t")
    ),
    "standard_webhooks": Scheme(
        "webhook-signature",
        "base64",
        "id.ts.body",
        prefix="v1,",
        timestamp=HeaderPlace("webhook-timestamp"),
        id=HeaderPlace("webhook-id"),
        secret="whsec",  # noqa: S106  # the name of a form
    ),
    "svix": Scheme(
        "svix-signature",
        "base64",
        "id.ts.body",
        prefix="v1,",
        timestamp=HeaderPlace("svix-timestamp"),
        id=HeaderPlace("svix-id"),
        secret="whsec",  # noqa: S106  # the name of a form
    ),
    "aftership": Scheme("aftership-hmac-sha256", "base64"),
    "easypost": Scheme("X-Hmac-Signature", "hex", prefix="hmac-sha256-hex=", secret="nfkd"),  # noqa: S106  # as above
    "judgeme": Scheme("JUDGEME-HMAC-SHA256", "hex"),
    "zendesk": Scheme(
        "X-Zendesk-Webhook-Signature",
        "base64",
        "ts + body",
        timestamp=HeaderPlace("X-Zendesk-Webhook-Signature-Timestamp"),
    ),
}
