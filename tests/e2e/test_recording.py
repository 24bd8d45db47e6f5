"""What happened to an order on the real parts, written down as a test that passes."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.commands import purna
from tests.e2e.running_shop import RunningShop
from tests.e2e.stories import SHOP, NoonCustomer, today
from tests.paths import RULES


@pytest.fixture
async def unhappy(running: RunningShop, customer: NoonCustomer, order: str) -> str:
    """An order that was delivered and disliked, so that nothing is sold to its customer for a
    while.
    """
    for category in ("review", "sales"):
        await running.tell(customer, "consent.given", today(), consent={"category": category})
    await running.delivered(customer, order, today())
    review = {"id": f"R-{order}", "stars": 1, "text": "Call me, Ana Meyer"}
    await running.tell(customer, "review.received", today(), order={"id": order}, review=review)
    await running.until_next_due(order)
    return order


async def test_the_recorded_test_passes_under_the_rules_of_the_time(
    running: RunningShop, customer: NoonCustomer, unhappy: str, tmp_path: Path
) -> None:
    rules = Path(shutil.copytree(RULES, tmp_path / "rules"))
    file = rules / "journeys" / "recorded.test.yaml"

    said = await purna(
        "test",
        "--record",
        "order",
        unhappy,
        "--shop",
        SHOP,
        "--out",
        file,
        "--home",
        running.parts.home,
    )
    assert (said.code, said.out, said.err) == (0, "", ""), said.err
    played = await purna("test", file)

    assert (played.code, played.out) == (0, "1 passed\n"), played.out
    text = file.read_text()
    assert "{send: parcel_delivered, by: email}" in text
    assert "call: open_support_case" in text
    assert "suppress: [" in text
    assert not [word for word in (customer.id, customer.address, "Ana", "Meyer") if word in text]


async def test_a_recorded_test_is_printed_where_no_file_is_named(
    running: RunningShop, unhappy: str
) -> None:
    said = await purna("test", "--record", "order", unhappy, "--home", running.parts.home)

    assert (said.code, said.out.splitlines()[0]) == (0, "version: 1")


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (("order", "nobody"), "nothing is known of an order nobody"),
        (
            ("journey", "x"),
            "only an order can be recorded, as in `--record order A1`, not a journey",
        ),
    ],
)
async def test_what_cannot_be_recorded_is_told_in_a_sentence(
    running: RunningShop, what: tuple[str, str], sentence: str
) -> None:
    said = await purna("test", "--record", *what, "--home", running.parts.home)

    assert (said.code, said.out, said.err) == (2, "", f"purna: {sentence}\n")
