"""The pages and the API as one app; `web.http.server` runs it."""

import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from operations.intake.accept import Accept
from operations.intake.active_ruleset import ActiveRuleset
from operations.intake.signed_sources import SignedSources
from web.api.answers import Answers
from web.api.events import Ingest
from web.api.health import Health
from web.api.metrics import Metrics
from web.http.guard import Guard
from web.http.one_length import OneLength
from web.http.refusal import Refusal, refuse, refuse_route
from web.pages.home.home import HomePage
from web.pages.page import FOLDER
from web.pages.unsubscribe.unsubscribe import Unsubscribe
from web.parts import WebParts
from web.webhooks.signed_events import SignedEvents

# What links in mails say, and a short form of it.
_UNSUBSCRIBE = ("/unsubscribe/{token}", "/u/{token}")


def create_app(parts: WebParts) -> Starlette:
    """Every route there is."""
    active = ActiveRuleset(parts.store.rulesets, time.monotonic)
    accept = Accept(parts.store.events, active, parts.ring, parts.allowance)
    answers, ingest, unsubscribe = (
        Answers(parts, active),
        Ingest(parts, accept),
        Unsubscribe(parts, active, accept),
    )
    sources = SignedSources(active, parts.source_secrets)
    signed = SignedEvents(parts, sources, ingest)
    health = Health(parts, sources.without_secret)
    app = Starlette(
        routes=[
            Route("/events", ingest.post, methods=["POST"]),
            Route("/sources/{name}", signed.post, methods=["POST"]),
            Route("/answers", answers.known),
            Route("/answers/{name}", answers.ask),
            Route("/healthz", health.lives),
            Route("/readyz", health.is_ready),
            Route("/metrics", Metrics(parts).show),
            Route("/", HomePage(parts).show),
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
