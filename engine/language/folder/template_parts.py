"""Templates as rules see them: for which channels each has a part, by name and locale. Rendering
lives elsewhere.
"""

import re

from engine.conditions.condition import Position
from engine.conditions.problems import Problems
from engine.language.forms import Form, Key
from engine.language.nodes import Node, decoded, read_nodes
from engine.language.shapes import TEXT

PATH = re.compile(r"templates/([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*)/([A-Za-z0-9][A-Za-z0-9_-]*)\.md")
# The line under every marketing message, no message itself.
FOOTER = "footer"
_FRONT = re.compile(r"---[ \t]*\n(?:(.*?)\n)?---[ \t]*(?:\n(.*))?", re.DOTALL)


class TemplateKeys(Form):
    """What stands at the head of a template, between its two `---`."""

    what = "a template"
    subject = Key(
        TEXT, "The subject of an email, whose text stands below.", '"Your order is on its way"'
    )
    sms = Key(TEXT, "The whole text of a text message.", '"Your order is on its way."')
    push = Key(TEXT, "The whole text of a push message.", '"Your order is on its way."')
    whatsapp = Key(TEXT, "The whole text of a WhatsApp message.", '"Your order is on its way."')


def read_template(
    file: str, content: str | bytes, problems: Problems, *, is_sentence: bool = False
) -> frozenset[str]:
    """The channels a template has a part for: `sms`, `push`, `whatsapp` by key, email by subject
    and body.

    What only an answer says needs a body and nothing else; it has a part for no channel.
    """
    text = decoded(file, content, problems)
    if text is None:
        return frozenset()
    front = _FRONT.fullmatch(text)
    if is_sentence and (front is None or not (front[1] or "").strip()):
        if not (text if front is None else front[2] or "").strip():
            problems.add(
                "J03",
                Position(file, 1, 1),
                "an answer is said with this template, but it says nothing",
            )
        return frozenset()
    if front is None:
        problems.add(
            "J03",
            Position(file, 1, 1),
            "a template begins with --- and the keys of its channels, then ---",
        )
        return frozenset()
    # The first line is left empty instead of cut off, so that lines keep their numbers.
    node = read_nodes(file, f"\n{front[1] or ''}", problems)
    return frozenset() if node is None else _channels(node, (front[2] or "").strip(), problems)


def _channels(node: Node, body: str, problems: Problems) -> frozenset[str]:
    if node.value is None:
        node = Node({}, node.position)
    keys = TemplateKeys(node, problems)
    texts = {"sms": keys.sms, "push": keys.push, "whatsapp": keys.whatsapp}
    channels = {channel for channel, text in texts.items() if text}
    subject = keys.subject
    if subject and body:
        channels.add("email")
    elif subject or body:
        missing = "body" if subject else "subject"
        problems.add("J03", node, f"an email needs a subject and a body; the {missing} is missing")
    return frozenset(channels)
