"""`GET /answers/{name}`: what the policy tables answer about one thing, as of now,
with the proof.
"""

import re
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.channels.answer_sentences import Answering
from engine.catalog.catalog import closest
from engine.facts.answer_json import described
from engine.facts.inquiry import Inquiry, WrongInquiry, inquiry_of
from engine.facts.view import View
from engine.rules.ruleset import Answer, Ruleset
from web.active_ruleset import ActiveRuleset
from web.http.bearer import Bearer
from web.http.refusal import Refusal, unavailable
from web.parts import WebParts

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
_LONGEST_NAME = 100
# It may be about a person, and is true of this moment only.
_HEADERS = {"Cache-Control": "private, no-store"}


class Answers:
    """The API of the answers, for those who know a token."""

    def __init__(self, parts: WebParts, active: ActiveRuleset) -> None:
        self._parts, self._active = parts, active
        self._bearer = Bearer(parts.tokens)
        self._answering = Answering()

    async def known(self, request: Request) -> JSONResponse:
        """Every answer there is, and what a question about it must name."""
        self._admit(request)
        ruleset = await self._active.get()
        told = [described(ruleset.answers[name]) for name in sorted(ruleset.answers)]
        return JSONResponse({"revision": ruleset.revision, "answers": told}, headers=_HEADERS)

    async def ask(self, request: Request) -> JSONResponse:
        """One answer about the thing that the query names."""
        self._admit(request)
        answer = _answer(request.path_params["name"], await self._active.get())
        told = _query(request)
        locale = _locale(told.pop("locale", None))
        try:
            inquiry = inquiry_of(answer, told)
        except WrongInquiry as wrong:
            raise Refusal(422, wrong.field[:_LONGEST_NAME], wrong.reason) from None
        view = await self._view(inquiry)
        return JSONResponse(self._answered(answer, view, locale), headers=_HEADERS)

    def _admit(self, request: Request) -> None:
        self._parts.limits.of_address(request)
        self._parts.limits.of_sender(self._bearer.check(request))

    async def _view(self, inquiry: Inquiry) -> View:
        kind, thing = inquiry.found_by
        found = await self._parts.store.inquiries.standings(inquiry)
        if len(found) > 1:
            raise Refusal(422, "shop", f"must be there: several shops have {_a(kind)} {thing}")
        view = found[0].view(inquiry, self._parts.now()) if found else None
        if view is None:
            field = inquiry.about if found else kind
            raise Refusal(
                404, field, f"nothing is known of {_a(field)} {inquiry.thing if found else thing}"
            )
        return view

    def _answered(self, answer: Answer, view: View, locale: str) -> dict[str, Any]:
        """The answer under the rules that the facts were read with, which may be newer than the
        question's.
        """
        asked = view.ruleset.answers.get(answer.name)
        told = (
            self._answering.ask(answer.name, view, locale)
            if asked and asked.about == answer.about
            else None
        )
        if told is None:
            raise unavailable("the rules have just changed")
        return told


def _answer(name: str, ruleset: Ruleset) -> Answer:
    if (answer := ruleset.answers.get(name)) is not None:
        return answer
    said = name[:_LONGEST_NAME]
    meant = closest(said, ruleset.answers)
    raise Refusal(
        404, "answer", f"there is no answer {said}" + (f", did you mean {meant}?" if meant else "")
    )


def _query(request: Request) -> dict[str, str]:
    """The query by name; Refusal with 422 for a name that is there twice."""
    times = Counter(name for name, _ in request.query_params.multi_items())
    if twice := next((name for name, count in times.items() if count > 1), None):
        raise Refusal(422, twice[:_LONGEST_NAME], "must be there once only")
    return dict(request.query_params)


def _locale(told: str | None) -> str:
    if told is not None and not _LOCALE.fullmatch(told):
        raise Refusal(422, "locale", "must be a language such as en, id or pt-BR")
    return told or ""


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
