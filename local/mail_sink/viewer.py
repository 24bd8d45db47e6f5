"""Pages that show the mails of a folder, newest first."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.mail_sink.hostile_text import body, header, headers_of, taken_apart
from local.mail_sink.mailbox import Heading, Mailbox
from web.pages.page import FOLDER

_HERE = Path(__file__).parent
_PAGE, _HEADINGS = 100, 1000
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# A mail brings its own styles and pictures; nothing in it runs, and its links open beside it.
_FOREIGN = _HEADERS | {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'",
}
_SHOWN = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe")


def mail_view(folder: Path) -> Starlette:
    """An app to run by itself or to mount."""
    pages = _Pages(Mailbox(folder))
    return Starlette(
        routes=[
            Route("/", pages.newest),
            Route("/healthz", pages.lives),
            Route("/mail.json", pages.as_json),
            Route("/mail/{order:int}", pages.show_mail),
            Route("/mail/{order:int}/html", pages.html),
            Route("/mail/{order:int}/raw", pages.raw),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ]
    )


class _Pages:
    """The handlers are plain functions, which Starlette runs beside the loop: they read files."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._templates = Environment(
            loader=FileSystemLoader([_HERE / "templates", FOLDER / "templates"]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def lives(self, _: Request) -> Response:
        """That it answers, however many mails there are."""
        return JSONResponse({"lives": True}, headers=_HEADERS)

    def newest(self, request: Request) -> Response:
        """A hundred headings; `?before=` continues."""
        orders = self._mailbox.orders()
        before = _number(request, "before") or max(orders, default=0) + 1
        older = [order for order in orders if order < before]
        shown = [self._heading(order) for order in reversed(older[-_PAGE:])]
        return self._page(
            request, "mail_list.html", mails=shown, count=len(orders), more=len(older) > _PAGE
        )

    def as_json(self, request: Request) -> Response:
        """A thousand headings, oldest first; `?after=` continues."""
        after = _number(request, "after")
        newer = [order for order in self._mailbox.orders() if order > after]
        headings = [self._heading(order) for order in newer[:_HEADINGS]]
        told = [
            asdict(heading) | {"sent_at": heading.sent_at and heading.sent_at.isoformat()}
            for heading in headings
        ]
        return JSONResponse(told, headers=_HEADERS)

    def show_mail(self, request: Request) -> Response:
        """One mail: its headers, its text, and its HTML in a frame."""
        raw = self._raw(request)
        head, mail = headers_of(raw), taken_apart(raw)
        shown = [(name, header(head, name)) for name in _SHOWN if name in head]
        bodies = {"text": body(mail, "plain"), "has_html": body(mail, "html") is not None}
        told = bodies | {"subject": header(head, "Subject"), "headers": shown}
        return self._page(request, "mail_one.html", order=request.path_params["order"], **told)

    def html(self, request: Request) -> Response:
        """The HTML part alone; its links open in a new window."""
        html = body(taken_apart(self._raw(request)), "html")
        if html is None:
            raise HTTPException(404, "this mail has no HTML")
        return HTMLResponse(
            html.replace("<head>", '<head><base target="_blank">', 1), headers=_FOREIGN
        )

    def raw(self, request: Request) -> Response:
        """The mail as it came, to look at its headers."""
        return Response(self._raw(request), media_type="text/plain", headers=_HEADERS)

    def _heading(self, order: int) -> Heading:
        """One that cannot be opened keeps nobody from seeing the others."""
        try:
            return self._mailbox.heading(order)
        except OSError:
            return Heading(order, "", "", "(this mail cannot be read)", None)

    def _raw(self, request: Request) -> bytes:
        try:
            return self._mailbox.raw(request.path_params["order"])
        except OSError:  # no such file, or a number longer than a file name
            raise HTTPException(404, "there is no such mail") from None

    def _page(self, request: Request, template: str, **values: Any) -> Response:
        root = request.scope.get("root_path", "")
        return HTMLResponse(
            self._templates.get_template(template).render(root=root, **values), headers=_HEADERS
        )


def _number(request: Request, name: str) -> int:
    """A number of the query; 0 if it is not there or not a number."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0  # noqa: PLR2004  # as in file names
