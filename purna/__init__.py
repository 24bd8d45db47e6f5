"""What a shop's own code imports: `from purna import action, ActionContext, provider, translator`.

Everything else in the house may change from one version to the next; these names stay.
"""

from activities.actions.registry import (
    ActionContext,
    DurationParameter,
    MoneyParameter,
    Parameters,
    action,
)
from activities.channels.port import (
    Letter,
    MayLeave,
    Provider,
    Refused,
    Stopped,
    Unavailable,
    Unknown,
)
from activities.channels.providers import provider
from engine.sources.translators import Payload, translator

__all__ = [
    "ActionContext",
    "DurationParameter",
    "Letter",
    "MayLeave",
    "MoneyParameter",
    "Parameters",
    "Payload",
    "Provider",
    "Refused",
    "Stopped",
    "Unavailable",
    "Unknown",
    "action",
    "provider",
    "translator",
]
