"""A message waits for the morning, and in the night its rule is edited: what the rule says by then
is said once, in both stores.
"""

from collections.abc import Sequence

import pytest

from engine.decisions.effects import ActionCall
from engine.language.reader import read_ruleset
from store.postgres.store import PostgresStore
from tests.store.shop import FILES, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC", "tier": "silver"}
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
quiet_hours: {from: "23:00", to: "06:00", then: hold}
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress]}
  - {id: service, kind: transactional, ignores: [cap, suppress, quiet_hours]}
"""
RULE = "\n  - id: edited\n    when: order.placed\n    once_per: customer\n    {does}\n"
NIGHT, MORNING = later(hours=11, minutes=30), later(hours=18)
HELLO, OFFER = "{send: hello, category: delivery}", "{send: offer, category: delivery}"
NOTE = "{call: note, with: {order: order.id}}"
AT_ONCE = "{send: hello, category: service}"


def do(*actions: str) -> str:
    return f"do: [{', '.join(actions)}]"


def choose(tier: str, first: Sequence[str], *rest: str) -> str:
    line = f"{{if: customer.tier = {tier}, do: [{', '.join(first)}]}}"
    return f"choose: [{line}, {{otherwise: [{', '.join(rest)}]}}]"


async def edited(shop: Twins, does: str) -> None:
    files = {"journeys/a.yaml": f"version: 1\nrules:\n{RULE.format(does=does)}"}
    newer = read_ruleset({**FILES, **files, "policies.yaml": POLICIES})
    shop.ruleset = newer
    shop.memory.publish(newer)
    await shop.postgres.rulesets.publish(newer, "tests", "an edit", NIGHT)


async def played(store: PostgresStore, before: str, after: str, *, is_away: bool = False) -> Twins:
    """Something is held in the night or by a mail server that is away, the rule is edited, and the
    morning comes; a second order of the customer's comes later.
    """
    shop = Twins(store, RULE.format(does=before), POLICIES)
    await shop.begin()
    shop.is_mail_away = is_away
    at = later(hours=1) if is_away else NIGHT
    await shop.tell("order.placed", at, order={"id": "A1"}, customer=ANA)
    await edited(shop, after)
    shop.is_mail_away = False
    await shop.pass_time(MORNING)
    await shop.pass_time(MORNING)
    await shop.tell("order.placed", later(days=2), order={"id": "A2"}, customer=ANA)
    return shop


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        # Another message stands in the place of the one that waits.
        (do(HELLO), do(OFFER), ["offer"]),
        (choose("silver", [HELLO], OFFER), do(OFFER), ["offer"]),
        (choose("silver", [HELLO], HELLO), choose("silver", [OFFER], HELLO), ["offer"]),
        (do(HELLO), choose("gold", [HELLO], OFFER), ["offer"]),
        (do(HELLO, HELLO), do(OFFER), ["offer"]),
        # What stands elsewhere by now is said there, and once.
        (do(HELLO), do(OFFER, HELLO), ["hello"]),
        (do(HELLO, OFFER), do(OFFER, HELLO), ["hello", "offer"]),
        (choose("gold", [HELLO], HELLO, OFFER), do(OFFER, HELLO), ["hello", "offer"]),
        # Of two messages by one template the rule has one left.
        (do(HELLO, HELLO), do(HELLO), ["hello"]),
        (do(HELLO, HELLO, OFFER), do(OFFER, HELLO), ["hello", "offer"]),
        # Nothing is left.
        (do(HELLO, NOTE), do(NOTE), []),
    ],
)
@pytest.mark.parametrize("is_away", [False, True])
async def test_what_the_rule_says_by_the_morning_is_said_once(
    store: PostgresStore, before: str, after: str, said: list[str], *, is_away: bool
) -> None:
    shop = await played(store, before, after, is_away=is_away)

    effects = shop.memory.effects.values()
    sent = [one.name for one in effects if one.firing.order == "A1" and one.state == "sent"]
    assert sorted(sent) == said


async def test_what_was_said_before_the_edit_does_not_stand_for_what_waits(
    store: PostgresStore,
) -> None:
    shop = await played(store, do(AT_ONCE, HELLO), do(HELLO))

    assert shop.sent() == ["hello", "hello"]


async def test_what_was_called_before_the_edit_is_not_called_again(store: PostgresStore) -> None:
    shop = await played(store, do(NOTE, HELLO), do(NOTE, OFFER))

    calls = [one.name for one in shop.memory.effects.values() if isinstance(one, ActionCall)]
    assert (shop.sent(), calls) == (["offer"], ["note"])


async def test_the_message_of_the_edited_rule_holds_the_key(store: PostgresStore) -> None:
    shop = await played(store, do(HELLO), do(OFFER))

    assert shop.sent() == ["offer"]
