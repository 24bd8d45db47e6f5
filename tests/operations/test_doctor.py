import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from activities.channels.providers import PROVIDERS
from compose.examined_parts import examined_parts
from compose.store import naming_of, store_at
from local.embedded.ports import Ports
from local.mail_sink.__main__ import Sink
from operations.doctor import DoctorFinding, examine
from operations.rules.rules_folder import read_rules
from store.postgres.installation import claim_naming
from store.postgres.sessions.migrate import migrate
from tests.conftest import CreateDatabase
from tests.paths import ROOT

SECRET, TOKEN = "x" * 32, "t" * 32


@pytest.fixture(scope="module")
async def smtp_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder = tmp_path_factory.mktemp("sink")
    port = Ports(folder / "ports.json").choose("smtp")
    sink = Sink(folder / "mail", port)
    await sink.start()
    yield f"smtp://127.0.0.1:{port}?tls=none"
    await sink.stop()


@pytest.fixture(scope="module")
async def whole(
    create_database: CreateDatabase, temporal_address: str, smtp_url: str
) -> dict[str, str]:
    """The settings of an installation that has everything."""
    url = await create_database("template1")
    migrate(url)
    async with store_at(url, SECRET) as store:
        now = datetime.now(UTC)
        await store.rulesets.publish(read_rules(ROOT / "rules"), "doctor", "a test", now)
    return {
        "PURNA_DATABASE_URL": url,
        "PURNA_SECRET": SECRET,
        "PURNA_API_TOKEN": TOKEN,
        "PURNA_SMTP_URL": smtp_url,
        "PURNA_SENDER": "Shop <shop@purna.example>",
        "TEMPORAL_ADDRESS": temporal_address,
    }


async def findings(
    settings: dict[str, str], off: timedelta = timedelta()
) -> dict[str, DoctorFinding]:
    installation = examined_parts(settings, lambda: datetime.now(UTC) + off)
    return {one.about: one for one in await examine(installation)}


async def test_an_installation_that_has_everything_is_well(whole: dict[str, str]) -> None:
    found = await findings(whole)

    assert list(found) == [
        "database", "migrations", "rules", "clocks", "Temporal", "secrets", "mail",
    ]  # fmt: skip
    assert [one for one in found.values() if not one.is_ok] == []
    assert found["migrations"].says.endswith("up to date")
    assert found["Temporal"].says.endswith("namespace default")


async def test_how_far_a_refold_has_come_is_told_and_nothing_is_to_be_done(
    whole: dict[str, str],
) -> None:
    url = whole["PURNA_DATABASE_URL"]
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("update activations set refolded = 'order:shop/A7'")
        try:
            found = await findings(whole)
        finally:
            await connection.execute("update activations set refolded = null")

    assert found["rules"].is_ok
    assert found["rules"].says.endswith("page by page: up to order:shop/A7")


