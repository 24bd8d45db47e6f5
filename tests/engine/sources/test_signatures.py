"""Signatures: what the sender signed is accepted, and nothing else, whatever the headers hold."""

import base64
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from engine.sources.schemes import SCHEMES, HeaderPlace, Scheme, Source
from engine.sources.signatures import is_signed, keys_of
from tests.web.serving import NOW
from tests.web.signing import SECRETS, SIGN, TIMED, WHSEC

BODY = '{"id": "1", "name": "Ünal"}'.encode()
OTHER = WHSEC[:-4] + "AAAA"
each = pytest.mark.parametrize("name", sorted(SCHEMES))


def accepts(
    name: str,
    headers: dict[str, str],
    body: bytes = BODY,
    secrets: Sequence[str] | None = None,
    **more: Any,
) -> bool:
    source = Source(name, SCHEMES[name], "A", **more)
    keys = keys_of(source.scheme.secret, secrets or [SECRETS[name]])
    return is_signed(source, keys, Headers(headers), body, NOW)


def signed(
    name: str, *, at: datetime = NOW, body: bytes = BODY, secret: str | None = None
) -> dict[str, str]:
    return SIGN[name](secret or SECRETS[name], body, at)


def test_every_scheme_has_a_second_opinion() -> None:
    assert SIGN.keys() == SCHEMES.keys() == SECRETS.keys()


@each
def test_what_the_sender_signed_is_accepted(name: str) -> None:
    assert accepts(name, signed(name))
    assert accepts(name, signed(name, body=b""), b"")


