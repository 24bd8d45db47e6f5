"""Support cases of a customer: which are open, and which of them a review has opened."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from engine.facts import things
from engine.facts.state import State
from engine.facts.subjects import Suppression

# Topics that helpdesks and rules give to a case about what somebody wrote in a review.
_OF_REVIEW = re.compile(r"review|rating|(?<![a-z])stars?(?![a-z])", re.IGNORECASE)
# So soon after a silence began was a case without a topic opened because of what began it.
_SOON = timedelta(days=1)


def is_open(customer: State | None, case: str) -> bool:
    """Whether a case was opened, or opened again, and not solved since."""
    times = {
        word: things.happened(customer, "case", case, f"support.case_{word}")
        for word in ("opened", "reopened", "solved")
    }
    opened = max((at[1] for word in ("opened", "reopened") if (at := times[word])), default=None)
    solved = times["solved"]
    return opened is not None and (solved is None or solved[1] < opened)


def open_cases(customer: State | None) -> list[str]:
    """The cases of a customer that are open."""
    return [case for case in things.ids_of(customer, "case") if is_open(customer, case)]


def is_of_review(customer: State | None, case: str, silences: Iterable[Suppression]) -> bool:
    """Whether a review has opened a case: its topic says so; or it has none, and a rule had just
    silenced all orders of the customer, as an unhappy review does.
    """
    topic = things.value_of(customer, "case", case, "support.topic")
    if topic:
        return _OF_REVIEW.search(topic) is not None
    opened = things.happened(customer, "case", case, "support.case_opened")
    return opened is not None and any(_has_begun(one, opened[0]) for one in silences)


def _has_begun(silence: Suppression, opened_at: datetime) -> bool:
    return silence.across_customer and silence.starts_at <= opened_at <= silence.starts_at + _SOON
