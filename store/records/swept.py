"""What a sweep did, as the relay counts it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Swept:
    """How many journeys were nudged that everybody had forgotten, and how many pages of them, or
    whole parts of the sweep, failed and are left to the next one.
    """

    nudged: int = 0
    failed: int = 0
