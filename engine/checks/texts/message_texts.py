"""What messages say.

An offer in a message that nobody agreed to (J22), marketing without a way out (J23), and templates
that read what is not there or are given what they do not read (J24).
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from engine.catalog.catalog import closest
from engine.catalog.channels import CHANNELS
from engine.checks.checked_folder import Checks, Folder
from engine.checks.message_limits import messages
from engine.conditions import Scope
from engine.conditions.condition import Position
from engine.conditions.problems import Problem
from engine.language.folder.template_parts import FOOTER
from engine.rules.rule import Call, Rule, Send

LAYOUT = "templates/layout.html"
UNSUBSCRIBE = "links.unsubscribe"
_LINKS = "links."
# What the template of a digest reads of the messages in it.
DIGEST = frozenset({"digest.messages", "digest.count"})
LINKS = frozenset({"tracking", "returns", "preferences", "unsubscribe", "subscription"})
_GIFTS = frozenset({"create_discount_code", "create_referral_code", "recommend"})
# Words of an offer in the languages that most shops write in, and addresses of pages with offers.
_OFFER = re.compile(
    r"\b(discounts?|coupons?|vouchers?|promo(?:tion)?s?|special offers?|on sale|free shipping|buy now"
    r"|\d+ ?% (?:off|less|cheaper)|(?:save|hemat|sparen sie) (?:up to )?\d+ ?%?|limited[ -]time"
    r"|diskon|kupon|gratis ongkir|rabatte?|gutscheine?|remises?|bons? de réduction|descuentos?|cup[oó]n(?:es)?)\b"
    r"|https?://[^\s)]*/(?:sale|offers?|promo|deals?)\b",
    re.IGNORECASE,
)

_OFFER_NAME = re.compile(r"(?:^|[_-])(offer|sale|promo|discount|coupon|voucher)s?(?:$|[_-])")


def check_offers(folder: Folder) -> Checks:
    """J22: what is sent without consent may not sell."""
    for rule, send, category in messages(folder):
        if category.kind == "transactional" and (found := _offer(rule, send, folder)):
            message = f"{found}, but {category.id} is transactional and goes to people who never agreed to offers"
            yield Problem(send.position, message, "J22")


def _offer(rule: Rule, send: Send, folder: Folder) -> str | None:
    gifts = {
        act.name
        for act in rule.actions
        if isinstance(act, Call) and act.action in _GIFTS and act.name
    }
    for argument in send.arguments.values():
        if argument.name and argument.name.partition(".")[0] in gifts:
            return f"{argument.name} is an offer"
    if found := _OFFER_NAME.search(send.template):
        return f"template {send.template} is called {found[1]}"
    for path in _paths(send.template, folder):
        if found := _OFFER.search(folder.ruleset.files.get(path, "")):
            return f"{path} says `{found.group()}`"
    return None


def _paths(template: str, folder: Folder) -> list[str]:
    return [
        f"templates/{locale}/{template}.md" for locale in folder.ruleset.templates.get(template, ())
    ]


def check_ways_out(folder: Folder) -> Checks:
    """J23: marketing goes to those who said yes, and every mail of it shows how to stop it."""
    told: set[str] = set()
    for template, place in _marketing_by_mail(folder):
        if template in told or _shows_way_out(template, folder):
            continue
        told.add(template)
        where = f"{{{{ {UNSUBSCRIBE} }}}} in {LAYOUT}, or a {FOOTER}.md"
        yield Problem(
            place, f"template {template} is marketing without a way to stop it: put {where}", "J23"
        )
    for index, category in enumerate(folder.ruleset.policies.categories):
        if category.kind == "marketing" and category.consent == "none":
            message = f"{category.id} is marketing that nobody agreed to: say `consent: opt_in`"
            yield Problem(folder.policy("categories", index), message, "J23")


def _marketing_by_mail(folder: Folder) -> Iterator[tuple[str, Position]]:
    """The templates in which marketing leaves by mail, with the places that say so."""
    for _, send, category in messages(folder):
        by_mail = "email" in (send.by or CHANNELS) and "email" in folder.ruleset.channels_of(
            send.template
        )
        if category.kind == "marketing" and by_mail:
            yield send.template, send.position
    if digest := folder.ruleset.policies.digest:
        kinds = {
            one.kind for one in folder.ruleset.policies.categories if one.id in digest.categories
        }
        if "marketing" in kinds and "email" in folder.ruleset.channels_of(digest.template):
            yield digest.template, folder.policy("digest", "template")


def _shows_way_out(template: str, folder: Folder) -> bool:
    if folder.reads is None:
        return True
    footer = f"templates/{folder.ruleset.policies.shop.locale}/{FOOTER}.md"
    if any(UNSUBSCRIBE in folder.reads.get(path, ()) for path in (LAYOUT, footer)):
        return True
    # A folder with neither gets a plain footer, which shows the way out.
    if LAYOUT not in folder.reads and not any(
        path.endswith(f"/{FOOTER}.md") for path in folder.reads
    ):
        return True
    return all(UNSUBSCRIBE in folder.reads.get(path, ()) for path in _paths(template, folder))


def check_variables(folder: Folder) -> Checks:
    """J24: a template reads facts, answers, links and what the rule gives it; and it reads all that
    it is given.
    """
    if folder.reads is None:
        return
    for rule in folder.rules:
        for action in rule.actions:
            if isinstance(action, Send):
                spoken = _Spoken(
                    action.template,
                    f"rule {rule.id}",
                    folder.scope(rule.about),
                    action.arguments,
                    LINKS,
                )
                yield from _missing(spoken, folder)
                yield from _unused(action, folder)
    for answer in folder.ruleset.answers.values():
        if answer.say:
            spoken = _Spoken(answer.say, f"answer {answer.name}", folder.scope(answer.about))
            yield from _missing(spoken, folder)
    if digest := folder.ruleset.policies.digest:
        # It may be carried by a message about anything: only what every customer has is there for
        # certain.
        by, scope = "the digest of policies.yaml", folder.scope("customer")
        yield from _missing(_Spoken(digest.template, by, scope, DIGEST, LINKS), folder)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A template with who speaks it, and what it may read there; an answer has no links, for it is
    not a message.
    """

    template: str
    by: str
    scope: Scope
    arguments: Container[str] = ()
    links: frozenset[str] = frozenset()


