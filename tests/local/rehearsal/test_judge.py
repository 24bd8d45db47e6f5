from datetime import timedelta

from local.rehearsal.judge import TrialLog
from tests.operations.providers import a_provider_of
from tests.store.shop import NAMING, NOON, an_event, the_rules

CALLED = {"customer.phone": "+33612345678"}


def sent() -> list[str]:
    ruleset = the_rules("send: hello", "send: hello, by: [sms]")
    shipped = an_event("shipment.shipped", customer="C1", things={"shipment": "P1"}, data=CALLED)
    log = TrialLog([(NOON, shipped)], ruleset, NAMING, NOON + timedelta(days=1))
    return [row.firing.rule_id for row in log.replayed().values() if row.state == "sent"]


def test_what_nobody_carries_is_not_expected() -> None:
    assert sent() == []


def test_a_provider_of_the_shops_own_is_expected_to_send() -> None:
    with a_provider_of("sms"):
        assert sent() == ["shipped"]
