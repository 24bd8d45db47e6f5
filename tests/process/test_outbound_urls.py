"""Where the process calls: one address from the settings, and never another."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from temporalio.exceptions import ApplicationError

from activities.actions.shipped.orders import Refund
from activities.actions.shop_system import ShopSystem
from engine.catalog.values import Money
from process.outbound_urls import wrong_with
from process.settings import MissingSetting, read_shop_settings
from tests.activities.actions.test_shop_system import CONTEXT
from tests.web.serving import port_of, running


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/purna",
        "https://8.8.8.8",
        "https://[2606:4700::1]:8443/x",
        "http://127.0.0.1:9000",
        "http://[::1]/",
        "http://localhost:1/a",
        "http://10.0.0.7",
        "http://192.168.1.2/x",
        "http://[fd12::1]",
        "http://shop:8080/purna",
        "http://shop.internal",
    ],
)
def test_a_shop_elsewhere_by_tls_or_nearby_is_called(url: str) -> None:
    assert wrong_with(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.0.1",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
        "http://[fe80::1]/",
        "https://[febf::1%25eth0]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://metadata.google.internal/",
        "http://METADATA.google.internal./",
    ],
)
def test_link_local_addresses_and_those_of_the_cloud_are_refused(url: str) -> None:
    assert wrong_with(url).startswith("is an address of this network or of the cloud itself")


@pytest.mark.parametrize(
    "url", ["http://shop.example/", "http://8.8.8.8", "http://[2606:4700::1]", "http://134744072/"]
)
def test_without_tls_nothing_crosses_public_networks(url: str) -> None:
    assert wrong_with(url).startswith("must begin with https")


@pytest.mark.parametrize(
    "url",
    ["ftp://shop.example", "shop.example", "https://", "https://[", "http://a:b:c", "file:///"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert wrong_with(url) == "is no address such as https://shop.example/purna"


def test_it_is_one_sentence_at_the_start() -> None:
    with pytest.raises(
        MissingSetting, match=r"^PURNA_SHOP_URL is an address of this network[^.]*\.$"
    ):
        read_shop_settings({"PURNA_SHOP_URL": "http://169.254.169.254/"})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    asked: list[str] = []

    async def elsewhere(request: Request) -> Response:
        asked.append(request.url.path)
        return Response()

    async with running(
        Starlette(routes=[Route("/{any:path}", elsewhere, methods=["GET", "POST"])])
    ) as other:

        async def away(_: Request) -> Response:
            return RedirectResponse(f"http://127.0.0.1:{port_of(other)}/secrets", status)

        async with running(Starlette(routes=[Route("/purna", away, methods=["POST"])])) as server:
            system = ShopSystem(f"http://127.0.0.1:{port_of(server)}/purna", "")
            with pytest.raises(ApplicationError, match=str(status)):
                await system.ask("refund", CONTEXT, Refund(order="A1", amount=Money(500, "EUR")))
            await system.close()
    assert asked == []


async def test_nothing_that_an_event_states_chooses_where_to_call() -> None:
    heard: list[str] = []

    async def take(request: Request) -> Response:
        heard.append(str(request.url))
        return Response(status_code=204)

    async with running(Starlette(routes=[Route("/{any:path}", take, methods=["POST"])])) as server:
        url = f"http://127.0.0.1:{port_of(server)}/purna"
        system = ShopSystem(url, "")
        for name in (
            "http://169.254.169.254/",
            "../../admin",
            "@evil.example",
            "\r\nHost: evil.example",
        ):
            await system.ask(name, CONTEXT, Refund(order=name, amount=Money(500, "EUR")))
        await system.close()
    assert heard == [url] * 4
