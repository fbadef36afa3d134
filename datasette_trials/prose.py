"""Texts of a register as paragraphs and lists, escaped. Pure.

The register's markup is Markdown, written by people who often did not know that it is. So only what cannot change a
meaning is read as markup: paragraphs, lists, line breaks and a backslash before a sign. Emphasis is not: it would turn
"5*10^9/L or 3*10^9/L" into other numbers. Neither are headings ("# of patients"), quotes ("> 18 years"), indented code
and links. HTML is never let through.
"""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

LONGEST = 100_000  # characters; the longest real description has 32,000
DEEPEST = 60  # lists in lists; below that markdown-it leaves out what it finds


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": DEEPEST}).enable(
        ["list", "newline", "escape"]
    )


def prose(text: str | None) -> Markup:
    """A text as markup that is safe to show, empty for none; plain where it is longer or deeper than any honest one."""
    if not text:
        return Markup("")
    if len(text) <= LONGEST:
        tokens = _reader().parse(text)
        for token in tokens:
            if token.type == "list_item_open" and token.info:  # the author's own number: Markdown would count anew
                token.attrSet("value", token.info)
        if max((token.level for token in tokens), default=0) < DEEPEST - 2:
            return Markup(_reader().renderer.render(tokens, _reader().options, {}))
    return Markup('<p class="plain">{}</p>').format(text)
