"""The parts of an installation: ours, and nobody else's."""

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.parts import answers
from tests.web.serving import port_of, running

APP = Starlette(routes=[Route("/healthz", lambda _: JSONResponse({"lives": True}))])


async def test_a_part_is_ready_when_it_answers_as_our_own_and_not_when_a_stranger_does() -> None:
    async with running(APP, instance="ours") as server:
        url = f"http://127.0.0.1:{port_of(server)}/healthz"
        assert await answers(url, "ours")()
        assert not await answers(url, "another start")()


async def test_a_part_that_does_not_answer_is_not_ready() -> None:
    assert not await answers("http://127.0.0.1:9/healthz", "ours")()
