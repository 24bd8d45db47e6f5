"""Templates filled for one reader: a mail in two forms, or a short text for another channel."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from babel import Locale, UnknownLocaleError
from jinja2 import Template
from markupsafe import Markup

from activities.channels.rendering import markdown
from activities.channels.rendering.lint import lint, names
from activities.channels.rendering.localized import Passage, ReaderLocale, Words
from activities.channels.rendering.problem import (
    InvalidTemplates,
    RenderingFailed,
    TemplateProblem,
    TooBig,
)
from activities.channels.rendering.safe_text import BREVITIES, Brevity
from activities.channels.rendering.sandbox import ESCAPE, WORDS, Sandbox
from activities.channels.rendering.template_source import (
    EMAIL,
    TemplatePart,
    TemplateSource,
    form,
    read,
)

MAX_BYTES = 90_000  # Gmail cuts a mail at about 102 kB, and the unsubscribe link with it
LAYOUT = "layout.html"
FOOTER = "footer"
_BODY = "body"
_UNSUBSCRIBE = "links.unsubscribe"
_PLAIN_LAYOUT = (
    '<!doctype html>\n<html lang="{{ language }}">\n<head><meta charset="utf-8"><title>{{ subject }}</title></head>\n'
    "<body>\n{{ content }}</body>\n</html>\n"
)
_PLAIN_FOOTER = "[Unsubscribe]({{ links.unsubscribe }})"
_PLAIN_FOOTERS = {
    "en/footer.md": _PLAIN_FOOTER,
    "id/footer.md": "[Berhenti berlangganan]({{ links.unsubscribe }})",
}
_TEXTS = Sandbox(autoescape=False)
_PAGES = Sandbox(autoescape=True)

Values = Mapping[str, Any]
_Outcome = TypeVar("_Outcome")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in the reader's language; the subject is empty and the HTML None on every channel
    but email.
    """

    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A file, compiled: a template per key, and `body`."""

    path: str
    locale: str
    channels: frozenset[str]
    parts: dict[str, Template]
    reads: frozenset[str]

    @classmethod
    def compile(cls, source: TemplateSource) -> Self:
        texts = {key: part.text for key, part in _all_parts(source)}
        return cls(
            source.path,
            source.path.partition("/")[0],
            source.channels,
            {key: _TEXTS.from_string(text) for key, text in texts.items()},
            frozenset().union(*(names(text, _TEXTS) for text in texts.values())),
        )


class CompiledTemplates:
    """The templates of one revision. `InvalidTemplates` names every problem of every file."""

    def __init__(self, sources: Mapping[str, str], locale: str) -> None:
        """`sources` maps `en/shipped.md` to its text; `locale` is the shop's default.

        `layout.html` is the frame of every mail, `en/footer.md` what every marketing mail ends
        with. Where there is neither, a plain frame and a plain footer are used.
        """
        if found := problems(sources):
            raise InvalidTemplates(found)
        self._default = _tag(locale)
        if LAYOUT not in sources and not any(_name(path) == FOOTER for path in sources):
            own = f"{locale}/{FOOTER}.md"
            sources = {**sources, **_PLAIN_FOOTERS, own: _PLAIN_FOOTERS.get(own, _PLAIN_FOOTER)}
        files = [
            _Ready.compile(read(path, text)[0]) for path, text in sources.items() if path != LAYOUT
        ]
        self._files = {(_name(file.path), _tag(file.locale)): file for file in files}
        self._layout = _PAGES.from_string(sources.get(LAYOUT, _PLAIN_LAYOUT))

    @property
    def names(self) -> frozenset[str]:
        """Every template, in whichever locale."""
        return frozenset(name for name, _ in self._files if name != FOOTER)

    def parts(self, name: str) -> frozenset[str]:
        """The channels it can speak on in the default locale; empty if it is not there."""
        file = self._files.get((name, self._default))
        return file.channels if file else frozenset()

    def reads(self, name: str) -> frozenset[str]:
        """Every dotted name it reads, in any locale or part."""
        return frozenset().union(
            *(file.reads for (other, _), file in self._files.items() if other == name)
        )

    def render(
        self,
        name: str,
        channel: str,
        reader: ReaderLocale,
        values: Values,
        *,
        marketing: bool = False,
    ) -> Rendered:
        """The message for one reader, in the default locale where theirs has no such part.

        `values` are nested mappings of typed facts; a fact that is unknown is not in them.
        `RenderingFailed` if one is needed, or if the result is too big however briefly it is said.
        """
        file = self._chosen(name, channel, reader.locale)
        spoken = ReaderLocale(_spoken_locale(file.locale, reader.locale), reader.zone)
        footer = self._footer(reader.locale) if marketing else None

        def rendered(brevity: Brevity) -> Rendered:
            own = {**values, "marketing": marketing}
            return self._rendered(file, channel, own, Words(spoken, brevity), footer)

        return _as_brief_as_needed(rendered)

    def _rendered(
        self, file: _Ready, channel: str, values: Values, words: Words, footer: _Ready | None
    ) -> Rendered:
        if channel != EMAIL:
            return Rendered("", _filled(file, channel, values, words).strip(), None)
        subject = " ".join(_filled(file, "subject", values, words).split())
        body = _filled(file, _BODY, values, words, markdown.escape)
        if footer:
            body += "\n\n" + _filled(footer, _BODY, values, words, markdown.escape)
        tokens = markdown.parse(body)
        frame = {
            "subject": subject,
            "content": Markup(markdown.to_html(tokens)),  # noqa: S704  # escaped, raw HTML is off
            "language": file.locale,
        }
        html = _capped(
            LAYOUT,
            self._layout.generate({**values, **frame, **_globals(words)}),
        )
        return Rendered(subject, markdown.to_text(tokens), html)

    def passage(
        self, name: str, channel: str, reader: ReaderLocale, values: Values, brevity: int = 0
    ) -> tuple[str, Passage]:
        """The title and the words of a message as another one carries it: of a mail its subject and
        its Markdown; `brevity` is the place in `BREVITIES` with which it begins.

        On every other channel both are its text. `RenderingFailed` as for `render`.
        """
        file = self._chosen(name, channel, reader.locale)
        spoken = ReaderLocale(_spoken_locale(file.locale, reader.locale), reader.zone)
        return _as_brief_as_needed(
            lambda brevity: _passage(file, channel, values, Words(spoken, brevity)),
            BREVITIES[brevity:],
        )

    def sentence(self, name: str, reader: ReaderLocale, values: Values) -> Rendered:
        """The body of a template by itself, without frame and footer; as `render` otherwise."""
        file = self._template(
            name, reader.locale, lambda file: not file.channels or EMAIL in file.channels
        )
        if file is None:
            raise RenderingFailed(f"template {name!r} has no text")
        words = Words(ReaderLocale(_spoken_locale(file.locale, reader.locale), reader.zone))
        tokens = markdown.parse(_filled(file, _BODY, values, words, markdown.escape))
        return Rendered("", markdown.to_text(tokens).strip(), markdown.to_html(tokens))

    def _chosen(self, name: str, channel: str, locale: str) -> _Ready:
        if (
            file := self._template(name, locale, lambda file: channel in file.channels)
        ) is not None:
            return file
        raise RenderingFailed(f"template {name!r} has no part for {channel}")

    def _footer(self, locale: str) -> _Ready | None:
        return self._template(FOOTER, locale, lambda _: True)

    def _template(self, name: str, locale: str, fits: Callable[[_Ready], bool]) -> _Ready | None:
        """The template in the reader's language, else in the default one."""
        tags = (_tag(locale), _tag(locale).partition("-")[0], self._default)
        return next(
            (file for tag in tags if (file := self._files.get((name, tag))) and fits(file)), None
        )


