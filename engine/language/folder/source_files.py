"""sources/NAME.yaml: a sender that signs, and how; the secret itself never stands here."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import cast, get_args

from engine.catalog.values import Duration, FactType
from engine.conditions.condition import Position
from engine.conditions.problems import Problems
from engine.language.fields import KEBAB, Fields, Form, check_version, read_choice, read_text
from engine.language.nodes import Node, read_nodes
from engine.sources.schemes import (
    SCHEMES,
    TOLERANCE,
    Encoding,
    HeaderPlace,
    Scheme,
    Secret,
    Signed,
    Source,
)

FOLDER = "sources/"
SOURCE = Form("a source", ("version", "scheme", "secret"), ("tolerance",))
SCHEME = Form(
    "a scheme", ("header", "encoding"), ("signs", "prefix", "item", "timestamp", "id", "secret")
)
PLACE = Form("a place", (), ("header", "item"))
SETTING = re.compile(r"[A-Z][A-Z0-9_]*")
HEADER = re.compile(r"[A-Za-z0-9-]+")
WORD = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = timedelta(days=1)


def is_source(path: str) -> bool:
    """Whether a file of the folder tells of a source."""
    return path.startswith(FOLDER) and path.endswith(".yaml")


def sources_of(files: Mapping[str, str]) -> dict[str, Source]:
    """The senders that the files of a published ruleset name; they were checked when
    it was read.
    """
    return read_sources(files, Problems())


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
    if not KEBAB.fullmatch(name):
        message = f"{path} names the source: small letters, digits and hyphens, such as sources/our-shop.yaml"
        problems.add("J09", Position(path, 1, 1), message)
    fields = SOURCE.read(node, problems)
    check_version(fields)
    fields.need("scheme", "secret")
    secret = _setting(fields)
    scheme = _scheme(told, problems) if (told := fields.get("scheme")) else None
    tolerance = _tolerance(fields, scheme)
    return Source(name, scheme, secret, tolerance) if scheme and len(problems) == before else None


def _setting(fields: Fields) -> str:
    """The name of the setting; whatever else stands there may be a secret, so that no message
    repeats it.
    """
    if (node := fields.get("secret")) is None:
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
    fields.problems.add("J09", node, message)
    return ""


def _scheme(node: Node, problems: Problems) -> Scheme | None:
    """A scheme by its name, or spelled out."""
    if not isinstance(node.value, dict):
        name = read_choice(node, "scheme", SCHEMES, problems)
        return SCHEMES[name] if name else None
    fields = SCHEME.read(node, problems)
    fields.need(*SCHEME.needed)
    scheme = Scheme(
        header=_matching(fields, "header", HEADER, "a header such as X-Signature"),
        encoding=cast("Encoding", fields.choice("encoding", get_args(Encoding), "hex")),
        signs=cast("Signed", fields.choice("signs", get_args(Signed), "body")),
        prefix=fields.text("prefix"),
        item=_matching(fields, "item", WORD, "the name of an item such as v1"),
        timestamp=_place(fields, "timestamp"),
        id=_place(fields, "id"),
        secret=cast("Secret", fields.choice("secret", get_args(Secret), "text")),
    )
    _check_signed(fields, scheme)
    return scheme


def _check_signed(fields: Fields, scheme: Scheme) -> None:
    """What is signed beside the body must be found somewhere, and what is not signed proves
    nothing.
    """
    parts = re.findall(r"\w+", scheme.signs)
    for key, part in (("timestamp", "ts"), ("id", "id")):
        if part in parts and key not in fields.node.entries:
            fields.problems.add(
                "J03", fields.node, f"signs: {scheme.signs} needs {key}, where its {part} stands"
            )
        if part not in parts and key in fields.node.entries:
            at = fields.node.keys[key]
            fields.problems.add(
                "J02",
                at,
                f"{key} is not signed by `signs: {scheme.signs}`, so that it proves nothing",
            )
    if scheme.item and scheme.prefix:
        fields.problems.add("J02", fields.node.keys["prefix"], "item or prefix, not both")


def _place(fields: Fields, key: str) -> HeaderPlace | None:
    if (node := fields.get(key)) is None:
        return None
    inner = Fields(node, key, PLACE.keys, fields.problems)
    place = HeaderPlace(
        _matching(inner, "header", HEADER, "a header such as X-Timestamp"),
        _matching(inner, "item", WORD, "the name of an item such as t"),
    )
    if len(node.entries) != 1:
        fields.problems.add(
            "J03", node, f"{key} is {{header: …}} or {{item: …}}, an item of the signature's header"
        )
    return place


def _matching(fields: Fields, key: str, form: re.Pattern[str], what: str) -> str:
    if (node := fields.get(key)) is None or (text := read_text(node, fields.problems)) is None:
        return ""
    if not form.fullmatch(text):
        fields.problems.add("J09", node, f"{key} is {what}, not {text[:60]}")
    return text


def _tolerance(fields: Fields, scheme: Scheme | None) -> timedelta:
    told = fields.value("tolerance", FactType("duration"))
    if not isinstance(told, Duration):
        return TOLERANCE
    if not timedelta() < told.nominal <= _LONGEST:
        fields.problems.add(
            "J09", fields.node.entries["tolerance"], "tolerance is more than nothing, at most a day"
        )
    if scheme and not scheme.timestamp:
        fields.problems.add(
            "J02", fields.node.keys["tolerance"], "tolerance is for schemes that sign a time"
        )
    return told.nominal
