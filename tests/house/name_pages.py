"""The reference pages of names: events, facts, actions, and what templates know."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from activities.actions.registry import RegisteredAction, load_actions
from activities.channels.rendering.localized import ReaderLocale, Words, otherwise
from activities.channels.rendering.sandbox import Sandbox
from engine.catalog.catalog import EventType, Fact, builtin
from engine.catalog.values import FactType, Money
from engine.language.folder.template_parts import TemplateKeys
from tests.house.form_pages import row

_EVENTS = """\
# Events

Everything that may start a rule, end one, or be counted. `purna events` prints those of a folder,
with its own. An event belongs to a thing; *rank* orders the life of a thing: once a later stage is
reached, a rule that waits for an earlier one is overtaken. *Again* says that it may happen again to
the same thing. *Follows* names the event from which an event is derived, so that no sender states
it. *Takes back* names what counts no more once it was followed by this event, *begins anew* what
counts from then on and not as it was before that which is taken back, *clears* the facts
that are unknown afterwards ([corrections](../rules.md#when-the-world-is-corrected)). Every event
also sets the fact `EVENT_at`, the time at which it happened first, or last where it may happen
again.
"""
_FACTS = """\
# Facts

Everything that a condition may read, that `with` may pass and that a template may say. `purna
facts` prints those of a folder, with its own. A rule about a thing reads the facts of the thing and
of what contains it. *Unknown* says that nobody may have stated it yet; comparing it gives unknown
then. A *derived* fact is worked out from others, and a sender's word for it is passed over. A
*personal* one says something about a person, and is erased with them.
"""
_ACTIONS = """\
# Actions

What `call` may call. The first line of each says what it does; parameters in brackets may be left
out. The fields of a result are read by later actions of the rule under the name in `as`. How an
action of one's own is written, and who carries these out, is told in [Actions](../actions.md).
"""
_TEMPLATES = """\
# Templates

A template is a file `templates/LOCALE/NAME.md`: the keys of its channels between two lines of
`---`, and below them the text of the email, in Markdown. `send: NAME` sends it in the customer's
language, else in the default one.

```markdown
---
subject: "Your parcel is on its way"
sms: "Your parcel is on its way."
---
Hello {{ customer.first_name | or("there") }},

{% if shipment.eta is known %}it should be with you on {{ shipment.eta | day }}.{% endif %}
```
"""
_READ = """\
## What may be read

| name | what it is |
| --- | --- |
| a fact such as `order.total` | as rules read it; unknown where nobody has stated it |
| `answer.NAME` | an answer, worked out when it is read |
| a name of `with` | what the rule passes |
| `links.unsubscribe` | the page on which the customer ends messages of this kind |
| `digest.count` | in the template of a digest: how many messages it carries |
| `digest.messages` | in a digest: its messages, each with `title`, `body` and `unsubscribe` |

## What may be asked

| written | what it does |
| --- | --- |
| `{{ NAME }}` | says a value, escaped for its channel |
| `{% if NAME is known %}…{% else %}…{% endif %}` | depends on whether a value is known |
| `{% for item in order.items %}…{% endfor %}` | a list: `{{ item.title }}`; at most a hundred |
"""
_ON = date(2026, 3, 5)
_AT = datetime(2026, 3, 5, 15, 4, tzinfo=UTC)
_LINES = [{"title": "Mug"}, {"title": "Tea"}]
_SHOWN: dict[str, tuple[str, Any]] = {
    "day": ("order.promised_on", _ON),
    "date": ("order.promised_on", _ON),
    "time": ("order.placed_at", _AT),
    "money": ("order.total", Money(1990, "EUR")),
    "titles": ("order.items", _LINES),
}
# What a rule usually passes for a parameter.
_PASSED = {
    "order": "order.id",
    "return": "return.id",
    "subscription": "subscription.id",
    "parcel": "shipment.tracking_number",
    "stars": "review.stars",
}
_OF_KIND = {"integer": "3", "number": "2.5", "money": "5 EUR", "boolean": "true", "text": "a text"}


def events_page() -> str:
    """Every built-in event, by what it is about."""
    groups = _grouped(builtin().events.values(), lambda event: event.about)
    parts = [
        f"## About the {about}\n\n| event | rank | | what happened |\n| --- | --- | --- | --- |\n"
        + "\n".join(map(_event, events))
        for about, events in groups
    ]
    return "\n\n".join([_EVENTS.strip(), *parts]) + "\n"


def facts_page() -> str:
    """Every built-in fact, by the thing that has it."""
    groups = _grouped(_stated(), lambda fact: fact.owner)
    parts = [
        f"## Of the {owner}\n\n| fact | type | | what it says |\n| --- | --- | --- | --- |\n"
        + "\n".join(map(_fact, facts))
        for owner, facts in groups
    ]
    return "\n\n".join([_FACTS.strip(), *parts]) + "\n"


def actions_page() -> str:
    """Every shipped action."""
    shipped = [
        one
        for _, one in sorted(load_actions().items())
        if one.run.__module__.startswith("activities.actions.shipped.")
    ]
    return (
        "\n\n".join([_ACTIONS.strip(), *(part for one in shipped for part in _action(one))]) + "\n"
    )


def templates_page() -> str:
    """Parts, filters and names of templates."""
    keys = [
        row(f"`{key.name}`", key.words, f"`{key.name}: {key.example}`")
        for key in TemplateKeys.keys.values()
    ]
    parts = "\n".join(
        ["## Parts", "", "| key | what it says | example |", "| --- | --- | --- |", *keys]
    )
    head = ["## Filters", "", "| written | what it says | for example |", "| --- | --- | --- |"]
    return (
        "\n\n".join([_TEMPLATES.strip(), parts, "\n".join([*head, *_filters()]), _READ.strip()])
        + "\n"
    )


def _grouped(items: Iterable[Any], by: Callable[[Any], str]) -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(by(item), []).append(item)
    return list(found.items())


def _event(event: EventType) -> str:
    marks = ["again"] if event.repeats else []
    marks += [f"follows `{event.follows}`"] if event.follows else []
    marks += [f"takes back {_listed(event.takes_back)}"] if event.takes_back else []
    marks += [f"begins anew {_listed(event.anew)}"] if event.anew else []
    marks += [f"clears {_listed(event.clears)}"] if event.clears else []
    rank = "" if event.rank is None else str(event.rank)
    return row(f"`{event.name}`", rank, ", ".join(marks), event.meaning)


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _stated() -> Iterator[Fact]:
    """The facts that are not the time of an event."""
    for fact in builtin().facts.values():
        if not (fact.name.endswith("_at") and fact.name.removesuffix("_at") in builtin().events):
            yield fact


def _fact(fact: Fact) -> str:
    default = f"= `{str(fact.default).lower()}`" if fact.default is not None else ""
    marks = [default] if default else ["unknown"] if fact.optional else []
    marks += [mark for mark in ("derived", "personal") if getattr(fact, mark)]
    return row(f"`{fact.name}`", _type(fact.type), ", ".join(marks), fact.meaning)


def _type(kind: FactType | None) -> str:
    if kind is None:
        return "anything"
    return " ".join(f"`{value}`" for value in kind.values) if kind.kind == "enum" else kind.kind


def _action(one: RegisteredAction) -> Iterator[str]:
    signature = one.signature
    yield f"## `{one.name}`"
    yield signature.summary
    if signature:
        rows = [
            row(f"`{name}`" if spec.required else f"[`{name}`]", _type(spec.type))
            for name, spec in signature.items()
        ]
        yield "\n".join(["| parameter | type |", "| --- | --- |", *rows])
    if one.signature.results:
        fields = [f"`{name}` ({_type(kind)})" for name, kind in one.signature.results.items()]
        yield f"Result: {', '.join(fields)}."
    yield f"```yaml\n- {{{_call(one)}}}\n```"


def _call(one: RegisteredAction) -> str:
    needed = [(name, spec.type) for name, spec in one.signature.items() if spec.required]
    passed = ", ".join(f"{name}: {_value(name, kind)}" for name, kind in needed)
    heard = ", as: result" if one.signature.results else ""
    return f"call: {one.name}{heard}, with: {{{passed}}}" if needed else f"call: {one.name}{heard}"


def _value(name: str, kind: FactType | None) -> str:
    if kind is not None and kind.kind == "enum":
        return kind.values[0]
    return _PASSED.get(name) or _OF_KIND[kind.kind if kind else "text"]


def _filters() -> Iterator[str]:
    words = Words(ReaderLocale("en", "UTC"))
    for name in sorted(one for one in Sandbox(autoescape=False).filters if one[0] != "_"):
        said = inspect.getdoc(otherwise if name == "or" else getattr(Words, name)) or ""
        if name == "or":
            yield row(
                '`{{ customer.first_name | or("there") }}`',
                "The default for what is unknown or blank.",
                "there",
            )
            continue
        fact, value = _SHOWN[name]
        written = f"`{{{{ {fact} | {name} }}}}`"
        yield row(written, said.partition("\n")[0].partition(": ")[0], getattr(words, name)(value))
