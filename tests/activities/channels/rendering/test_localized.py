from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from activities.channels.rendering.localized import ReaderLocale
from activities.channels.rendering.problem import RenderingFailed
from activities.channels.rendering.templates import CompiledTemplates
from engine.catalog.values import Duration, Money
from tests.activities.channels.rendering.rendering_cases import (
    ENGLISH,
    INDONESIAN,
    shipped,
    written,
)


@pytest.mark.parametrize("customer", [{}, {"first_name": None}])
def test_an_unknown_fact_takes_its_default(customer: dict[str, Any]) -> None:
    assert shipped(customer=customer).text.startswith("Hello there,")


def test_a_thing_that_is_wholly_unknown_takes_its_default() -> None:
    assert written('customer.first_name | or("there")') == "there"
    assert written('shipment.eta | day if shipment.eta is known else "soon"') == "soon"


@pytest.mark.parametrize("shipment", [{}, {"eta": None}])
def test_an_unknown_fact_without_default_fails_and_names_the_template(
    shipment: dict[str, Any],
) -> None:
    with pytest.raises(RenderingFailed, match=r"templates/en/shipped.md \(subject\)"):
        shipped(shipment=shipment)


def test_none_is_never_written() -> None:
    with pytest.raises(RenderingFailed, match="something unknown"):
        written("a", a=None)


@pytest.mark.parametrize(
    ("locale", "day", "on", "at", "total"),
    [
        ("en", "Thursday, 5 March", "5 March 2026", "16:30", "€1,019.90"),
        ("en-US", "Thursday, March 5", "March 5, 2026", "4:30\u202fPM", "€1,019.90"),
        ("id", "Kamis, 5 Maret", "5 Maret 2026", "16.30", "€1.019,90"),
        ("de", "Donnerstag, 5. März", "5. März 2026", "16:30", "1.019,90\xa0€"),
        ("fr", "jeudi 5 mars", "5 mars 2026", "16:30", "1\u202f019,90\xa0€"),
        ("pt-BR", "quinta-feira, 5 de março", "5 de março de 2026", "16:30", "€\xa01.019,90"),
    ],
)
def test_dates_times_and_money_follow_the_language(
    locale: str, day: str, on: str, at: str, total: str
) -> None:
    reader = ReaderLocale(locale, "Europe/Paris")
    moment = datetime(2026, 3, 5, 15, 30, tzinfo=UTC)

    assert written("x | day", reader, x=date(2026, 3, 5)) == day
    assert written("x | date", reader, x=date(2026, 3, 5)) == on
    assert written("x | time", reader, x=moment) == at
    assert written("x | money", reader, x=Money(101_990, "EUR")) == total


def test_a_moment_is_told_in_the_zone_of_the_reader() -> None:
    late = datetime(2026, 3, 5, 18, 30, tzinfo=UTC)

    assert written("x | day", ENGLISH, x=late) == "Thursday, 5 March"
    assert written("x | day", INDONESIAN, x=late) == "Jumat, 6 Maret"
    assert written("x | time", INDONESIAN, x=late) == "01.30"


def test_money_has_the_decimals_of_its_currency() -> None:
    assert written("x | money", INDONESIAN, x=Money(150_000, "IDR")) == "Rp\xa0150.000"
    assert written("x | money", ENGLISH, x=Money(1_234_567, "KWD")) == "KWD\xa01,234.567"


def test_a_value_without_a_filter_is_spoken_too() -> None:
    assert written("x", x=Money(1990, "EUR")) == "€19.90"
    assert written("x", x=date(2026, 3, 5)) == "5 March 2026"
    assert written("x", x=datetime(2026, 3, 5, 15, 30, tzinfo=UTC)) == "5 March 2026, 16:30"
    assert written("x", INDONESIAN, x=Duration(Decimal(2), "day")) == "2 hari"
    assert written("x", x=Duration(Decimal(3), "business day")) == "3 business days"
    assert written("x", x=1200) == "1200"
    assert written("x", INDONESIAN, x=4.5) == "4,5"


@pytest.mark.parametrize("value", [True, [1], {"a": 1}])
def test_what_has_no_words_is_refused(value: Any) -> None:
    with pytest.raises(RenderingFailed, match="cannot be written as it is"):
        written("x", x=value)


@pytest.mark.parametrize("expression", ["x | day", "x | money", "x | time"])
def test_a_filter_refuses_what_it_was_not_made_for(expression: str) -> None:
    with pytest.raises(RenderingFailed, match="not text"):
        written(expression, x="2026-03-05")


@pytest.mark.parametrize(
    ("locale", "items", "expected"),
    [
        ("en", [{"title": "Tea"}], "Tea"),
        ("en", [{"title": "Tea"}, {"title": "Cup"}], "Tea and Cup"),
        ("id", [{"title": "Teh"}, {"title": "Gula"}], "Teh dan Gula"),
        ("en", [], "your order"),
        ("id", [], "pesanan Anda"),
        ("en", [{"sku": "1"}], "your order"),
        ("sw", [], "your order"),
    ],
)
def test_titles_are_joined_as_the_language_does(
    locale: str, items: list[Any], expected: str
) -> None:
    assert (
        written("order.items | titles", ReaderLocale(locale, "UTC"), order={"items": items})
        == expected
    )
    assert written("order.items | titles", ReaderLocale("en", "UTC"), order={}) == "your order"


def test_a_reader_gets_their_own_language_or_the_shop_s_whole() -> None:
    sources = {
        "en/x.md": "---\nsms: '{{ d | day }}'\n---\n",
        "id/x.md": "---\nsms: 'Tiba {{ d | day }}'\n---\n",
    }
    templates = CompiledTemplates(sources, "en")

    def told(locale: str) -> str:
        return templates.render(
            "x", "sms", ReaderLocale(locale, "UTC"), {"d": date(2026, 3, 5)}
        ).text

    assert told("id") == told("id-ID") == told("ID") == "Tiba Kamis, 5 Maret"
    assert told("fr") == told("") == told("no such language") == "Thursday, 5 March"
    assert told("en-US") == "Thursday, March 5"
