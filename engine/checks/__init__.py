"""What `purna check` says about rules that can be read: each check is a function over a folder that
yields problems.

The codes that keep a folder from being read come from the reader; those here are about what it
says.
"""

from collections.abc import Callable, Iterable

from engine.checks.checked_folder import Checks, Folder
from engine.checks.circles import check_circles
from engine.checks.codes import CODES, severity
from engine.checks.idle_words import (
    check_by_customer,
    check_counting,
    check_counts,
    check_lonely_silences,
    check_whole_units,
)
from engine.checks.leftovers import check_answers, check_over, check_results, check_tests
from engine.checks.message_limits import (
    check_caps,
    check_channels,
    check_lives,
    check_quiet,
    check_zones,
)
from engine.checks.people import check_personal, check_reviews
from engine.checks.rivals import check_implied, check_lines, check_money, check_settings
from engine.checks.self_silenced import check_self_silenced
from engine.checks.texts.amounts import check_currencies, check_glued
from engine.checks.texts.message_texts import check_offers, check_variables, check_ways_out
from engine.checks.texts.template_values import check_values
from engine.checks.texts.written_forms import check_forms, check_languages
from engine.checks.truth import check_truth
from engine.checks.unknowns import check_unknown
from engine.checks.waits import (
    check_earlier_stops,
    check_idle_stops,
    check_late_dates,
    check_missing_stops,
)
from engine.conditions.problems import Problem

__all__ = ["CERTAIN", "CHECKS", "CODES", "Folder", "checked", "severity"]

# One line for each file, in the order in which they are asked.
CHECKS: tuple[Callable[[Folder], Checks], ...] = (
    *(check_unknown, check_truth),
    *(check_implied, check_lines, check_settings, check_money),
    check_circles,
    *(check_offers, check_ways_out, check_variables, check_values),
    *(check_forms, check_languages),
    *(check_missing_stops, check_idle_stops, check_late_dates, check_earlier_stops),
    *(check_lives, check_zones, check_quiet, check_caps, check_channels),
    *(check_results, check_tests, check_over, check_answers),
    *(check_personal, check_reviews),
    *(check_counts, check_by_customer, check_counting, check_whole_units),
    *(check_lonely_silences, check_currencies, check_glued, check_self_silenced),
)


# Those that are right also where some rules cannot be read: what they find no other rule mends.
_OF_THE_WHOLE = frozenset({check_caps, check_answers, check_tests, check_languages, check_zones})
CERTAIN = tuple(check for check in CHECKS if check not in _OF_THE_WHOLE)


def checked(
    folder: Folder, checks: Iterable[Callable[[Folder], Checks]] = CHECKS
) -> tuple[Problem, ...]:
    """Everything the checks find, by place; the same finding at one place is told once."""
    return tuple(sorted({problem for check in checks for problem in check(folder)}))
