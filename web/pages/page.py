"""Pages for people: rendered here, readable without scripts, in the reader's language, kept by
nobody.
"""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "id")
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Language",
}
_templates = Environment(
    loader=FileSystemLoader([FOLDER / "templates", FOLDER]),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
) -> HTMLResponse:
    """A page from the template in its folder, with the headers that every page has."""
    return HTMLResponse(
        _templates.get_template(template).render(values), status, {**_HEADERS, **(headers or {})}
    )


def language(request: Request) -> str:
    """The first language of Accept-Language (RFC 9110, 12.5.4) that the pages are written in, else
    English.
    """
    wanted = [_weighed(part) for part in request.headers.get("accept-language", "").split(",")[:20]]
    spoken = [(weight, name) for weight, name in wanted if weight > 0 and name in LANGUAGES]
    return max(spoken, key=lambda one: one[0])[1] if spoken else LANGUAGES[0]


def _weighed(part: str) -> tuple[float, str]:
    """`id-ID;q=0.8` as (0.8, "id"); `in` is what old phones call Indonesian."""
    name, _, weight = part.strip().lower().partition(";")
    primary = name.strip().partition("-")[0]
    try:
        return float(weight.partition("q=")[2] or 1), "id" if primary == "in" else primary
    except ValueError:
        return 0.0, primary
