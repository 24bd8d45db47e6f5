# where a sentence cannot be read: what was probably meant, or what may follow
import pytest

from engine.language.sentences.parser import Fault, parse_condition, parse_when


def condition(sentence: str) -> str:
    told = parse_condition(sentence)
    assert isinstance(told, Fault), told
    return told.message


def when(sentence: str) -> str:
    told = parse_when(sentence)
    assert isinstance(told, Fault), told
    return told.message


@pytest.mark.parametrize(
    ("sentence", "hint"),
    [
        ("customer.tier is gold", "gold cannot stand here; write `customer.tier = gold`"),
        (
            "order.express and customer.tier is not gold",
            "not cannot stand here; write `customer.tier != gold`",
        ),
        (
            "customer.tier is in [gold]",
            "in cannot stand here; write `customer.tier in` without `is`",
        ),
        ("order.eta is missing", "missing cannot stand here; write `order.eta is unknown`"),
        ("order.eta is not known", "not cannot stand here; write `order.eta is unknown`"),
        ("order.eta is not missing", "not cannot stand here; write `order.eta is known`"),
        (
            'review.text is "very good"',
            '"very cannot stand here; write `review.text = "very good"`',
        ),
    ],
)
def test_is_says_how_to_compare(sentence: str, hint: str) -> None:
    assert condition(sentence) == hint


@pytest.mark.parametrize(
    "amount", ["80€", "80 €", "$80", "$ 80", "80 eur", "80 euros", "EUR 80", "Rp 80", "£80"]
)
def test_money_written_otherwise_says_how_it_is_written(amount: str) -> None:
    assert condition(f"order.total > {amount}").endswith(
        " cannot stand here; money is written as `80 EUR`"
    )


@pytest.mark.parametrize(
    ("amount", "right"),
    [
        ("80,50 EUR", "80.50"),
        ("1.500,50 EUR and order.express", "1500.50"),
        ("80,000 EUR", "80.000 or 80000"),
        ("2,5 kg", "2.5"),
        ("[1,5] and order.total > 2,5", "2.5"),
    ],
)
def test_a_decimal_comma_says_how_it_is_written(amount: str, right: str) -> None:
    comparison = "in" if amount.startswith("[") else ">"

    assert condition(f"order.total {comparison} {amount}").endswith(
        f"; decimals stand behind a point: write {right}"
    )
    assert (
        when("2,5 days after order.placed")
        == "days cannot stand here; decimals stand behind a point: write 2.5"
    )


@pytest.mark.parametrize("said", ["x.a in [1,5 kg]", "x.a > 80, EUR", "x.a = 5 EUR,", "x.a = 5 6"])
def test_any_other_comma_is_not_taken_for_one(said: str) -> None:
    assert "decimals" not in condition(said)


@pytest.mark.parametrize("said", ["review.stars = 5 6", "review.stars 5", "customer.tier = gold 5"])
def test_nothing_is_said_of_money_where_none_is_meant(said: str) -> None:
    assert "money" not in condition(said)


def test_a_misspelled_unit_or_keyword_says_what_was_meant() -> None:
    assert when("5 dys after order.delivered") == "dys cannot stand here, did you mean days?"
    assert when("every 2 weks on tuesday at 10:00") == "weks cannot stand here, did you mean weeks?"
    assert when("5 days afer order.delivered") == "afer cannot stand here, did you mean after?"
    assert (
        condition("now - order.placed_at > 5 huors")
        == "huors cannot stand here, did you mean hours?"
    )


def test_a_word_near_to_none_is_not_guessed() -> None:
    assert "did you mean" not in when("5 pieces after order.delivered")


@pytest.mark.parametrize(
    "said", ["", "order.total 5", "order.total >", "order.total > 5 %", "(x.a", "x.a in [1 %"]
)
def test_at_most_eight_words_are_said_to_follow(said: str) -> None:
    assert 1 <= len(condition(said).partition("may follow: ")[2].split(" | ")) <= 8


def test_brackets_may_follow_only_where_one_is_open() -> None:
    assert ")" in condition("(order.total > 5 foo)").partition("may follow: ")[2].split(" | ")
    assert ")" not in condition("order.total > 5 foo").partition("may follow: ")[2].split(" | ")
