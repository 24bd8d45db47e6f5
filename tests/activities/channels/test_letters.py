"""What stands in a letter, written for an effect of the real ledger."""

from datetime import timedelta

from activities.channels.letters import Letters
from activities.channels.port import Letter
from activities.channels.readable_facts import facts_of
from activities.channels.rendering.localized import ReaderLocale
from activities.channels.rendering.templates import CompiledTemplates
from engine.catalog.rows import changed
from engine.language.reader import read_ruleset
from engine.sending.question import MessageQuestion, posed, view_of
from process.signed_links import categories_of
from tests.shop import ANA, FILES, LINKS, Shop, today

ANSWERS = """
version: 1
answers:
  return_window: {type: days, starts: order.delivered_at, first: [{otherwise: 30 days}]}
  quality: {type: [lenient, strict], first: [{if: customer.tier = gold, then: lenient},
      {otherwise: strict}]}
"""


async def asked(shop: Shop, key: str) -> MessageQuestion:
    attempt = await shop.store.ledger.attempt(key, "me", today())
    assert isinstance(attempt.question, MessageQuestion)
    return attempt.question


async def written(shop: Shop, key: str) -> Letter:
    question = await asked(shop, key)
    return Letters(LINKS).write(question, {}, "x@example.org", today())


async def test_a_letter_is_in_the_customers_language(shop: Shop, order: str) -> None:
    wayan = {"id": "wayan", "email": "w@example.org", "first_name": "Wayan", "locale": "id"}

    letter = await written(shop, await shop.wanted("order.confirmed", order, customer=wayan))
    assert (letter.subject, letter.text.strip()) == (f"Pesanan {order}", "Halo Wayan.")


async def test_a_transactional_letter_offers_no_way_out(shop: Shop, order: str) -> None:
    letter = await written(shop, await shop.wanted("order.confirmed", order))

    assert letter.unsubscribe is None
    assert "unsubscribe" not in letter.text


async def test_a_marketing_letter_can_be_ended_with_one_click(shop: Shop, order: str) -> None:
    then = today() - timedelta(days=3, minutes=1)
    await shop.tell("consent.given", then, consent={"category": "review"})

    letter = await written(shop, await shop.wanted("order.delivered", order, then))
    assert letter.unsubscribe is not None
    assert letter.unsubscribe in (letter.html or "")
    claims = LINKS.verify("unsubscribe", letter.unsubscribe.rpartition("/")[2])
    assert claims == {"shop": "main", "customer": ANA["id"], "category": "review"}


async def test_one_click_under_a_digest_ends_the_marketing_that_it_carries(
    shop: Shop, order: str
) -> None:
    policies = FILES["policies.yaml"] + "  - {id: sales, kind: marketing}\n"
    ruleset = read_ruleset({**FILES, "policies.yaml": policies}, shop.registry.specs())
    carrier = changed(
        await asked(shop, await shop.wanted("order.confirmed", order)), ruleset=ruleset
    )
    carried = [
        changed(carrier, effect=changed(carrier.effect, category=one))
        for one in ("sales", "review", "sales")
    ]

    letter = Letters(LINKS).write(
        changed(carrier, carried=tuple(carried)), {}, "x@example.org", today()
    )
    claims = LINKS.verify("unsubscribe", (letter.unsubscribe or "").rpartition("/")[2])
    assert claims is not None
    assert categories_of(claims) == ["sales", "review"]


async def test_what_the_rule_passes_keeps_its_type(shop: Shop, order: str) -> None:
    key = await perk_message(shop, order)

    letter = await written(shop, key)
    assert "free\\_return" in letter.text or "free_return" in letter.text
    assert "2027" in letter.text or "2028" in letter.text


async def perk_message(shop: Shop, customer: str) -> str:
    perk = {"name": "free_return", "expires_at": (today() + timedelta(days=365)).isoformat()}
    await shop.tell("perk.granted", customer={"id": customer, "email": "p@example.org"}, perk=perk)
    journey = next(
        one.journey
        for one in await shop.store.journeys.woken()
        if one.subject == f"customer:main/{customer}"
    )
    ((_, key),) = (await shop.decide(journey)).open
    return key


async def test_only_what_is_known_is_there(shop: Shop, order: str) -> None:
    question = await asked(shop, await shop.wanted("order.confirmed", order))

    facts = facts_of(view_of(question, today()))
    assert facts["customer"]["first_name"] == ANA["first_name"]
    assert "phone" not in facts["customer"]
    assert set(facts["order"]) >= {"id", "items", "confirmed_at"}
    assert "delivered_at" not in set(facts["order"])


async def test_an_answer_is_spoken_and_its_parts_are_read(shop: Shop, order: str) -> None:
    question = await asked(shop, await shop.wanted("order.confirmed", order))
    await shop.tell("order.delivered", order={"id": order})
    ruleset = read_ruleset({**FILES, "answers.yaml": ANSWERS}, shop.registry.specs())
    again = await asked(shop, question.effect.key)
    question = posed(again.effect, ruleset, None, again.subjects, history=again.history)
    words = (
        "---\nsubject: s\n---\n{{ answer.return_window }}, {{ answer.return_window.open }}, {{ "
        "answer.quality }}"
    )
    words = words.replace(
        "{{ answer.return_window.open }}", "{% if answer.return_window.open %}open{% endif %}"
    )

    values = facts_of(view_of(question, today()))
    told = CompiledTemplates({"en/a.md": words}, "en").render(
        "a", "email", ReaderLocale("en", "UTC"), values
    )
    assert told.text.strip() == "30 days, open, strict"


async def test_an_answer_nobody_gave_is_unknown(shop: Shop, order: str) -> None:
    question = await asked(shop, await shop.wanted("order.confirmed", order))

    assert "return_window" not in facts_of(view_of(question, today()))["answer"]
