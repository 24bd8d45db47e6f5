"""`GET /answers/{name}`: what the policy tables answer about one thing, as of now,
with the proof.
"""

import re
from collections import Counter

from starlette.requests import Request
from starlette.responses import JSONResponse

from engine.facts.views.answer_json import described
from engine.facts.views.inquiry import WrongInquiry
from engine.rules.ruleset import Ruleset
from operations.answers.answer_sentences import Answering, SpokenAnswer
from operations.answers.ask import (
    LONGEST_NAME,
    AmbiguousThing,
    AnswerInquiry,
    OtherShopAsked,
    RulesJustChanged,
    UnknownAnswer,
    UnknownThing,
    answer_named,
    ask,
)
from operations.intake.active_ruleset import ActiveRuleset
from web.http.bearer import Bearer
from web.http.refusal import Refusal, unavailable
from web.parts import WebParts

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
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
        shops = self._admit(request)
        active = await self._active.get()
        name = request.path_params["name"]
        _check_name(name, active)
        ids = _query(request)
        locale = _locale(ids.pop("locale", None))
        found = await self._answered(AnswerInquiry(name, ids, locale, shops), active)
        return JSONResponse(found.to_json(), headers=_HEADERS)

    def _admit(self, request: Request) -> frozenset[str] | None:
        """The shops of which it may ask, None for every one."""
        self._parts.limits.of_address(request)
        admitted = self._bearer.check(request)
        self._parts.limits.of_sender(admitted.name)
        return admitted.shops

    async def _answered(self, asked: AnswerInquiry, active: Ruleset) -> SpokenAnswer:
        now = self._parts.now()
        try:
            return await ask(self._parts.store.inquiries, active, asked, self._answering, now)
        except WrongInquiry as wrong:
            raise Refusal(422, wrong.field[:LONGEST_NAME], wrong.reason) from None
        except OtherShopAsked:
            raise Refusal(403, "shop", "must be a shop of this token") from None
        except AmbiguousThing as many:
            raise Refusal(422, "shop", f"must be there: {many}") from None
        except UnknownThing as unknown:
            raise Refusal(404, unknown.kind, str(unknown)) from None
        except RulesJustChanged as changed:
            raise unavailable(str(changed)) from None


def _check_name(name: str, active: Ruleset) -> None:
    try:
        answer_named(name, active)
    except UnknownAnswer as unknown:
        raise Refusal(404, "answer", str(unknown)) from None


def _query(request: Request) -> dict[str, str]:
    """The query by name; Refusal with 422 for a name that is there twice."""
    times = Counter(name for name, _ in request.query_params.multi_items())
    if twice := next((name for name, count in times.items() if count > 1), None):
        raise Refusal(422, twice[:LONGEST_NAME], "must be there once only")
    return dict(request.query_params)


def _locale(told: str | None) -> str:
    if told is not None and not _LOCALE.fullmatch(told):
        raise Refusal(422, "locale", "must be a language such as en, id or pt-BR")
    return told or ""
