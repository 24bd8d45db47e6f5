"""The codes of all findings: how bad each is, and what it means in a few words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class FindingCode:
    """A kind of finding. An error keeps the rules from being published, a warning does not."""

    name: str
    severity: Severity
    meaning: str


_ALL = (
    FindingCode("J01", "error", "this is not YAML"),
    FindingCode("J02", "error", "unknown key"),
    FindingCode("J03", "error", "missing key"),
    FindingCode("J04", "warning", "text that other YAML readers take for something else"),
    FindingCode("J05", "error", "a sentence that cannot be read"),
    FindingCode("J06", "error", "one name for two things"),
    FindingCode("J07", "error", "unknown name"),
    FindingCode("J08", "error", "a fact that this rule cannot read"),
    FindingCode("J09", "error", "types that do not go together"),
    FindingCode("J10", "warning", "denied, but perhaps unknown"),
    FindingCode("J11", "error", "never true"),
    FindingCode("J12", "warning", "always true, or nothing new"),
    FindingCode("J13", "warning", "another rule does the same"),
    FindingCode("J14", "error", "a line that never gets its turn"),
    FindingCode("J15", "error", "lines of `when` about different things"),
    FindingCode("J16", "error", "one value, set in two ways"),
    FindingCode("J17", "error", "a circle"),
    FindingCode("J18", "error", "the trigger may come again"),
    FindingCode("J19", "error", "once per what?"),
    FindingCode("J20", "error", "silence without an end or an effect"),
    FindingCode("J22", "warning", "an offer in a transactional message"),
    FindingCode("J23", "error", "marketing without consent, or without a way out"),
    FindingCode("J24", "error", "a template that does not fit"),
    FindingCode("J25", "warning", "a wait that nothing ends"),
    FindingCode("J26", "error", "a stop that can never come"),
    FindingCode("J27", "warning", "held longer than it lives"),
    FindingCode("J28", "error", "a link of the time zone chain that leads nowhere"),
    FindingCode("J29", "warning", "perhaps too late already"),
    FindingCode("J30", "warning", "sent into the quiet hours"),
    FindingCode("J31", "warning", "a cap that does nothing, or too much"),
    FindingCode("J32", "warning", "a result that nobody reads"),
    FindingCode("J33", "error", "parameters of an action"),
    FindingCode("J35", "warning", "a rule without a test"),
    FindingCode("J36", "error", "a `todo` that passes"),
    FindingCode("J37", "warning", "what a log says of a rule"),
    FindingCode("J38", "warning", "a rule that is over"),
    FindingCode("J39", "warning", "personal data leaves"),
    FindingCode("J40", "error", "an ignore comment that ignores nothing"),
    FindingCode("J43", "warning", "reviews asked of the happy only"),
    FindingCode("J44", "error", "a count of what there is only one of"),
    FindingCode("J45", "warning", "a stop that came before"),
    FindingCode("J46", "warning", "an answer on which nothing acts"),
    FindingCode("J47", "warning", "a text that comes out otherwise than it is written"),
    FindingCode("J48", "warning", "a language that is translated by half"),
    FindingCode("J49", "warning", "money that two rules would move"),
    FindingCode("J50", "warning", "money in another currency than the shop's"),
    FindingCode("J51", "warning", "a length without its blank"),
    FindingCode("J52", "warning", "a message into its own silence"),
    FindingCode("J53", "warning", "a channel by which nothing here sends"),
)
CODES: Mapping[str, FindingCode] = {one.name: one for one in _ALL}


def severity(code: str) -> Severity:
    """Whether a finding of this code keeps the rules from being published."""
    return CODES[code].severity
