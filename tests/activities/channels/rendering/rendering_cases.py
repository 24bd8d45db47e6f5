"""Templates and readers for the tests of rendering."""

from datetime import date
from typing import Any

from activities.channels.rendering.localized import ReaderLocale
from activities.channels.rendering.templates import CompiledTemplates, Rendered

SHIPPED = """\
---
subject: "Your parcel arrives {{ shipment.eta | day }}"
sms: "Order {{ order.id }} arrives {{ shipment.eta | day }}: {{ links.tracking }}"
---
Hello {{ customer.first_name | or("there") }},

your parcel with **{{ order.items | titles }}** is on its way. \
[Follow it here]({{ links.tracking }}).
"""
VALUES: dict[str, Any] = {
    "shipment": {"eta": date(2026, 3, 5)},
    "order": {
        "id": "A1",
        "items": [{"title": "Tea"}, {"title": "A kettle"}, {"title": "Two cups"}],
    },
    "customer": {"first_name": "Ana"},
    "links": {
        "tracking": "https://purna.example/t/a_b?x=1&y=2",
        "unsubscribe": "https://purna.example/u/1",
    },
}
ENGLISH = ReaderLocale("en", "Europe/Paris")
INDONESIAN = ReaderLocale("id", "Asia/Jakarta")


def a_mail(
    body: str, reader: ReaderLocale = ENGLISH, subject: str = "Hello", **values: Any
) -> Rendered:
    templates = CompiledTemplates({"en/x.md": f"---\nsubject: '{subject}'\n---\n{body}"}, "en")
    return templates.render("x", "email", reader, values)


def written(expression: str, reader: ReaderLocale = ENGLISH, **values: Any) -> str:
    """What one expression writes in an SMS; the template is in the reader's locale."""
    source = {f"{reader.locale}/x.md": f"---\nsms: '{{{{ {expression} }}}}'\n---\n"}
    return CompiledTemplates(source, reader.locale).render("x", "sms", reader, values).text


def shipped(**changes: Any) -> Rendered:
    return CompiledTemplates({"en/shipped.md": SHIPPED}, "en").render(
        "shipped", "email", ENGLISH, {**VALUES, **changes}
    )