def _missing(spoken: _Spoken, folder: Folder) -> Checks:
    scope = spoken.scope
    links = [f"{_LINKS}{link}" for link in spoken.links]
    for path in _paths(spoken.template, folder):
        for name in sorted((folder.reads or {}).get(path, ())):
            if name in spoken.arguments or name.partition(".")[0] in spoken.arguments:
                continue
            known = _known(name, scope, links)
            why = scope.unavailable(known) if known and known not in links else None
            if known is None or why:
                meant = "" if known else _meant(name, [*scope.names, *links])
                message = f"{why or f'unknown variable {name}{meant}'} ({spoken.by})"
                yield Problem(_place(path, name, folder), message, "J24")


def _known(name: str, scope: Scope, links: Container[str]) -> str | None:
    """The fact that a variable names, or one that it is a part or the whole of."""
    if name.startswith(_LINKS):
        return name if name in links else None
    words = name.split(".")
    begun = (".".join(words[:count]) for count in range(len(words), 1, -1))
    found = next((one for one in begun if scope.knows(one)), None)
    return found or next((one for one in scope.names if one.startswith(f"{name}.")), None)


def _meant(name: str, names: list[str]) -> str:
    meant = closest(name, names)
    return f", did you mean {meant}?" if meant else "; give it to the template by `with`"


def _unused(send: Send, folder: Folder) -> Checks:
    read = {name.partition(".")[0] for name in _read(send, folder)}
    given = folder.node(send).entries.get("with")
    for key in send.arguments:
        if key not in read and given is not None:
            yield Problem(
                given.keys.get(key, send.position),
                f"template {send.template} does not read {key}",
                "J24",
            )


def _read(send: Send, folder: Folder) -> Iterator[str]:
    for path in _paths(send.template, folder):
        yield from (folder.reads or {}).get(path, ())


def _place(path: str, name: str, folder: Folder) -> Position:
    text = folder.ruleset.files.get(path, "")
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", text)
    if found is None:
        return Position(path, 1, 1)
    before = text[: found.start()]
    return Position(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
