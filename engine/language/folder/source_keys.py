"""The keys of sources/NAME.yaml: how a sender signs."""

import re
from typing import ClassVar, get_args

from engine.language.forms import Form, Key, Schema
from engine.language.shapes import (
    LENGTH,
    TEXT,
    VERSION,
    either,
    listed,
    matching,
    word,
)
from engine.sources.schemes import SCHEMES, Encoding, Secret, Signed

SETTING = re.compile(r"[A-Z][A-Z0-9_]*")
HEADER = re.compile(r"[A-Za-z0-9-]+")
WORD = re.compile(r"[A-Za-z0-9_-]+")
_NO_FILE = re.compile(rf"(?!.*_FILE$){SETTING.pattern}")


class HeaderPlaceKeys(Form):
    """Where a part of the signature stands: a header, or an item of the signature's header."""

    what = "a place"
    bounds: ClassVar[Schema] = {"minProperties": 1, "maxProperties": 1}
    header = Key(matching(HEADER, "a header"), "A header of its own.", "X-Timestamp")
    item = Key(matching(WORD, "a name"), "An item of the signature's header.", "t")


class SchemeKeys(Form):
    """How a sender signs, spelled out."""

    what = "a scheme"
    header = Key(
        matching(HEADER, "a header"), "The header with the signature.", "X-Signature", needed=True
    )
    encoding = Key[Encoding](
        word(get_args(Encoding)), "How the signature is written.", "hex", needed=True
    )
    signs = Key[Signed](word(get_args(Signed)), "What is signed; by default the body.", "ts.body")
    prefix = Key(TEXT, "What stands before the signature.", "sha256=")
    item = Key(
        matching(WORD, "a name"),
        "Which item of the header the signature is, as v1 in `t=…,v1=…`.",
        "v1",
    )
    timestamp = Key(
        HeaderPlaceKeys.shape(), "Where the time stands that is signed too.", "{item: t}"
    )
    id = Key(HeaderPlaceKeys.shape(), "Where the id stands that is signed too.", "{header: X-Id}")
    secret = Key[Secret](
        word(get_args(Secret)), "How the bytes of the key come from the secret.", "whsec"
    )


class SourceKeys(Form):
    """A sender that signs."""

    what = "a source"
    version = Key(VERSION, "The version of the rule language.", "1", needed=True)
    scheme = Key(
        either(word(tuple(SCHEMES)), SchemeKeys.shape()),
        "A known sender, or how this one signs.",
        "shopify",
        needed=True,
    )
    secret = Key(
        matching(_NO_FILE, "a name in capitals"),
        "The secret stands in the setting PURNA_SOURCE_ with this name.",
        "SHOP",
        needed=True,
    )
    shops = Key(
        listed(TEXT, empty=False),
        "Of which shops it may speak, else of every one; what it says of others is set aside.",
        "[kedai-kopi]",
    )
    tolerance = Key(LENGTH, "How far a signed time may lie from ours; at most a day.", "10 minutes")
