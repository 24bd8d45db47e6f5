"""A log whose helpdesk and payer know people by ids of their own, simulated and live."""

import json
from pathlib import Path
from typing import Any

from operations.logs.simulate import simulate
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, SHOP, later
from tests.store.twins import Twins

RULES = """
  - {id: case, when: support.case_opened, once_per: case, do: [{send: hello, category: delivery}]}
  - {id: quiet, when: support.case_opened, do: [{suppress: [sales], across: customer,
     until: support.case_solved, at_most: 30 days}]}
  - {id: offer, when: payment.recovered, once_per: event, do: [{send: offer, category: sales}]}
"""
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
categories:
  - {id: delivery, kind: transactional}
  - {id: sales, kind: marketing, consent: none}
"""
DESK, PAYER = {"helpdesk_id": "H9"}, {"payer_id": "cus_7"}
ANA, BEN = ({"id": one, "email": f"{one}@customer.example"} for one in ("C1", "C2"))
STORY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("support.case_opened", {"support": {"id": "K1"}, "customer": DESK}),  # of nobody known
    ("payment.recovered", {"customer": PAYER}),
    ("customer.updated", {"customer": ANA | DESK}),  # K1 is hers: no offers
    ("customer.updated", {"customer": BEN | PAYER}),  # and the payment his
    ("customer.updated", {"customer": ANA | PAYER}),
    ("payment.recovered", {"customer": PAYER}),  # of one of two
    ("support.case_opened", {"support": {"id": "K2"}, "customer": DESK}),
)


async def test_a_simulated_log_of_such_ids_tells_what_live_tells(
    store: PostgresStore, tmp_path: Path
) -> None:
    shop = Twins(store, RULES, POLICIES)
    await shop.begin()
    lines = []
    for number, (kind, data) in enumerate(STORY):
        at = later(hours=number)
        await shop.tell(kind, at, **data)
        event = {"id": str(number), "source": "shop", "type": kind, "time": at.isoformat()}
        lines.append(json.dumps(event | {"data": {"shop": SHOP, **data}}))
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines), encoding="utf-8")

    assert sorted(shop.sent()) == ["hello", "hello", "offer"]
    assert simulate(log, shop.ruleset, NOON).to_json()["messages"] == {"delivery": 2, "sales": 1}
