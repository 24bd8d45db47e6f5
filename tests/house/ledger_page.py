"""Draws the law of the ledger, as a picture and a table, into `docs/ledger.md`:
`python -m tests.house.ledger_page`.
"""

from collections.abc import Iterable

from engine.sending.ledger import LAW, Transition
from tests.paths import ROOT

PAGE = ROOT / "docs" / "ledger.md"
_FROM, _TO = "<!-- drawn from the code -->\n", "<!-- end of the drawing -->\n"


def state_diagram(law: Iterable[Transition[...]]) -> str:
    """The transitions as a Mermaid state diagram; those between the same two states share an
    arrow.
    """
    arrows: dict[tuple[str, str], list[str]] = {}
    for one in law:
        for start in one.from_states:
            for end in one.to_states:
                arrows.setdefault((start, end), []).append(one.name)
    lines = [f"    {start} --> {end}: {', '.join(names)}" for (start, end), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", "    [*] --> wanted", "    [*] --> held", *lines])


def transition_table(law: Iterable[Transition[...]]) -> str:
    """The transitions as a Markdown table, one a row, with what each means."""
    rows = [
        f"| {one.name} | {' · '.join(one.from_states)} | {' · '.join(one.to_states)}"
        f" | {'the owner' if one.by == 'owner' else 'anybody'} | {one.meaning} |"
        for one in law
    ]
    head = ["| transition | from | to | made by | what it is |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def with_the_law(page: str) -> str:
    """The page with the law as the code has it by now."""
    head, _, rest = page.partition(_FROM)
    _, _, tail = rest.partition(_TO)
    drawing = f"```mermaid\n{state_diagram(LAW)}\n```\n\n{transition_table(LAW)}\n"
    return f"{head}{_FROM}{drawing}{_TO}{tail}"


if __name__ == "__main__":
    PAGE.write_text(with_the_law(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
