"""Where the shipped rules and samples are: data under `purna/`; in a checkout the rules are at the
top.
"""

from pathlib import Path

_TOP = Path(__file__).resolve().parents[1]
SAMPLES = _TOP / "purna" / "samples" / "orders.jsonl"


def shipped_rules() -> Path:
    """The folder of shipped rules, with their templates and scenarios."""
    installed = _TOP / "purna" / "rules"
    return installed if installed.is_dir() else _TOP / "rules"
