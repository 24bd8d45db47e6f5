"""Why something was not said or done, or not yet."""

from enum import StrEnum


class Reason(StrEnum):
    """Why something was not said, or not yet."""

    CONDITION_FALSE = "condition_false"
    FACT_UNKNOWN = "fact_unknown"
    ALREADY_DONE = "already_done"
    BEING_DONE = "being_done"
    LOST_GROUP = "lost_group"
    STOPPED_BY = "stopped_by"
    OVERTAKEN = "overtaken"
    NO_CONSENT = "no_consent"
    NO_CHANNEL = "no_channel"
    SUPPRESSED_BY = "suppressed_by"
    HOLDOUT = "holdout"
    CAPPED = "capped"
    MIXED = "mixed"
    DIGESTED = "digested"
    HELD_QUIET = "held_quiet"
    BREAKER = "breaker"
    EXPIRED = "expired"
    RULE_REMOVED = "rule_removed"
    SHADOW = "shadow"
    OFF = "off"
    ERASED = "erased"
    ERROR = "error"
    REFUSED = "refused"
    NO_RULE = "no_rule"
    UNKNOWN_CUSTOMER = "unknown_customer"


# What stands in the way of a message of whose `choose` another line holds.
CHOOSE = "choose"
# What a revision has taken out of a rule that goes on: the message itself.
SEND = "send"
