"""The schemas for editors let every answers, policies and sources file pass that is read, and mark
the usual slips.
"""

from pathlib import Path
from typing import Any

import pytest

from activities.actions.registry import load_actions
from engine.conditions.problems import Problems
from engine.language.nodes import read_nodes
from engine.language.reader import read_known
from engine.language.schemas.file_schemas import SCHEMA_OF
from operations.rules_folder import read_files
from tests.engine.language.folder.test_source_files import SHOPIFY, SPELLED
from tests.engine.language.folders import read
from tests.engine.language.json_schema import faults
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
    return faults(node.plain, SCHEMA_OF[kind](known(OWN)))


def kind_of(path: str) -> str | None:
    if path.endswith(".test.yaml"):
        return None
    names = {"answers.yaml": "answers", "policies.yaml": "policies"}
    return "sources" if path.startswith("sources/") else names.get(path)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_the_files_of_every_folder_of_rules_pass(folder: Path) -> None:
    files = read_files(folder)
    told = {
        path: read_nodes(path, text, Problems()) for path, text in files.items() if kind_of(path)
    }
    assert told
    for path, node in told.items():
        assert node is not None
        assert faults(node.plain, SCHEMA_OF[kind_of(path) or ""](known(files))) == [], path


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
