import pytest

from tests.engine.checks.folders import a_folder, a_rule, found, found_in

ASK = "[{send: hello, by: push, category: review}]"
OWN = """facts:
  customer.at_risk: {type: boolean, default: false, set_by: rules}
  customer.badge: {type: text, personal: true}
segments: {happy: [not customer.at_risk]}"""
MOODY = a_rule(
    "review.received", "[{set: {customer.at_risk: true}}]", "if: review.stars <= 2", name="moody"
)


@pytest.mark.parametrize("fact", ["customer.email", "order.shipping_address", "customer.badge"])
def test_personal_data_in_a_call_is_told(fact: str) -> None:
    assert found_in(
        a_rule("order.placed", f"[{{call: tell_team, with: {{text: {fact}}}}}]"), catalog=OWN
    ) == ["J39 5"]


def test_personal_data_that_policies_attach_is_told() -> None:
    attach = "attach: [{actions: [tell_team], with: {text: customer.phone}}]"

    assert found_in(a_rule("order.placed"), policies=attach) == ["J39 2"]


@pytest.mark.parametrize("value", ["order.id", "customer.tier", "hello"])
def test_other_data_in_a_call_is_left_alone(value: str) -> None:
    assert found_in(a_rule("order.placed", f"[{{call: tell_team, with: {{text: {value}}}}}]")) == []


@pytest.mark.parametrize(
    "more",
    [
        "if: review.stars >= 4",
        "if: review.text contains good",
        "unless: {bad: [review.stars is known, review.stars < 4]}",
    ],
)
def test_a_review_request_that_depends_on_a_mood_is_told(more: str) -> None:
    assert found_in(a_rule("review.received", ASK, more)) == ["J43 5"]


def test_a_mood_is_seen_through_facts_that_rules_set_and_segments() -> None:
    happy = a_rule("order.delivered", ASK, "if: segment.happy", name="happy")

    assert found_in(happy, MOODY, catalog=OWN) == ["J43 5"]
    assert found_in(happy, catalog=OWN) == []


@pytest.mark.parametrize(
    "more", ["if: order.returned = false", "", "if: customer.lifetime_orders >= 2"]
)
def test_a_review_request_that_depends_on_no_mood_is_left_alone(more: str) -> None:
    assert found_in(a_rule("order.delivered", ASK, more)) == []


def test_a_silence_after_stars_may_not_name_review_requests() -> None:
    asks = (
        "categories: [{id: delivery, kind: transactional}, {id: ask, kind: marketing, "
        "asks_review: true}]"
    )
    silence = a_rule(
        "review.received", "[{suppress: ask, at_most: 3 days}]", "if: review.stars <= 2"
    )
    other = a_rule(
        "review.received", "[{suppress: sales, at_most: 3 days}]", "if: review.stars <= 2"
    )

    assert found(a_folder(silence, policies=asks)) == ["J43 5"]
    assert found(a_folder(other)) == []


@pytest.mark.parametrize(
    ("when", "condition"),
    [
        ("return.requested", "number of return.requested within 90 days > 1"),
        ("shipment.delivered", "number of order.placed within 90 days > 1"),
        ("order.placed", "number of order.placed within 3 months >= 2 and order.express"),
    ],
)
def test_a_count_that_can_only_be_one_is_told(when: str, condition: str) -> None:
    assert found_in(a_rule(when, more=f"if: {condition}")) == ["J44 6"]


@pytest.mark.parametrize(
    ("when", "condition"),
    [
        ("return.requested", "number of return.requested by the customer within 90 days > 1"),
        ("order.delivered", "number of return.requested within 90 days > 1"),
        ("shipment.delivered", "number of shipment.scanned within 9 days > 1"),
        ("loyalty.joined", "number of order.placed within 90 days > 1"),
    ],
)
def test_a_count_that_can_be_more_is_left_alone(when: str, condition: str) -> None:
    assert found_in(a_rule(when, more=f"if: {condition}")) == []
