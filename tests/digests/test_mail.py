"""A digest as it leaves by mail: one letter with the words of several, through the real ledger and
a real server.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bench.chaos.faulty_smtp import FaultScript, SmtpFault
from engine.decisions.reason import Reason
from operations.rules.rules_folder import read_files
from tests.conftest import CreateDatabase
from tests.shop import Shop, a_shop, attempt, today

FOLDER = Path(__file__).parent / "rules"
WEEK = (
    7 * 24 * 60 + 5
)  # minutes after which there is room again, whatever second of a minute it is now
# At once, by night too: it is the clock on the wall that tells the time here.
_AWAKE = 'from: "03:00", to: "03:00"'
FILES = {
    path: text.decode()
    .replace(', send_at: "10:00"', "")
    .replace('from: "21:00", to: "08:00"', _AWAKE)
    for path, text in read_files(FOLDER).items()
}


@pytest.fixture
async def shop(create_database: CreateDatabase) -> AsyncIterator[Shop]:
    async with a_shop(await create_database("template1"), FILES) as opened:
        await waiting(opened)
        yield opened


async def send_all(shop: Shop, minutes: float) -> list[str]:
    """What becomes of everything that is open so much later; `failed` where it has to be tried
    again.
    """
    answers = []
    for row in await shop.store.journeys.woken():
        for _, key in (await shop.decide(row.journey, today() + timedelta(minutes=minutes))).open:
            try:
                answers.append(await attempt(shop.send_message, key, minutes=minutes))
            except Exception:  # noqa: BLE001  # an attempt that fails is made again
                answers.append("failed")
    return sorted(answers)


async def waiting(shop: Shop) -> None:
    """One message has left; another of a tier and one about an order wait for room."""
    for category in ("loyalty", "sales"):
        await shop.tell("consent.given", consent={"category": category})
    await shop.tell(
        "loyalty.tier_changed", customer={"id": "C1", "email": "ana@example.org", "tier": "silver"}
    )
    await send_all(shop, 0)
    assert await send_all(shop, 1.1) == ["sent"]
    await shop.tell("order.delivered", order={"id": "A1"})
    await shop.tell(
        "loyalty.tier_changed", customer={"id": "C1", "first_name": "Ana *Lu*", "tier": "gold"}
    )
    await send_all(shop, 1.1)
    await send_all(shop, 2.2)


def letter(shop: Shop) -> EmailMessage:
    return message_from_bytes(
        shop.smtp.kept[-1].content, _class=EmailMessage, policy=policy.default
    )


def words(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_both_are_in_one_letter(shop: Shop) -> None:
    assert "sent" in await send_all(shop, WEEK)

    mail = letter(shop)
    assert (len(shop.smtp.kept), mail["Subject"]) == (2, "2 things for you")
    assert "Hello Ana *Lu*, this is about offer." in words(mail, "plain")
    assert "<h2>News: tier</h2>" in words(mail, "html")
    assert "<strong>offer</strong>" in words(mail, "html")
    assert "Unsubscribe" in words(mail, "plain")


async def test_a_letter_that_was_put_off_says_the_same_when_it_comes(shop: Shop) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.CONTENT_451)
    assert "failed" in await send_all(shop, WEEK)
    assert len(shop.smtp.kept) == 1

    assert await send_all(shop, WEEK + 10) == ["sent"]
    assert letter(shop)["Subject"] == "2 things for you"


async def test_what_a_refused_letter_carried_leaves_on_its_own(shop: Shop) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.CONTENT_554)
    assert "refused" in await send_all(shop, WEEK)

    await send_all(shop, WEEK + 1)
    assert letter(shop)["Subject"] == "News: offer"
    assert len(shop.smtp.kept) == 2


async def test_nothing_of_a_letter_that_may_have_come_is_sent_again(shop: Shop) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.TAKE_AND_DROP)
    await send_all(shop, WEEK)

    await send_all(shop, WEEK + 10)
    assert len(shop.smtp.kept) == 2
    states = [one.state for one in await shop.store.inquiries.effects() if one.kind == "send"]
    assert sorted(states) == ["dropped", "sent", "uncertain"]


async def test_nothing_leaves_a_second_time(shop: Shop) -> None:
    await send_all(shop, WEEK)

    assert await send_all(shop, WEEK + 1) == []
    assert len(shop.smtp.kept) == 2
    assert [
        one.reason for one in await shop.store.inquiries.effects() if one.state == "dropped"
    ] == [Reason.DIGESTED]


async def told_too_much(create_database: CreateDatabase, text: str) -> str:
    """What leaves where the two messages in a digest say this, and then one of them by itself."""
    heads = {f"templates/en/{name}.md": name for name in ("offer", "tier")}
    long = {path: f"---\nsubject: {name}\n---\n{text}\n" for path, name in heads.items()}
    lasting = {path: text.replace("for: 9 days", "for: 30 days") for path, text in FILES.items()}
    async with a_shop(await create_database("template1"), {**lasting, **long}) as opened:
        await waiting(opened)
        assert "sent" in await send_all(opened, WEEK) + await send_all(opened, WEEK + 1)
        assert len(opened.smtp.kept) == 2
        first = letter(opened)
        await send_all(opened, WEEK + 2)
        assert len(opened.smtp.kept) == 2  # it waits for room again
        await send_all(opened, 2 * WEEK + 5)
        return f"{first['Subject']}, {letter(opened)['Subject']}, {len(opened.smtp.kept)}"


async def test_a_message_that_is_too_much_for_the_letter_waits_and_is_not_lost(
    create_database: CreateDatabase,
) -> None:
    told = await told_too_much(create_database, "So much to say. " * 3000)

    assert told == "1 things for you, offer, 3"


async def test_messages_that_are_too_much_for_one_letter_say_less_each(
    create_database: CreateDatabase,
) -> None:
    text = "\n\n".join(["{{ customer.first_name | or('you') }}"] * 30)
    paths = [f"templates/en/{name}.md" for name in ("offer", "tier")]
    files = dict.fromkeys(paths, f"---\nsubject: Much\n---\n{text}\n")
    async with a_shop(await create_database("template1"), {**FILES, **files}) as opened:
        await waiting(opened)
        await opened.tell("loyalty.tier_changed", customer={"id": "C1", "first_name": "A" * 1900})
        assert "sent" in await send_all(opened, WEEK)
        mail = letter(opened)

    assert mail["Subject"] == "2 things for you"
    assert words(mail, "plain").count("A" * 299 + "…") == 60
