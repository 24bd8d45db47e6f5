"""The findings of `purna doctor`, one line each."""

from collections.abc import Sequence

from operations.doctor import DoctorFinding


def lines_of(findings: Sequence[DoctorFinding]) -> list[str]:
    """What is well, what is not, and what to do then."""
    width = max(len(one.about) for one in findings)
    return [_line(one, width) for one in findings]


def _line(one: DoctorFinding, width: int) -> str:
    todo = f"; {one.todo}" if one.todo else ""
    return f"{'ok' if one.is_ok else 'not':<3}  {one.about:<{width}}  {one.says}{todo}"
