"""The schemas for editors let every file pass that is read, and mark the usual slips."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from activities.actions.registry import load_actions
from engine.conditions.problems import Problems
from engine.language.nodes import read_nodes
from engine.language.reader import read_known
from engine.language.schemas.file_schemas import KINDS, schema_of
from operations.rules.rules_folder import read_files
from tests.engine.language.editor import faults
from tests.engine.language.folder.test_source_files import SHOPIFY, SPELLED
from tests.engine.language.folders import read
from tests.paths import ROOT

FOLDERS = (
    ROOT / "rules",
    ROOT / "bench/chaos/shop",
    ROOT / "bench/load/rules",
    *(one.parent for one in sorted(ROOT.glob("tests/*/rules/journeys"))),
)
OWN = {
    "catalog.yaml": "version: 1\nevents: {carrier.fell_silent: {about: customer}}\n",
    "templates/en/hello.md": "---\nsubject: Hello\n---\nHello.\n",
}


def known(files: Any) -> Any:
    return read_known(files, load_actions().specs())


def marks(kind: str, text: str) -> list[str]:
    """What an editor would mark in a file of this kind."""
    node = read_nodes(kind, text, Problems())
    assert node is not None
    return faults(node.plain, schema_of(kind, known(OWN)))


def kind_of(path: str) -> str | None:
    if path.endswith(".test.yaml"):
        return "tests"
    if not path.endswith(".yaml"):
        return None
    folder, slash, _ = path.partition("/")
    return folder if slash else path.removesuffix(".yaml")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_the_files_of_every_folder_of_rules_pass(folder: Path) -> None:
    files = read_files(folder)
    told = {
        path: read_nodes(path, text, Problems()) for path, text in files.items() if kind_of(path)
    }
    assert told
    for path, node in told.items():
        assert node is not None
        assert faults(node.plain, schema_of(kind_of(path) or "", known(files))) == [], path


def empty_enums(schema: Any) -> list[Any]:
    inner = schema.values() if isinstance(schema, dict) else schema
    found = [schema] if isinstance(schema, dict) and schema.get("enum") == [] else []
    return found + [
        one for item in inner if isinstance(item, dict | list) for one in empty_enums(item)
    ]


def misread_refs(schema: Any) -> list[Any]:
    """References with something beside them, which draft 7 does not read."""
    inner = schema.values() if isinstance(schema, dict) else schema
    found = [schema] if isinstance(schema, dict) and "$ref" in schema and len(schema) > 1 else []
    return found + [
        one for item in inner if isinstance(item, dict | list) for one in misread_refs(item)
    ]


BARE: dict[str, str] = {}
WITHOUT_ACTIONS = read_known(BARE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "folder", [known(read_files(ROOT / "rules")), known(BARE), WITHOUT_ACTIONS]
)
def test_every_schema_is_one_by_the_metaschema_and_has_no_empty_enum(
    kind: str, folder: Any
) -> None:
    schema = schema_of(kind, folder)

    Draft7Validator.check_schema(schema)
    assert empty_enums(schema) == []
    assert misread_refs(schema) == []


def test_what_a_folder_has_none_of_fits_nothing() -> None:
    schema = schema_of("journeys", known(BARE))
    rule = {"id": "a", "when": "order.placed", "do": {"send": "hello", "category": "delivery"}}

    assert faults({"version": 1, "rules": [rule]}, schema)


EVERYTHING = """
version: 1
time_zone: {from: customer.time_zone, otherwise: Asia/Jakarta}
locale: en
currency: IDR
calendar: {country: ID, weekend: [], closed: [2026-12-24]}
quiet_hours: {from: "21:00", to: "08:00", then: drop, channels: sms}
categories:
  - {id: delivery, kind: marketing, title: Your tier, consent: none}
  - {id: sales, kind: marketing, asks_review: false, essential: false, ignores: []}
caps: {at_most: 2, per: 7 days, categories: [delivery, sales], then: hold, valid_for: 3 days}
holdout: {percent: 2.5, by: customer.id, salt: spring, categories: sales}
groups: {on-the-way: []}
mix: [{never_two_in_a_row: [sales, delivery], then: hold, valid_for: 7 days,
    forgotten_after: 14 days}]
