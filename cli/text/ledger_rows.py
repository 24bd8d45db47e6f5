"""How a row of the ledger reads in a terminal."""

from operations.failed_effects import LedgerRow


def ledger_line(one: LedgerRow) -> str:
    """Its key, and below it when it ended, what it is, and why."""
    at = f"{one.at:%Y-%m-%d %H:%M}" if one.at else ""
    why = " ".join(part for part in (one.reason, one.by) if part)
    return f"{one.key}\n    {at}  {one.kind} {one.title}: {one.state}" + (f", {why}" if why else "")
