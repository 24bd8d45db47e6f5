from typing import Any

import pytest

from engine.language.sentences.expand import UnreadableSentence, expand, sentence

DAYS = [{"duration": [30, "day"]}, {"duration": [3, "day"]}]


@pytest.mark.parametrize(
    ("text", "logic"),
    [
        ("review.stars <= 2", {"<=": [{"var": "review.stars"}, 2]}),
        ("order.placed happened by the customer", {"happened": ["order.placed", "customer"]}),
        (
            "7 days after order.delivered at 10:00",
            {"after": [{"duration": [7, "day"]}, "order.delivered", {"at": "10:00"}]},
        ),
        (
            "answer.wait after order.placed by the customer",
            {"after": [{"var": "answer.wait"}, "order.placed", "customer"]},
        ),
        ("30 and 3 days before order.eta", {"before": [DAYS, "order.eta"]}),
        ("2.5 hours before order.eta", {"before": [{"duration": [2.5, "hour"]}, "order.eta"]}),
        ("on order.eta at 09:00", {"on": ["order.eta", {"at": "09:00"}]}),
        (
            "2 hours without shipment.scanned since shipment.shipped",
            {"without": [{"duration": [2, "hour"]}, ["shipment.scanned"], ["shipment.shipped"]]},
        ),
        ("every 2 weeks on tuesday at 10:00", {"every": [2, "week", "tuesday", {"at": "10:00"}]}),
        ("every month on day 31 at 10:00", {"every": [1, "month", "day 31", {"at": "10:00"}]}),
        ("order.placed by the customer", {"event": ["order.placed", "customer"]}),
    ],
)
def test_a_sentence_is_json_and_the_same_sentence_again(text: str, logic: Any) -> None:
    assert expand(text) == logic
    assert sentence(logic) == text


def test_a_mistake_is_shown_under_its_word() -> None:
    with pytest.raises(
        UnreadableSentence, match=r"2 days aftr order.placed\n       \^ aftr cannot stand here"
    ):
        expand("2 days aftr order.placed")
    with pytest.raises(UnreadableSentence, match=r"\^ stars is no fact"):
        expand("stars <= 2")


@pytest.mark.parametrize(
    "logic",
    [
        {"after": 5},
        {"after": []},
        {"after": [{"duration": [2, "day"]}]},
        {"before": [[{"duration": [1, "day"]}, {"duration": [1, "hour"]}], "order.eta"]},
        {"every": [1, "day"]},
        {"every": [1, "year", {"at": "10:00"}]},
        {"event": ["order.placed", "nobody"]},
        {"on": []},
        {"zzz": 1},
        {"and": [True], "or": [True]},
    ],
)
def test_json_that_says_nothing_is_refused(logic: Any) -> None:
    with pytest.raises(UnreadableSentence):
        sentence(logic)


def test_raw_jsonlogic_is_said_in_its_canonical_form() -> None:
    assert sentence({"==": [{"var": ["review.stars"]}, 5]}) == "review.stars = 5"
