"""The shop whose messages are counted is the one that activities are tested on."""

from tests.activities.conftest import order, shop

__all__ = ["order", "shop"]
