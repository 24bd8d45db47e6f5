"""A review of one product, which rules count by."""

from tests.engine.builders import NOON, an_event

REVIEWED = an_event(
    "review.received", NOON, things={"review": "R1"}, data={"review.product_id": "SKU1"}
)
