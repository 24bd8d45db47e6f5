import io
import json

import pytest

from tests.cli.telling import answer, said

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    "text",
    [
        "review.stars <= 2 and order.returned = false",
        "any order.items where item.category = shoes",
        "2 days after review.received at 10:00",
        "48 hours without shipment.scanned since shipment.shipped",
        "30, 14 and 3 days before loyalty.points_expire_at",
    ],
)
def test_what_is_expanded_is_said_back(capsys: Captured, text: str) -> None:
    logic = said(capsys, "expand", text)

    assert said(capsys, "say", logic).strip() == text
    assert answer(capsys, "expand", text) == json.loads(logic)


def test_a_sentence_may_come_from_stdin(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("review.stars <= 2\n"))

    assert said(capsys, "expand", "-") == '{"<=": [{"var": "review.stars"}, 2]}\n'


def test_a_sentence_that_cannot_be_read_is_a_finding(capsys: Captured) -> None:
    assert said(capsys, "expand", "review.stars <== 2", code=1) == ""


def test_json_that_is_no_logic_is_a_finding(capsys: Captured) -> None:
    assert said(capsys, "say", '{"foo": 1}', code=1) == ""


@pytest.mark.parametrize("text", ["{", "[" * 100_000])
def test_what_is_no_json_cannot_be_said(capsys: Captured, text: str) -> None:
    assert said(capsys, "say", text, code=2) == "purna: that is no JSON\n"
