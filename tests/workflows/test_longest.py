"""Ids and texts as long as they may be, from event to mail: what is taken is never stuck."""

import random
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from temporalio.client import Client

from engine.facts.lengths import MAX_ID, MAX_ID_BYTES, MAX_NAME, MAX_TEXT
from operations.commands.withdraw_consent import ConsentWithdrawal
from process.signed_links import categories_of
from tests.shop import FILES, LINKS
from tests.workflows.whole import Whole, a_whole_shop

_BODY = """---
subject: "{{ order.id }} {{ customer.first_name | or('') }}"
---
Hello {{ customer.first_name | or("you") }}, to {{ order.shipping_address | or("nowhere") }}:

{% for item in order.items %}- {{ item.title }}
{% endfor %}
"""
_REVIEW = _BODY.replace("Hello", "Was it good")
LONG = {**FILES, "templates/en/confirmed.md": _BODY, "templates/en/review_request.md": _REVIEW}
LONG["journeys/all.yaml"] = LONG["journeys/all.yaml"].replace(
    "when: 3 days after order.delivered", "when: order.delivered"
)


@pytest.fixture
async def whole(fresh_database: str, client: Client, number: int) -> AsyncIterator[Whole]:
    async with a_whole_shop(fresh_database, client, f"longest-{number}", LONG) as whole:
        yield whole


def longest(letter: str, most: int = MAX_ID) -> str:
    """Letters of as many bytes, drawn so that nothing can be compressed."""
    chance = random.Random(letter)  # no secret
    width = len(letter.encode())
    first = {1: 0x30, 2: 0x430, 3: 0x4E00, 4: 0x1F300}[width]
    span = {1: 74, 2: 32, 3: 8000, 4: 300}[width]
    text = "".join(chr(first + chance.randrange(span)) for _ in range(MAX_ID))
    return text[: min(most, MAX_ID_BYTES // width)]


@pytest.mark.parametrize("letter", ["x", "д", "本", "🎁"])
async def test_what_is_taken_is_written_to(whole: Whole, letter: str) -> None:
    name, text = longest(letter), letter * MAX_TEXT
    customer: dict[str, Any] = {
        "id": name,
        "email": "ana@example.org",
        "first_name": text,
        "phone": letter * min(MAX_NAME, MAX_ID_BYTES // len(letter.encode())),
        "locale": text,
        "time_zone": text,
    }
    order: dict[str, Any] = {
        "id": name,
        "shipping_address": text,
        "items": [{"id": name, "title": text}] * 40,
    }
    things: dict[str, Any] = {"shop": name, "customer": customer, "order": order}

    consent = {"category": "review"}
    await whole.tell("consent.given", shop=name, customer=customer, consent=consent)
    await whole.tell("order.confirmed", **things)
    await whole.settled(mails=1)
    await whole.tell("order.delivered", **things)
    await whole.settled(mails=2)

    mails = [message_from_bytes(one.content, policy=policy.default) for one in whole.shop.smtp.kept]
    assert {one["To"] for one in mails} == {"ana@example.org"}
    # What was too long for its line stands in the words of the mail.
    body = mails[1].get_body(("plain",))
    assert body is not None
    told = body.get_content().replace("=\n", "")
    token = told.partition("/unsubscribe/")[2].split()[0].strip("<>)")
    claims = LINKS.verify("unsubscribe", token)
    assert claims is not None
    withdrawal = ConsentWithdrawal(
        claims["shop"], claims["customer"], tuple(categories_of(claims)), token
    )
    assert (withdrawal.shop, withdrawal.customer) == (name, name)