digest: {categories: [delivery, sales], at_least: 3, template: hello, send_at: "10:00"}
breakers:
  - {id: silent, if: now - carrier.last_scan_at >= 12 hours, holds: a-rule, at_most: 2 days,
        tell_team: true,
     emit: carrier.fell_silent}
attach: {actions: open_support_case, with: {order: order.id}}
recommend: {source: co_purchase, never: {bought: item.quantity > 1}}
"""


def test_every_key_of_policies_passes_and_is_read() -> None:
    assert marks("policies", EVERYTHING) == []
    assert read(policies=EVERYTHING, catalog=OWN["catalog.yaml"])


@pytest.mark.parametrize(
    "line",
    [
        "quiet_ours: {from: '21:00', to: '08:00'}",
        "quiet_hours: {from: 9pm, to: '08:00'}",
        "quiet_hours: {from: '21:00'}",
        "time_zone: {from: customer.zone, otherwise: UTC}",
        "time_zone: Asia/Jakarta",
        "currency: euro",
        "calendar: {weekend: [Sonntag]}",
        "categories: [{id: sales}]",
        "categories: [{id: sales, kind: advertising}]",
        "categories: [{id: sales, kind: marketing, ignores: [caps]}]",
        "caps: [{at_most: 2, per: week, categories: [sales]}]",
        "caps: [{at_most: -1, per: 7 days, categories: [sales]}]",
        "caps: [{at_most: 2, per: 7 days, categories: [ads]}]",
        "holdout: {percent: 5, categories: [sales]}",
        "digest: {categories: [sales], template: hallo}",
        "breakers: [{id: a, if: order.express, holds: b}]",
        "breakers: [{id: a, if: order.express, holds: b, at_most: 1 day, emit: order.placed}]",
        "attach: [{actions: open_case, with: {}}]",
        "recommend: {never: {Not Good: true}}",
    ],
)
def test_a_slip_in_policies_is_marked(line: str) -> None:
    assert marks("policies", f"version: 1\n{line}\n")


@pytest.mark.parametrize(
    "answer",
    [
        (
            "{type: days, starts: order.delivered_at, first: [{if: order.express, then: 3 days}, "
            "{otherwise: 2 days}]}"
        ),
        "{type: [none, strict], for: return, first: {otherwise: none}, say: hello}",
        (
            "{type: money, first: [{otherwise: 5 EUR}], plus: [{if: [order.express, "
            "order.returned], then: 1 EUR}]}"
        ),
        (
            "{type: boolean, for: item, first: [{if: {'<=': [{var: item.quantity}, 1]}, then: "
            "true}, {otherwise: false}]}"
        ),
    ],
)
def test_every_key_of_an_answer_passes(answer: str) -> None:
    assert marks("answers", f"version: 1\nanswers: {{fee: {answer}}}") == []


@pytest.mark.parametrize(
    "answers",
    [
        "{Fee: {type: money, first: [{otherwise: 5 EUR}]}}",
        "{fee: {type: dollars, first: [{otherwise: 5 EUR}]}}",
        "{fee: {first: [{otherwise: 5 EUR}]}}",
        "{fee: {type: money, first: []}}",
        "{fee: {type: money, first: [{if: order.express}]}}",
        "{fee: {type: money, first: [{otherwise: 5 EUR}], for: parcel}}",
        "{fee: {type: money, first: [{otherwise: 5 EUR}], starts: order.delivrd}}",
        "{fee: {type: money, first: [{otherwise: 5 EUR}], says: hello}}",
        "[{fee: 5 EUR}]",
    ],
)
def test_a_slip_in_answers_is_marked(answers: str) -> None:
    assert marks("answers", f"version: 1\nanswers: {answers}")


@pytest.mark.parametrize("text", [SHOPIFY, SPELLED])
def test_a_source_passes(text: str) -> None:
    assert marks("sources", text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("secret: CARRIER", "secret: s3cr3t"),
        ("secret: CARRIER", "secret: CARRIER_FILE"),
        ("encoding: hex", "encoding: base32"),
        ("  encoding: hex\n", ""),
        ("signs: id.ts.body", "signs: ts"),
        ("{item: t}", "{item: t, header: X}"),
        ("header: X-Signature", "header: X Signature"),
        ("tolerance: 10 minutes", "tolerance: soon"),
        ("version: 1", "version: 2"),
    ],
)
def test_a_slip_in_a_source_is_marked(old: str, new: str) -> None:
    assert old in SPELLED
    assert marks("sources", SPELLED.replace(old, new))


def test_a_sender_that_is_unknown_is_marked() -> None:
    assert marks("sources", SHOPIFY.replace("shopify", "shopfy"))


OWN_CATALOG = """
version: 1
events: {setup.started: {about: order, repeats: true, facts: {setup.product: optional text}}}
facts:
  customer.at_risk: {type: boolean, default: false, set_by: rules, personal: false}
  customer.tier: {type: [none, gold], default: none}
  order.gift: {type: text, optional: true}
  order.note: text?