def test_the_example_of_the_standard_is_accepted() -> None:
    told = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    source = Source("a", SCHEMES["standard_webhooks"], "A")
    keys = keys_of("whsec", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    at = datetime.fromtimestamp(1614265330, UTC)
    assert is_signed(source, keys, Headers(told), b'{"test": 2432232314}', at)


@each
def test_another_body_is_refused(name: str) -> None:
    told = signed(name)
    assert not any(
        accepts(name, told, body)
        for body in (BODY + b" ", BODY[:-1], b"", BODY.replace(b"1", b"2"))
    )


@each
def test_another_secret_is_refused(name: str) -> None:
    assert not accepts(name, signed(name, secret=OTHER))


@each
def test_without_any_one_of_its_headers_it_is_refused(name: str) -> None:
    told = signed(name)
    assert not accepts(name, {})
    for missing in told:
        assert not accepts(name, {key: value for key, value in told.items() if key != missing})
        assert not accepts(name, told | {missing: ""})


@each
def test_without_a_secret_nothing_is_accepted(name: str) -> None:
    source = Source(name, SCHEMES[name], "A")
    for secret in ("", "whsec_"):
        told = signed(name, secret=secret if SCHEMES[name].secret == "text" else WHSEC)
        assert not is_signed(source, (), Headers(told), BODY, NOW)


@each
def test_while_secrets_change_both_are_accepted(name: str) -> None:
    for secrets in ([OTHER, SECRETS[name]], [SECRETS[name], OTHER]):
        assert accepts(name, signed(name), secrets=secrets)
        assert accepts(name, signed(name, secret=OTHER), secrets=secrets)
    assert not accepts(
        name, signed(name, secret=OTHER[:-8] + "BBBBBBBB"), secrets=[OTHER, SECRETS[name]]
    )


@each
def test_a_header_that_stands_twice_is_refused(name: str) -> None:
    told = signed(name)
    for twice in told:
        raw = [
            (key.lower().encode(), value.encode())
            for key, value in (*told.items(), (twice, told[twice]))
        ]
        keys = keys_of(SCHEMES[name].secret, [SECRETS[name]])
        assert not is_signed(Source(name, SCHEMES[name], "A"), keys, Headers(raw=raw), BODY, NOW)


@pytest.mark.parametrize("name", TIMED)
def test_a_signed_time_counts_for_five_minutes_either_way(name: str) -> None:
    for seconds in (-300, -299, 0, 299, 300):
        assert accepts(name, signed(name, at=NOW + timedelta(seconds=seconds)))
    for seconds in (-86_400, -301, 301, 86_400):
        assert not accepts(name, signed(name, at=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("name", TIMED)
def test_a_source_says_how_long_a_signed_time_counts(name: str) -> None:
    told = signed(name, at=NOW - timedelta(seconds=30))
    assert accepts(name, told, tolerance=timedelta(seconds=30))
    assert not accepts(name, told, tolerance=timedelta(seconds=29))


@pytest.mark.parametrize("name", TIMED)
def test_a_newer_time_under_an_old_signature_is_refused(name: str) -> None:
    old, new = signed(name, at=NOW - timedelta(days=1)), signed(name)
    if name == "stripe":
        mixed = {
            "Stripe-Signature": new["Stripe-Signature"].split(",")[0]
            + ","
            + old["Stripe-Signature"][13:]
        }
    else:
        mixed = old | {
            key: value for key, value in new.items() if key.lower().endswith("timestamp")
        }
    assert mixed != old
    assert not accepts(name, mixed)


NO_TIMES = [
    "",
    "soon",
    "-1",
    "1e9",
    "٣",
    "9" * 11,
    "9" * 400,
    " ",
    "2026-03-02",
    "2026-03-02T10:00:00",
]


@pytest.mark.parametrize("stamp", [*NO_TIMES, "0001-01-01T00:00:00+14:00", "2026-02-30T10:00:00Z"])
@pytest.mark.parametrize("name", ["zendesk", "stripe"])
def test_a_time_that_is_none_is_refused_though_it_is_signed(name: str, stamp: str) -> None:
    told = stamped(name, stamp)
    assert not is_signed(Source("a", SCHEMES[name], "A"), (b"key",), told, BODY, NOW)


@pytest.mark.parametrize(
    "stamp", [str(int(NOW.timestamp())), "2026-03-02T10:00:00Z", "2026-03-02T11:00:00.5+01:00"]
)
@pytest.mark.parametrize("name", ["zendesk", "stripe"])
def test_a_time_may_be_seconds_or_an_instant(name: str, stamp: str) -> None:
    assert is_signed(Source("a", SCHEMES[name], "A"), (b"key",), stamped(name, stamp), BODY, NOW)


def stamped(name: str, stamp: str) -> Headers:
    """The body signed under the key `key` with any text for a time."""
    raw = stamp.encode()
    if name == "stripe":
        signature = hmac.new(b"key", raw + b"." + BODY, "sha256").hexdigest().encode()
        return Headers(raw=[(b"stripe-signature", b"t=" + raw + b",v1=" + signature)])
    signature = base64.b64encode(hmac.new(b"key", raw + BODY, "sha256").digest())
    prefix = b"x-zendesk-webhook-signature"
    return Headers(raw=[(prefix, signature), (prefix + b"-timestamp", raw)])


def test_one_right_signature_among_several_is_enough() -> None:
    told = signed("standard_webhooks")
    right = told["webhook-signature"]
    assert accepts("standard_webhooks", told | {"webhook-signature": f"v1a,xyz v1,AAAA {right}"})
    assert not accepts(
        "standard_webhooks", told | {"webhook-signature": right.replace("v1,", "v2,")}
    )


def test_an_item_counts_under_its_own_name_only() -> None:
    told = signed("stripe")["Stripe-Signature"]
    assert accepts(
        "stripe",
        {"Stripe-Signature": told.replace(",", ", ").upper().replace("T=", "t=").replace("V", "v")},
    )
    assert not accepts("stripe", {"Stripe-Signature": told.replace("v1=", "v2=")})
    assert not accepts("stripe", {"Stripe-Signature": f"{told},t=1"})


@pytest.mark.parametrize("secret", ["whsec_", "", "whsec_no base64!", "whsec_ü", "whsec_abc"])
def test_a_secret_that_has_not_its_form_is_no_key(secret: str) -> None:
    assert keys_of("whsec", [secret]) == ()
    assert keys_of("text", [""]) == keys_of("nfkd", [""]) == ()


LATIN = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80)
SCRAPS = st.sampled_from(
    [
        "v1,",
        "v1=",
        "t=",
        ",",
        "=",
        " ",
        "hmac-sha256-hex=",
        f"{int(NOW.timestamp())}",
        "A" * 43 + "=",
    ]
)
VALUES = LATIN | st.lists(SCRAPS | LATIN, max_size=8).map("".join)


@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(SCHEMES)), data=st.data())
def test_no_header_that_was_not_signed_is_accepted_or_raises(
    name: str, data: st.DataObject
) -> None:
    told = signed(name)
    forged = {key: data.draw(VALUES | st.just(value)) for key, value in told.items()}
    other = data.draw(st.binary(max_size=40))
    raw = [(key.lower().encode(), value.encode("latin-1")) for key, value in forged.items()]
    keys = keys_of(SCHEMES[name].secret, [SECRETS[name]])
    assert not is_signed(Source(name, SCHEMES[name], "A"), keys, Headers(raw=raw), other, NOW)


PLACES = st.none() | st.builds(
    HeaderPlace, header=st.sampled_from(["", "a", "b"]), item=st.sampled_from(["", "t"])
)
ANY_SCHEME = st.builds(
    Scheme,
    header=st.sampled_from(["a", "b"]),
    encoding=st.sampled_from(["hex", "base64"]),
    signs=st.sampled_from(["body", "ts.body", "ts + body", "id.ts.body"]),
    prefix=st.sampled_from(["", "v1="]),
    item=st.sampled_from(["", "v1"]),
    timestamp=PLACES,
    id=PLACES,
)


@settings(max_examples=300, deadline=None)
@given(
    scheme=ANY_SCHEME,
    headers=st.dictionaries(st.sampled_from(["a", "b"]), VALUES),
    body=st.binary(max_size=20),
)
def test_no_scheme_accepts_or_raises_for_what_nobody_signed(
    scheme: Scheme, headers: dict[str, str], body: bytes
) -> None:
    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
    assert not is_signed(Source("a", scheme, "A"), (b"key",), Headers(raw=raw), body, NOW)