async def test_a_database_without_tables_says_what_to_run(
    whole: dict[str, str], create_database: CreateDatabase
) -> None:
    found = await findings(whole | {"PURNA_DATABASE_URL": await create_database("template1")})

    assert found["migrations"] == DoctorFinding(
        "migrations", "there are no tables", "run: purna migrate"
    )
    assert found["rules"].todo == "run: purna publish rules"
    assert found["database"].is_ok


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "PURNA_DATABASE_URL is not set"),
        ("postgresql://purna:hush@127.0.0.1:1/purna", "it does not answer: "),
        ("postgresql://purna:hush%zz@127.0.0.1/purna", "PURNA_DATABASE_URL is no address"),
        ("postgresql://purna:pass@hush@127.0.0.1/purna", "PURNA_DATABASE_URL is no address"),
        ("postgresql://purna:pass/hush@127.0.0.1/purna", "PURNA_DATABASE_URL is no address"),
        ("postgresql://purna:12/hush@127.0.0.1/purna", "PURNA_DATABASE_URL is no address"),
        ("postgresql://purna:1/2@hush:3@127.0.0.1/purna", "PURNA_DATABASE_URL is no address"),
        ("postgresql://purna:pass#hush@127.0.0.1:1/purna", "it does not answer: "),
        ("postgresql://purna:hush@nowhere.invalid/purna", "it does not answer: "),
    ],
)
async def test_a_database_that_is_away_leaves_the_other_findings(
    whole: dict[str, str], url: str, says: str
) -> None:
    found = await findings(whole | {"PURNA_DATABASE_URL": url})

    assert found["database"].says.startswith(says)
    assert found["migrations"].says == found["clocks"].says == "unknown"
    assert found["Temporal"].is_ok
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value", "about", "says"),
    [
        ("TEMPORAL_ADDRESS", "127.0.0.1:1", "Temporal", "it does not answer: "),
        ("TEMPORAL_ADDRESS", "", "Temporal", "TEMPORAL_ADDRESS is not set"),
        ("TEMPORAL_NAMESPACE", "nowhere", "Temporal", "it does not know the namespace nowhere"),
        ("PURNA_SECRET", "short", "secrets", "PURNA_SECRET is too short"),
        ("PURNA_API_TOKEN", "", "secrets", "PURNA_API_TOKEN is not set"),
        ("PURNA_API_TOKEN", "guess", "secrets", "a token in PURNA_API_TOKEN has less than 16"),
        ("PURNA_API_TOKEN", "north:", "secrets", "PURNA_API_TOKEN is not right"),
        ("PURNA_SMTP_URL", "", "mail", "PURNA_SMTP_URL is not set"),
        ("PURNA_SMTP_URL", "http://mail", "mail", "a mail server is written smtp://"),
        ("PURNA_SMTP_URL", "smtp://127.0.0.1:1?tls=none", "mail", "no letter could be handed"),
    ],
)
async def test_what_is_wrong_is_told_with_what_to_do(
    whole: dict[str, str], name: str, value: str, about: str, says: str
) -> None:
    found = await findings(whole | {name: value})

    assert found[about].says.startswith(says)
    assert found[about].todo
    assert [one.about for one in found.values() if not one.is_ok] == [about]


async def test_code_of_the_shop_that_is_broken_is_told(
    whole: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text("1 / 0")
    found = await findings(whole | {"PURNA_CODE": str(tmp_path / "shop.py")})

    assert "shop.py cannot be loaded: shop.py, line 1: ZeroDivisionError" in found["mail"].says
    assert found["mail"].todo


async def test_with_a_provider_of_its_own_no_mail_server_is_asked_for(
    whole: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(
        "from purna import provider\n@provider('email')\nasync def ours(settings): yield\n"
    )
    code = {"PURNA_CODE": str(tmp_path / "shop.py"), "PURNA_SMTP_URL": "", "PURNA_SENDER": ""}
    try:
        found = await findings(whole | code)
    finally:
        PROVIDERS.pop("email", None)

    assert found["mail"] == DoctorFinding("mail", "a provider of your own carries it")


async def test_a_secret_that_the_database_was_not_begun_with_is_told(
    whole: dict[str, str], create_database: CreateDatabase
) -> None:
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    await claim_naming(url, naming_of(SECRET))
    there = whole | {"PURNA_DATABASE_URL": url}

    other = await findings(there | {"PURNA_SECRET": "y" * 32})
    retired = await findings(there | {"PURNA_SECRET": "y" * 32, "PURNA_NAMING_SECRET": SECRET})

    assert other["secrets"].todo.startswith("put the one it was begun with back")
    assert retired["secrets"].is_ok
    assert (await findings(there))["secrets"].is_ok


async def test_clocks_that_go_apart_are_told(whole: dict[str, str]) -> None:
    found = await findings(whole, off=timedelta(seconds=30))

    assert found["clocks"].todo == "let NTP set the clocks of all machines"
    assert found["clocks"].says.startswith(
        ("the database's clock is 29.", "the database's clock is 30.")
    )


def test_a_finding_is_one_object_for_machines() -> None:
    assert DoctorFinding("mail", "away", "wait").to_json() == {
        "about": "mail", "ok": False, "says": "away", "todo": "wait",
    }  # fmt: skip
