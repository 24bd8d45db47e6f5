"""The pages and the API as one app; `web.server` runs it."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from web.active_ruleset import ActiveRuleset
from web.answers import Answers
from web.framing import OneLength
from web.guard import Guard
from web.health import Health
from web.ingest import Ingest
from web.metrics import Metrics
from web.pages import FOLDER
from web.parts import Parts
from web.refusal import Refusal, refuse, refuse_route
from web.sources import Sources
from web.unsubscribe import Unsubscribe

# What links in mails say, and a short form of it.
_UNSUBSCRIBE = ("/unsubscribe/{token}", "/u/{token}")


def create_app(parts: Parts) -> Starlette:
    """Every route there is."""
    active = ActiveRuleset(parts.store)
    health, ingest, unsubscribe = Health(parts), Ingest(parts, active), Unsubscribe(parts, active)
    answers, sources = Answers(parts, active), Sources(parts, active, ingest)
    app = Starlette(
        routes=[
            Route("/events", ingest.post, methods=["POST"]),
            Route("/sources/{name}", sources.post, methods=["POST"]),
            Route("/answers", answers.known),
            Route("/answers/{name}", answers.ask),
            Route("/healthz", health.lives),
            Route("/readyz", health.is_ready),
            Route("/metrics", Metrics(parts).tell),
            Route("/", health.home),
            *(Route(path, unsubscribe.ask) for path in _UNSUBSCRIBE),
            *(Route(path, unsubscribe.withdraw, methods=["POST"]) for path in _UNSUBSCRIBE),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(Guard), Middleware(OneLength)],
        exception_handlers={Refusal: refuse, HTTPException: refuse_route},
    )
    # A redirect would follow the Host header of whoever asks, and RFC 8058 forbids it.
    app.router.redirect_slashes = False
    return app
