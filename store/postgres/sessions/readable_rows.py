"""Rows that somebody looks at: one of which no sense can be made is passed over, and told of in the
log by its kind and number, so that it hides no other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger("purna.rows")


@dataclass(slots=True)
class PassedOver:
    """Counts the rows of one kind that could not be read; `error` is the kind of the last failure,
    since its words may quote a customer.
    """

    what: str
    number: int = 0
    error: str = ""

    def read(self, parse: Callable[..., T], *row: Any) -> T | None:
        """The value of a row; None where no sense can be made of it."""
        try:
            return parse(*row)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it
            self.number, self.error = self.number + 1, type(error).__name__
            return None

    def log(self) -> None:
        """Tell of them, if there are any."""
        if self.number:
            _log.warning(
                "rows that cannot be read are left out",
                rows=self.what,
                number=self.number,
                error=self.error,
            )


def readable(what: str, parse: Callable[..., T], rows: Iterable[tuple[Any, ...]]) -> list[T]:
    """The values of those rows that can be read."""
    passed = PassedOver(what)
    found = [one for row in rows if (one := passed.read(parse, *row)) is not None]
    passed.log()
    return found
