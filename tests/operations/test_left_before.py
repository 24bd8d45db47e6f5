"""Which messages have left, read from whatever log there is."""

from operations.left_before import NotedMessages, note_left
from store.postgres.store import PostgresStore
from tests.store.shop import NOON

LOG = (
    "Mar  2 12:00:01 mail postfix/cleanup[9]: 4Qx: message-id=<" + "a1" * 16 + "@shop.example>",
    "Mar  2 12:00:02 mail postfix/cleanup[9]: 4Qy: message-id=<b2@somebody.else>",
    "Message-ID: <" + "c3" * 16 + "@shop.example>",
    "c3" * 16 + "@shop.example",
    "sha256=" + "d4" * 32 + "@digest",
)


async def test_every_message_id_of_a_log_is_noted_once(store: PostgresStore) -> None:
    assert await note_left(store, LOG, NOON) == NotedMessages(2, 2)
    assert await note_left(store, LOG, NOON) == NotedMessages(2, 0)
