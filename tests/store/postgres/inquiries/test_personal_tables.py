"""Whatever table holds something of a person is exported and erased, also one that is new."""

from typing import Any

from engine.facts.contacts.bounces import Bounce
from engine.sending.ledger import DELIVERED, UNCERTAIN
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, a_message, asked, told
from tests.store.shop import NOON, an_event, deciding, later

ANA, DESK, PHONE, CUSTOMER = (
    "ana@example.com",
    "desk@example.com",
    "+33612345678",
    "customer:a shop%2F1/C1",
)
HELPDESK = "requester 4711"
STATED = {
    "customer.email": ANA,
    "customer.first_name": "Ana Sofia",
    "customer.phone": PHONE,
    "customer.helpdesk_id": HELPDESK,
}
# Under which name of an export the rows of a table stand.
EXPORTED = {
    "subjects": "orders",
    "events": "events",
    "unplaced": "unread",
    "things": "names",
    "journeys": "facts",  # of the same log
    "waits": "waits",
    "once_keys": "once_keys",
    "kept_keys": "once_keys",
    "effects": "effects",
    "suppressions": "silences",
    "addresses": "addresses",
    "dead_addresses": "bounces",
    "bounces": "bounces",
    "decisions": "decisions",
    "quarantine": "stuck",
    "audit": "notes",
}
NOT_OF_PEOPLE = {
    "alembic_version": "of the database",
    "nudges": "which journeys are to be woken",
    "recalls": "of Temporal",
    "carriers": "of a carrier",
    "breakers": "of a shop",
    "left_before": "hashes of the keys of messages",
    "deciding": "of the workers",
    "installation": "of whoever runs it",
    "rulesets": "of the rules",
    "activations": "of the rules",
}


async def everything(store: PostgresStore) -> dict[str, str]:
    """Every row of every table there is, as one text a table."""
    names = await asked(store, "select tablename from pg_tables where schemaname = 'public'")
    return {
        name: str(await asked(store, f"select to_jsonb(t) from {name} t"))  # our own names
        for (name,) in names
    }


async def a_life(store: PostgresStore) -> None:
    """Ana, of whom every table has something."""
    of_nobody: dict[str, Any] = {"order": None, "customer": None, "things": {"case": "K1"}}
    for number, customer in enumerate(("C1", "C2")):  # two accounts have the phone
        stated = STATED if customer == "C1" else {"customer.phone": PHONE}
        created = an_event("customer.created", number, order=None, customer=customer, data=stated)
        await store.events.ingest([created], NOON)
    ordered = an_event(
        "order.placed", "placed A1", order="A1", customer="C1", data={"order.email": DESK}
    )
    key = await a_message(store, ordered)
    await store.ledger.attempt(key, "me", NOON)
    await store.ledger.may_leave(key, "me", NOON)
    await store.ledger.change(key, "me", UNCERTAIN(essential=False), NOON)
    await store.ledger.change(key, None, DELIVERED(), NOON)
    told_apart = an_event(
        "support.case_opened", "case", **of_nobody, data={"customer.phone": PHONE}
    )
    back = {"message.address": ANA, "message.reason": f"452 4.2.2 {ANA} is full"}
    happened = [
        an_event("order.delivered", "there"),
        an_event("review.received", "bad", things={"review": "R1"}, data={"review.stars": 1}),
        an_event("message.soft_bounced", "back", order=None, customer="C1", data=back),
        an_event(
            "customer.merged", "one", order=None, customer="C1", data={"customer.merged_from": "C0"}
        ),
    ]
    assert await store.events.ingest([*happened, told_apart], NOON) == [
        *["accepted"] * 4,
        "unplaced",
    ]
    for journey in (JOURNEY, store.naming.journey(CUSTOMER)):
        await store.journeys.decide(journey, later(minutes=1), deciding(later(minutes=1)))
    await store.addresses.came_back(Bounce(DESK, "soft", NOON, "552 5.2.2"))
    await told(store, "insert into dead_addresses values (%s, '550', '2026-03-01T12:00:00Z')", ANA)
    broke = "insert into quarantine (source, id, error) values ('journey', %s, %s)"
    await told(store, broke, JOURNEY, f"no such: {ANA}")


async def test_every_table_is_known_to_be_of_people_or_not(store: PostgresStore) -> None:
    await a_life(store)
    about = ("A1", "C1", ANA, PHONE)
    kept = await everything(store)

    assert set(kept) == set(EXPORTED) | set(NOT_OF_PEOPLE)
    of_ana = {table for table, rows in kept.items() if any(mark in rows for mark in about)}
    assert of_ana - {"nudges"} == set(EXPORTED)


async def test_what_every_table_keeps_of_them_is_exported(store: PostgresStore) -> None:
    await a_life(store)
    known: dict[str, Any] = await store.customers.export(CUSTOMER)

    assert [name for name in EXPORTED.values() if not known[name]] == []
    assert {one["address"] for one in known["addresses"]} == {ANA, PHONE}
    assert {(one["address"], one["kind"]) for one in known["bounces"]} == {
        (ANA, "soft"),
        (ANA, "hard"),
        (DESK, "soft"),
    }
    assert {"kind": "helpdesk", "name": HELPDESK, "of": CUSTOMER} in known["names"]
    assert known["also_known_as"] == ["customer:a shop%2F1/C0"]
    (waiting,) = known["unread"]
    assert (waiting["event"]["type"], PHONE in waiting["awaits"]) == ("support.case_opened", True)
    assert any(key["kept"] for key in known["once_keys"])
    assert [note["what"] for note in known["notes"]] == ["said to be delivered"]
    assert known["stuck"][0]["error"] == f"no such: {ANA}"


async def test_what_they_stated_is_in_no_table_and_no_old_page(store: PostgresStore) -> None:
    await a_life(store)
    before, pages = await everything(store), await _pages(store)

    await store.customers.erase(CUSTOMER, later(hours=1))
    assert await store.customers.rewrite()

    after, rewritten = await everything(store), await _pages(store)
    stated = (ANA, DESK, "Ana Sofia", HELPDESK)  # the phone is another customer's too
    assert {table for table, rows in after.items() if any(word in rows for word in stated)} == set()
    lost = {table for table, rows in before.items() if any(word in rows for word in stated)}
    assert lost >= {
        *("subjects", "events", "addresses", "bounces", "dead_addresses", "quarantine", "things")
    }
    assert [table for table in lost if pages[table] == rewritten[table]] == []
    assert "customer:a shop%2F1/C1" not in after["addresses"]


async def test_what_came_back_from_an_address_stays_for_whoever_else_has_it(
    store: PostgresStore,
) -> None:
    for number, customer in enumerate(("C1", "C2")):
        stated = {"customer.email": ANA}
        created = an_event("customer.created", number, order=None, customer=customer, data=stated)
        await store.events.ingest([created], NOON)
    await store.addresses.came_back(Bounce(ANA, "hard", NOON, "550 5.1.1"))

    await store.customers.erase(CUSTOMER, later(hours=1))
    assert [one.kind for one in await store.addresses.bounces(ANA)] == ["hard"]
    await store.customers.erase("customer:a shop%2F1/C2", later(hours=1))
    assert await store.addresses.bounces(ANA) == []


async def _pages(store: PostgresStore) -> dict[str, int]:
    """Which file of the database each table is in."""
    rows = await asked(store, "select relname::text, relfilenode from pg_class where relkind = 'r'")
    return dict(rows)