def problems(sources: Mapping[str, str]) -> list[TemplateProblem]:
    """Everything that is wrong with these files, in order of file and line."""
    return sorted(problem for path, text in sources.items() for problem in _problems(path, text))


def _problems(path: str, text: str) -> Iterator[TemplateProblem]:
    if path == LAYOUT:
        yield from lint(path, TemplatePart(text, 1), _PAGES)
        return
    locale, _, name = path.partition("/")
    if not name.endswith(".md") or "/" in name:
        yield TemplateProblem(path, 1, "a template lies at <locale>/<name>.md")
        return
    if not _is_language(locale):
        yield TemplateProblem(path, 1, f"{locale!r} is no language: say en, id or pt-BR")
    source, found = read(path, text)
    yield from found
    linted = [problem for _, part in _all_parts(source) for problem in lint(path, part, _TEXTS)]
    yield from linted
    if _name(path) != FOOTER:
        yield from [] if found else form(source)
    elif not linted and _UNSUBSCRIBE not in names(source.body.text, _TEXTS):
        yield TemplateProblem(path, 1, "the footer of marketing shows {{ links.unsubscribe }}")


def _all_parts(source: TemplateSource) -> list[tuple[str, TemplatePart]]:
    return [*source.parts.items(), (_BODY, source.body)]


def _passage(file: _Ready, channel: str, values: Values, words: Words) -> tuple[str, Passage]:
    if channel != EMAIL:
        text = _filled(file, channel, values, words).strip()
        return text, Passage(text)
    subject = " ".join(_filled(file, "subject", values, words).split())
    return subject, Passage(_filled(file, _BODY, values, words, markdown.escape))


def _as_brief_as_needed(
    write: Callable[[Brevity], _Outcome], brevities: tuple[Brevity, ...] = BREVITIES
) -> _Outcome:
    """What was written in full, or more briefly where that is too big."""
    for brevity in brevities[:-1]:
        try:
            return write(brevity)
        except TooBig:
            continue
    return write(brevities[-1])


def _filled(
    file: _Ready, key: str, values: Values, words: Words, escape: Callable[[str], str] = str
) -> str:
    told = {**values, WORDS: words, ESCAPE: escape}
    return _capped(f"{file.path} ({key})", file.parts[key].generate(told))


def _globals(words: Words) -> dict[str, Any]:
    return {WORDS: words, ESCAPE: lambda spoken: spoken}


def _capped(where: str, chunks: Iterator[str]) -> str:
    """The text of a rendering, which is stopped as soon as it is too big."""
    try:
        return "".join(_limited(chunks))
    except TooBig as failure:
        raise TooBig(f"templates/{where}: {failure}") from None
    except (
        Exception
    ) as failure:  # a template can stumble over its values in any way; all of them are its failure
        raise RenderingFailed(f"templates/{where}: {failure}") from failure


def _limited(chunks: Iterator[str]) -> Iterator[str]:
    left = MAX_BYTES
    for chunk in chunks:
        left -= len(chunk.encode())
        if left < 0:
            raise TooBig(f"more than {MAX_BYTES} bytes")
        yield chunk


def _name(path: str) -> str:
    return path.partition("/")[2].removesuffix(".md")


def _tag(locale: str) -> str:
    return locale.replace("_", "-").lower()


def _spoken_locale(written_in: str, read_by: str) -> str:
    """A French reader of an English text reads English dates, an American one American dates."""
    same = _tag(written_in).partition("-")[0] == _tag(read_by).partition("-")[0]
    return read_by if same else written_in


def _is_language(locale: str) -> bool:
    try:
        Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return False
    return True
