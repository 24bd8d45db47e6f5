"""How a template uses a name: whether it writes it, through which filter, and whether it has made
sure that it is known.
"""

from dataclasses import dataclass
from typing import Literal

from engine.conditions.condition import Position

# written: its value stands in the text · looped: its elements are gone through · counted: it is
# compared with a number or reckoned with · read: anything else, such as a question.
Role = Literal["written", "looped", "counted", "read"]


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """One place of a template that uses a name.

    `name` is as the template spells it; what begins with the variable of a loop has the name of the
    list in `listed`, and so has an element that is named by its place (`order.items[0].title`).
    `filter` is the first that its value goes through, and `is_granted` says that
    the template has asked for it or has a default.
    """

    position: Position
    name: str
    role: Role = "read"
    filter: str | None = None
    is_granted: bool = False
    listed: str | None = None

    @property
    def key(self) -> str:
        """Of an element the name within it, empty for the element as a whole."""
        return self.name.partition("]" if self.is_placed else ".")[2].removeprefix(".")

    @property
    def is_placed(self) -> bool:
        """Whether it names an element by its place, where perhaps there is none."""
        return "[" in self.name