segments: {lapsed: [customer.lifetime_orders >= 1, not customer.at_risk], big: order.total is known}
"""


def test_every_key_of_a_catalog_passes() -> None:
    assert marks("catalog", OWN_CATALOG) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("about: order", "about: basket"),
        ("about: order, ", ""),
        ("setup.started:", "setup:"),
        ("repeats: true", "repeat: true"),
        ("optional text", "optional txt"),
        ("set_by: rules", "set_by: me"),
        ("segments:", "segment:"),
        ("{lapsed:", "{Lapsed:"),
        ("type: text,", ""),
    ],
)
def test_a_slip_in_a_catalog_is_marked(old: str, new: str) -> None:
    assert old in OWN_CATALOG
    assert marks("catalog", OWN_CATALOG.replace(old, new, 1))


STORY = """
version: 1
people:
  ana: {id: C1, first_name: Ana, consents: [sales], loyalty: {points_balance: 3}}
  ben: {holdout: in}
tests:
  - name: a test of everything
    customer: ana
    orders: {A1: {total: 80 EUR}, B1: {customer: ben}}
    only: [a-rule]
    results: {create_discount_code: [{value: SAVE}, fails]}
    starts: 2026-03-02 10:00 Europe/Paris
    todo: not yet
    story:
      - {at: -2 days, sent: hello, category: sales, by: email, order: A1, customer: ana}
      - {at: 0h, event: review.received, happened: -1h, times: 2, review: {stars: 2}, order: A1}
      - {at: 1 day, ask: return_window, of: {order: A1}, expect: {is: 30 days, open: true}}
      - at: 2026-03-04 15:00
        expect:
          - {send: hello, by: email, at: 2h, order: A1, to: ana, says: [Ana], with: {code: SAVE}}
          - {suppress: all marketing, ends: 2026-05-01}
          - {call: open_support_case, with: {stars: 2}}
          - {grant: free_returns, ends: 30 days}
        because: {a-rule: waiting until 78h, b-rule: {A1: condition_false}}
      - {at: 5 days, expect: nothing}
"""
ANSWER = "version: 1\nanswers: {return_window: {type: days, first: {otherwise: 3 days}}}\n"


def marks_of_tests(text: str) -> list[str]:
    node = read_nodes("tests", text, Problems())
    assert node is not None
    return faults(
        node.plain, schema_of("tests", known({**OWN, "answers.yaml": ANSWER}), {"a-rule"})
    )


def test_every_key_of_a_test_passes() -> None:
    assert marks_of_tests(STORY) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("only: [a-rule]", "only: [a-rul]"),
        ("holdout: in", "holdout: yes"),
        ("event: review.received", "event: review.receivd"),
        ("event: review.received", "evnt: review.received"),
        ("review: {stars: 2}", "review: {star: 2}"),
        ("review: {stars: 2}", "reviw: {stars: 2}"),
        ("times: 2", "time: 2"),
        ("sent: hello", "sent: helo"),
        ("category: sales", "category: sale"),
        ("ask: return_window", "ask: return_windw"),
        ("of: {order: A1}", "of: {parcel: A1}"),
        ("expect: {is: 30 days", "expect: {was: 30 days"),
        ("send: hello", "send: helo"),
        ("by: email, at", "by: fax, at"),
        ("grant: free_returns, ends", "grant: free_returns, end"),
        ("waiting until", "waitin until"),
        ("at: 2h", "at: soon"),
        ("2026-03-02 10:00 Europe/Paris", "tomorrow"),
        ("name: a test of everything\n    ", ""),
    ],
)
def test_a_slip_in_a_test_is_marked(old: str, new: str) -> None:
    assert old in STORY
    assert marks_of_tests(STORY.replace(old, new, 1))
