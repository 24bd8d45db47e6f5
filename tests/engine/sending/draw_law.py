"""Draws the law of the ledger into its page: `python -m tests.engine.sending.draw_law`."""

from engine.sending.law_diagram import state_diagram, transition_table
from engine.sending.ledger import LAW
from tests.paths import ROOT

PAGE = ROOT / "docs" / "ledger.md"
_FROM, _TO = "<!-- drawn from the code -->\n", "<!-- end of the drawing -->\n"


def drawn(page: str) -> str:
    """The page with the law as the code has it by now."""
    head, _, rest = page.partition(_FROM)
    _, _, tail = rest.partition(_TO)
    drawing = f"```mermaid\n{state_diagram(LAW)}\n```\n\n{transition_table(LAW)}\n"
    return f"{head}{_FROM}{drawing}{_TO}{tail}"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
