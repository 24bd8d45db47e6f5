"""A question from outside about one thing: which names it must give, and what is known of the thing
it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.catalog.values import with_article
from engine.facts.history import Happening
from engine.facts.lengths import ID_FORM, is_id
from engine.facts.state import is_erased
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.rules.ruleset import Answer, Ruleset

# By which names a question finds the thing an answer is about. An item has its id within an order,
# a subscription within a customer; a return is known in the whole shop.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "order": ("order",),
    "item": ("order", "item"),
    "return": ("return",),
    "subscription": ("customer", "subscription"),
    "customer": ("customer",),
}
# Where several shops use the same database.
SPARED = ("shop",)


class WrongInquiry(ValueError):
    """A question that names too little, too much or nothing that could be; `field` is the name that
    is wrong.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The thing an answer is asked about, and the order or customer that has it, where that is how
    it is named.
    """

    about: str
    thing: str
    within: tuple[str, str] | None = None
    shop: str | None = None

    @property
    def found_by(self) -> tuple[str, str]:
        """The kind and id of the thing through which its facts are found."""
        return self.within or (self.about, self.thing)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an order and its customer at one moment, and the rules that hold then."""

    ruleset: Ruleset
    subjects: Subjects
    history: tuple[Happening, ...] = ()

    def view(self, inquiry: Inquiry, now: datetime) -> View | None:
        """The facts as seen from the thing that was asked about; None if nothing, or nothing more,
        is known of it.
        """
        if is_erased(self.subjects.customer):
            return None
        view = View(
            self.ruleset, self.subjects, About(inquiry.about, inquiry.thing), now, self.history
        )
        return view if view.is_of_something else None


def inquiry_of(answer: Answer, told: Mapping[str, str]) -> Inquiry:
    """The question that these names ask; `WrongInquiry` says which one is missing, too many or no
    name.
    """
    needed = NEEDED[answer.about]
    for name in told:
        if name not in needed and name not in SPARED:
            raise WrongInquiry(name, f"must not be there: {_why(answer)}")
    for name in needed:
        if name not in told:
            raise WrongInquiry(name, f"must be there: {_why(answer)}")
    for name, text in told.items():
        if not is_id(text):
            raise WrongInquiry(name, ID_FORM)
    within = (needed[0], told[needed[0]]) if needed[0] != answer.about else None
    return Inquiry(answer.about, told[answer.about], within, told.get("shop"))


def _why(answer: Answer) -> str:
    names = " and ".join(NEEDED[answer.about])
    return f"{answer.name} is about {with_article(answer.about)}, which is named by {names}"
