"""The law of the ledger as a picture and a table, for people: Mermaid and Markdown."""

from collections.abc import Iterable

from engine.sending.ledger import Transition


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
