"""sources/NAME.yaml: a sender that signs, and how; the secret itself never stands here."""

import re
from collections.abc import Mapping
from datetime import timedelta

from engine.conditions.condition import Position
from engine.conditions.problems import Problems
from engine.facts.lengths import ID_FORM, is_id
from engine.language.folder.source_keys import (
    HEADER,
    SETTING,
    WORD,
    HeaderPlaceKeys,
    SchemeKeys,
    SourceKeys,
)
from engine.language.forms import Form
from engine.language.nodes import Node, read_nodes
from engine.language.plain_values import is_kebab, read_choice, read_text
from engine.sources.schemes import (
    SCHEMES,
    TOLERANCE,
    HeaderPlace,
    Scheme,
    Source,
)

FOLDER = "sources/"
_LONGEST = timedelta(days=1)


def is_source(path: str) -> bool:
    """Whether a file of the folder tells of a source."""
    return path.startswith(FOLDER) and path.endswith(".yaml")


def sources_of(files: Mapping[str, str]) -> dict[str, Source]:
    """The senders that the files of a published ruleset name; they were checked when
    it was read.
    """
    return read_sources(files, Problems(of_published=True))


def read_sources(files: Mapping[str, str | bytes], problems: Problems) -> dict[str, Source]:
    """The senders that sign, by the names of their files."""
    found: dict[str, Source] = {}
    for path, content in files.items():
        if not is_source(path) or (node := read_nodes(path, content, problems)) is None:
            continue
        if (source := read_source(path, node, problems)) is not None:
            found[source.name] = source
    return found


def read_source(path: str, node: Node, problems: Problems) -> Source | None:
    """The source of a file, called like the file; None after a problem."""
    before = len(problems)
    name = path.removeprefix(FOLDER).removesuffix(".yaml")
    if not is_kebab(name, problems):
        message = (
            f"{path} names the source: small letters, digits and hyphens, "
            "such as sources/our-shop.yaml"
        )
        problems.add("J09", Position(path, 1, 1), message)
    keys = SourceKeys(node, problems)
    keys.is_complete()
    secret = _setting(keys)
    scheme = _scheme(keys.scheme, problems) if keys.scheme else None
    tolerance, shops = _tolerance(keys, scheme), _shops(keys)
    if scheme is None or len(problems) != before:
        return None
    return Source(name, scheme, secret, tolerance, shops)


def _setting(keys: SourceKeys) -> str:
    """The name of the setting; whatever else stands there may be a secret, so that no message
    repeats it.
    """
    if (node := keys.secret) is None:
        return ""
    if (
        isinstance(node.value, str)
        and SETTING.fullmatch(node.value)
        and not node.value.endswith("_FILE")
    ):
        return node.value
    message = (
        "secret is a name in capitals such as SHOP; the secret itself stands in PURNA_SOURCE_SHOP"
    )
    keys.problems.add("J09", node, message)
    return ""


def _shops(keys: SourceKeys) -> frozenset[str] | None:
    """The shops of which it may speak; None where it says none, and every one is meant."""
    if (shops := keys.shops) is None:
        return None
    if not shops or not all(map(is_id, shops)):
        keys.wrong("J09", "shops", f"shops are names, each of which {ID_FORM}")
    return frozenset(shops)


def _scheme(node: Node, problems: Problems) -> Scheme | None:
    """A scheme by its name, or spelled out."""
    if not isinstance(node.value, dict):
        name = read_choice(node, "scheme", SCHEMES, problems)
        return SCHEMES[name] if name else None
    keys = SchemeKeys(node, problems)
    keys.need()
    scheme = Scheme(
        header=_matching(keys, "header", HEADER, "a header such as X-Signature"),
        encoding=keys.encoding or "hex",
        signs=keys.signs or "body",
        prefix=keys.prefix or "",
        item=_matching(keys, "item", WORD, "the name of an item such as v1"),
        timestamp=_place(keys.timestamp, "timestamp"),
        id=_place(keys.id, "id"),
        secret=keys.secret or "text",
    )
    _check_signed(keys, scheme)
    return scheme


def _check_signed(keys: SchemeKeys, scheme: Scheme) -> None:
    """What is signed beside the body must be found somewhere, and what is not signed proves
    nothing.
    """
    parts = re.findall(r"\w+", scheme.signs)
    for key, part in (("timestamp", "ts"), ("id", "id")):
        if part in parts and key not in keys:
            keys.problems.add(
                "J03", keys.node, f"signs: {scheme.signs} needs {key}, where its {part} stands"
            )
        if part not in parts and key in keys:
            keys.misplaced(
                "J02",
                key,
                f"{key} is not signed by `signs: {scheme.signs}`, so that it proves nothing",
            )
    if scheme.item and scheme.prefix:
        keys.misplaced("J02", "prefix", "item or prefix, not both")


def _place(keys: HeaderPlaceKeys | None, key: str) -> HeaderPlace | None:
    if keys is None:
        return None
    place = HeaderPlace(
        _matching(keys, "header", HEADER, "a header such as X-Timestamp"),
        _matching(keys, "item", WORD, "the name of an item such as t"),
    )
    if len(keys.node.entries) != 1:
        message = f"{key} is {{header: …}} or {{item: …}}, an item of the signature's header"
        keys.problems.add("J03", keys.node, message)
    return place


def _matching(keys: Form, key: str, pattern: re.Pattern[str], what: str) -> str:
    if (node := keys.get(key)) is None or (text := read_text(node, keys.problems)) is None:
        return ""
    if not pattern.fullmatch(text):
        keys.wrong("J09", key, f"{key} is {what}, not {text[:60]}")
    return text


def _tolerance(keys: SourceKeys, scheme: Scheme | None) -> timedelta:
    if (length := keys.tolerance) is None:
        return TOLERANCE
    if not timedelta() < length.nominal <= _LONGEST:
        keys.wrong("J09", "tolerance", "tolerance is more than nothing, at most a day")
    if scheme and not scheme.timestamp:
        keys.misplaced("J02", "tolerance", "tolerance is for schemes that sign a time")
    return length.nominal
