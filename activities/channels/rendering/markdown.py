"""Markdown as the two bodies of a mail. Values are escaped, so that only the template's own markup
is markup.

The parser is imported when the first body is parsed: whoever only checks templates does without.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@cache
def _markdown() -> "MarkdownIt":
    """Code shows backslashes as they are, and a name indented by four blanks would be code: mails
    have no use for it.
    """
    from markdown_it import MarkdownIt

    unused = ["code", "fence", "backticks", "autolink", "html_block", "html_inline"]
    return MarkdownIt("commonmark", {"html": False}).disable(unused)


def escape(text: str) -> str:
    """A value that reads in Markdown as it stands (CommonMark 2.4), also inside a link, on one
    line.
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def to_html(tokens: "list[Token]") -> str:
    """The HTML body, without a frame."""
    markdown = _markdown()
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def parse(text: str) -> "list[Token]":
    """Markdown as tokens."""
    return _markdown().parse(text)


def to_text(tokens: "list[Token]") -> str:
    """The text body: links show their address, emphasis is gone, lists and paragraphs stay."""
    from markdown_it.tree import SyntaxTreeNode

    return _blocks(SyntaxTreeNode(tokens)) + "\n"


def _blocks(parent: "SyntaxTreeNode") -> str:
    separator = "\n" if parent.type == "list_item" and _is_tight(parent) else "\n\n"
    return separator.join(_block(child) for child in parent.children)


def _block(node: "SyntaxTreeNode") -> str:
    match node.type:
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return _indented(_blocks(node), "> ", "> ")
        case "hr":
            return "---"
        case "inline":
            return _inline(node)
    return _blocks(node)


def _list(node: "SyntaxTreeNode") -> str:
    start = int(node.attrs.get("start", 1))
    bullets = [
        f"{start + index}. " if node.type == "ordered_list" else "- "
        for index in range(len(node.children))
    ]
    items = [
        _indented(_blocks(item), bullet, " " * len(bullet))
        for bullet, item in zip(bullets, node.children, strict=True)
    ]
    return ("\n" if all(map(_is_tight, node.children)) else "\n\n").join(items)


def _is_tight(item: "SyntaxTreeNode") -> bool:
    return all(child.hidden for child in item.children if child.type == "paragraph")


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        f"{first if index == 0 else rest}{line}".rstrip() for index, line in enumerate(lines)
    )


def _inline(node: "SyntaxTreeNode") -> str:
    match node.type:
        case "text" | "text_special":
            return node.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            return node.content
        case "link":
            return _link("".join(map(_inline, node.children)), str(node.attrs["href"]))
    return "".join(map(_inline, node.children))


def _link(text: str, url: str) -> str:
    return url if text in (url, "") else f"{text} ({url.removeprefix('mailto:')})"
