"""`/`: says to a curious person what runs here."""

from starlette.requests import Request
from starlette.responses import Response

from web.pages.page import page
from web.parts import WebParts


class HomePage:
    """The same page for everybody."""

    def __init__(self, parts: WebParts) -> None:
        base = parts.links.base_url.rstrip("/")
        self._page = page("home/home.html", lang="en", root=base, mail=parts.mail_url)

    async def show(self, _: Request) -> Response:
        """The page."""
        return self._page
