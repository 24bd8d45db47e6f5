"""How each sender signs, written down a second time from its documentation, for the tests alone."""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime

RAW = "3f8a0c1d9be24e57"
WHSEC = "whsec_" + base64.b64encode(b"the key of a standard webhook").decode()
UMLAUT = "Schlüssel-ﬁn"  # a ligature, which NFKD takes apart
Headers = dict[str, str]


def _mac(key: bytes, content: bytes) -> "hmac.HMAC":
    return hmac.new(key, content, hashlib.sha256)


def _base64(key: bytes, content: bytes) -> str:
    return base64.standard_b64encode(_mac(key, content).digest()).decode("ascii")


def shopify(secret: str, body: bytes, _at: datetime) -> Headers:
    return {"X-Shopify-Hmac-Sha256": _base64(secret.encode(), body)}


def woocommerce(secret: str, body: bytes, _at: datetime) -> Headers:
    return {"X-WC-Webhook-Signature": _base64(secret.encode(), body)}


def stripe(secret: str, body: bytes, at: datetime) -> Headers:
    stamp = int(at.timestamp())
    signature = _mac(secret.encode(), f"{stamp}.".encode() + body).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={signature},v0={'0' * 64}"}


def _standard(prefix: str) -> Callable[[str, bytes, datetime], Headers]:
    def sign(secret: str, body: bytes, at: datetime) -> Headers:
        stamp = int(at.timestamp())
        key = base64.b64decode(secret.split("_", 1)[1])
        signature = _base64(key, f"msg_1.{stamp}.".encode() + body)
        told = {"id": "msg_1", "timestamp": str(stamp), "signature": f"v1,{signature}"}
        return {f"{prefix}-{name}": value for name, value in told.items()}

    return sign


def aftership(secret: str, body: bytes, _at: datetime) -> Headers:
    return {"aftership-hmac-sha256": _base64(secret.encode(), body)}


def easypost(secret: str, body: bytes, _at: datetime) -> Headers:
    key = unicodedata.normalize("NFKD", secret).encode()
    return {"X-Hmac-Signature": f"hmac-sha256-hex={_mac(key, body).hexdigest()}"}


def judgeme(secret: str, body: bytes, _at: datetime) -> Headers:
    return {"JUDGEME-HMAC-SHA256": _mac(secret.encode(), body).hexdigest()}


def zendesk(secret: str, body: bytes, at: datetime) -> Headers:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = _base64(secret.encode(), stamp.encode() + body)
    return {
        "X-Zendesk-Webhook-Signature": signature,
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
    }


SIGN: Mapping[str, Callable[[str, bytes, datetime], Headers]] = {
    "shopify": shopify,
    "woocommerce": woocommerce,
    "stripe": stripe,
    "standard_webhooks": _standard("webhook"),
    "svix": _standard("svix"),
    "aftership": aftership,
    "easypost": easypost,
    "judgeme": judgeme,
    "zendesk": zendesk,
}
TIMED = ("stripe", "standard_webhooks", "svix", "zendesk")
SECRETS = {name: WHSEC if name in ("standard_webhooks", "svix") else RAW for name in SIGN} | {
    "easypost": UMLAUT
}
