"""Once-keys are given back when nothing of their firing went out and no gate said so."""

from collections.abc import Sequence
from operator import itemgetter

from engine.decision import Effect
from engine.ledger import gives_key_back
from store.effects import GIVES_BACK, GIVING_BACK
from store.pool import Connection

# The keys are locked before the other effects of the firing are read: of two that end at once, the second sees the
# first, and one of them gives the key back.
_LOCK = """
select 1 from once_keys where rule_id = %(rule_id)s and holder = %(holder)s
order by subject, rule_id, value for update
"""
_GIVE_BACK = f"""
delete from once_keys k where k.rule_id = %(rule_id)s and k.holder = %(holder)s and not exists (
    select 1 from effects where journey = %(journey)s and rule_id = %(rule_id)s and occurrence = %(occurrence)s
        and key <> all(%(ending)s) and not coalesce({GIVES_BACK}, false))
"""  # noqa: S608  # only our own constants are put together


async def give_back(connection: Connection, ending: Sequence[Effect]) -> None:
    """Free the once-keys of these effects' firings where no other effect of the firing was sent or still may be.

    Called before the effects are written: once-keys are locked before messages.
    """
    gone = {effect.key: effect for effect in ending if gives_key_back(effect)}
    firings = {(effect.firing.rule_id, effect.firing.holder): effect.firing for effect in gone.values()}
    for _, firing in sorted(firings.items(), key=itemgetter(0)):
        asked = {
            "rule_id": firing.rule_id,
            "holder": firing.holder,
            "journey": firing.journey,
            "occurrence": firing.occurrence,
            "ending": list(gone),
            "giving_back": GIVING_BACK,
        }
        await connection.execute(_LOCK, asked)
        await connection.execute(_GIVE_BACK, asked)
