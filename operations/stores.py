"""The store as web and commands see it: they pass it to operations."""

from typing import Protocol

from store.inquiry_ports import Measured, Standings
from store.ports import ActiveRules, EventLog, Store

__all__ = ["Store", "WebStore"]


class WebStore(Protocol):
    """The few ports behind the pages and the API."""

    @property
    def events(self) -> EventLog:
        """The only way in."""
        ...

    @property
    def rulesets(self) -> ActiveRules:
        """Where the active revision is found."""
        ...

    @property
    def inquiries(self) -> Standings:
        """Where the state of one thing is found."""
        ...

    @property
    def overview(self) -> Measured:
        """Where it is found how far behind everything is."""
        ...
