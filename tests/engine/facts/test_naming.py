import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.naming import Naming, Spot, joined, key_of, own_id, shop_of, spot_in, subject_id
from tests.engine.builders import NAMING


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_subject_names_its_shop_and_its_thing(shop: str, thing: str) -> None:
    subject = subject_id("order", shop, thing)

    assert (shop_of(subject), own_id(subject)) == (shop, thing)


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_two_things_never_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (subject_id("order", *one) == subject_id("order", *other)) is (one == other)


def test_the_journey_of_an_order_is_named_as_its_subject_and_a_customers_tells_nobody() -> None:
    name = NAMING.journey("customer:shop/ana@example.com")

    assert NAMING.journey("order:shop/A1") == "order:shop/A1"
    assert name.startswith("customer:")
    assert "ana" not in name
    assert name == NAMING.journey("customer:shop/ana@example.com")
    assert name != Naming(b"another secret").journey("customer:shop/ana@example.com")


@pytest.mark.parametrize("value", ["A1", "P-1", "a+b", "12:30+01:00", "2026-03-05", "x" * 64])
def test_a_short_plain_value_names_itself(value: str) -> None:
    assert NAMING.plain(value) == value


@pytest.mark.parametrize("value", ["", "a b", "a/b", "x" * 65, "é", "a\n", "a=b"])
def test_any_other_value_is_named_by_its_digest(value: str) -> None:
    assert len(NAMING.plain(value)) == 32


def test_two_things_are_not_read_as_two_others() -> None:
    """A parcel `P+return:X` with a return `Y`, and a parcel `P` with a return `X+return:Y`."""
    pairs = [("P+return:X", "Y"), ("P", "X+return:Y")]

    names = {
        joined([f"shipment:{NAMING.plain(parcel)}", f"return:{NAMING.plain(back)}"])
        for parcel, back in pairs
    }

    assert len(names) == 2


def test_a_value_that_tells_who_somebody_is_is_never_plain() -> None:
    assert NAMING.hidden("A1") != "A1"


def test_a_key_is_its_parts() -> None:
    assert (
        key_of("order:shop/A1", "rule", joined(["a", "b"]), "hello")
        == "order:shop/A1/rule/a+b/hello"
    )


@pytest.mark.parametrize(
    ("key", "spot"),
    [
        ("order:shop/A1/rule/a+b/1.2/hello", Spot(1, 2)),
        ("order:shop/A1/rule/a+b/hello", None),
        ("order:shop/A1/rule/a+b/refund/0", None),
        ("order:shop/A1/rule//hello", None),
    ],
)
def test_a_key_names_the_spot_of_its_action(key: str, spot: Spot | None) -> None:
    assert spot_in(key) == spot
