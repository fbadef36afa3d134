"""Pages as blocks: decoding, lines, lists, which value stands under which label, and pages made to hurt."""

from __future__ import annotations

from time import perf_counter

import pytest

from scraper.blocks import Document, chips, flowing
from scraper.pages import MOST_BLOCKS, decode, document, is_markup


def page(body: str) -> Document:
    return document(f"<html><body>{body}</body></html>".encode(), "text/html")


def values(doc: Document, label: str) -> list[str]:
    """What would stand under the line `label`, were it a label."""
    index = next(n for n, block in enumerate(doc.blocks) if block.text.strip(": ") == label)
    return [block.text for block in doc.blocks[index + 1 : doc.value_end(index)]]


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("Grüße".encode(), "", "Grüße"),
        ("Grüße".encode(), "text/html; charset=iso-8859-1", "Grüße"),  # says one thing and is another
        ("Grüße".encode("cp1252"), "", "Grüße"),
        ("Grüße".encode("cp1252"), "text/html; charset=utf-8", "Grüße"),
        ("Привет".encode("koi8-r"), "text/html; charset=koi8-r", "Привет"),
        ("Привет".encode("windows-1251"), "", "Привет"),  # declared in the page, below
        ("\ufeffGrüße".encode(), "", "Grüße"),
        ("\ufeffGrüße".encode("utf-16-le"), "", "Grüße"),
        ("Grüße".encode()[:-2], "", "Grü"),  # cut inside a character is still UTF-8
        (b"caf\xe9 x", "text/html; charset=punycode", "café x"),  # no charset of pages, and slow
        (b"caf\xe9 x", "text/html; charset=latin-no-such", "café x"),
    ],
)
def test_decode(body: bytes, content_type: str, text: str) -> None:
    if body == "Привет".encode("windows-1251"):
        body = b'<meta charset="windows-1251">' + body
        text = '<meta charset="windows-1251">' + text
    assert decode(body, content_type) == text


def test_what_is_no_text_is_said() -> None:
    assert document(b"<p>caf\x81</p>").damaged_text
    assert not document(b"<p>caf\xc3\xa9</p>").damaged_text


@pytest.mark.parametrize(
    ("text", "markup"),
    [("<p>a</p>", True), ("<!DOCTYPE html>", True), ("age <18 and p<0.05", False), ("a <b> c", False), ("", False)],
)
def test_is_markup(text: str, markup: bool) -> None:
    assert is_markup(text) is markup


def test_lines_of_a_page() -> None:
    doc = page(
        "<nav>Menu</nav><h1>A  <b>bold</b>\n title</h1><script>no()</script><p>one<br>two</p><!-- no -->"
        "<style>p{}</style><aside>ad</aside><ul><li>x<ul><li>y</li></ul></li></ul><footer>end</footer>"
    )
    assert [block.text for block in doc.blocks] == ["A bold title", "one", "two", "x", "y"]
    assert [block.level for block in doc.blocks] == [1, 0, 0, 0, 0]
    assert flowing(doc, doc.blocks[1:]) == ["one\ntwo", "* x\n    * y"]


def test_links_are_found_in_menus_too() -> None:
    doc = page('<nav><a href="/2" rel="next">2</a></nav><a href="/x">some <b>text</b></a>')
    assert doc.links == [("/2", ""), ("/x", "some text")]
    assert doc.following == ["/2"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<dl><dt>L</dt><dd>a</dd><dd>b</dd><dt>M</dt><dd>c</dd></dl>", ["a", "b"]),
        ("<dl><dt>L</dt><dd></dd><dt>M</dt><dd>c</dd></dl>", []),
        ("<dl><div><dt>L</dt><dd>a</dd></div><div><dt>M</dt></div></dl>", ["a"]),
        ("<table><tr><th>L</th><td>a</td></tr><tr><td>M</td></tr></table>", ["a"]),
        ("<table><tr><th>L</th><td></td></tr><tr><th>M</th><td>c</td></tr></table>", []),
        ("<table><tr><th>L</th><th>M</th></tr><tr><td>a</td><td>b</td></tr></table>", []),  # a row of headings
        ("<h3>L</h3><p>a</p><p>b</p><h3>M</h3><p>c</p>", ["a", "b"]),
        ("<h3><button>L</button></h3><div><p>a</p></div><h3>M</h3>", ["a"]),
        ("<h3>L</h3><h3>M</h3><p>c</p>", []),
        ("<div><h3>L</h3></div><div>a</div><div><h3>M</h3></div>", ["a"]),
        ("<div><div>L</div><div>a</div></div><div>M</div>", ["a"]),
        ("<div><div>L</div><div></div></div><div>M</div>", []),
        ("<ul><li>L</li><li>M</li></ul><p>c</p>", []),  # a header's figure without a value
        ("<ul><li>L<div>a</div></li><li>M</li></ul>", ["a"]),
        ("<ul><li><span>L</span><br><span>a</span></li><li>M</li></ul>", ["a"]),
        ("<p><b>L</b><br>a<br><br>M</p>", ["a"]),
    ],
)
def test_the_value_under_a_label(body: str, expected: list[str]) -> None:
    assert values(page(body), "L") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T\n\nL\na\nb\n\nM", ["a", "b"]),
        ("T\n\nL\n\na\n\nM", ["a"]),
        ("T\n\n  • L\n  • M\n    c", []),
        ("T\n\n  • L\n    a\n  • M", ["a"]),
        ("T\n\n  • L\n\nM", []),
    ],
)
def test_the_value_under_a_label_of_a_text(text: str, expected: list[str]) -> None:
    doc = document(text.encode())
    assert not doc.marked_up
    assert values(doc, "L") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p><a>Asthma, mild</a><a>Cough</a></p>", ["Asthma, mild", "Cough"]),
        ("<p><span><a>Asthma</a>, <a>Cough</a></span></p>", ["Asthma", "Cough"]),
        ("<p>Asthma, Cough</p>", ["Asthma, Cough"]),
        ("<p>COVID<sub>19</sub> in <b>adults</b></p>", ["COVID19 in adults"]),
        ("<p><b>One</b> <i>name</i></p>", ["One name"]),
        ("<p><span>Type</span> 2 <span>diabetes</span></p>", ["Type 2 diabetes"]),
    ],
)
def test_only_markup_parts_a_value(body: str, expected: list[str]) -> None:
    assert chips(page(body).blocks[0].leaves) == expected


def test_a_page_ten_thousand_levels_deep_is_read_to_its_end() -> None:
    doc = page("<h1>T</h1>" + "<div>" * 10_000 + "deep" + "</div>" * 10_000 + "<p>after</p>")
    assert [block.text for block in doc.blocks] == ["T", "deep", "after"]
    assert not doc.full
    assert doc.value_end(1) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"<p>a" * (10 * MOST_BLOCKS),
        b"<div>" * (40 * MOST_BLOCKS),
        b"<p>" + b"<b>x" * (40 * MOST_BLOCKS),
        b"a line\n" * (10 * MOST_BLOCKS),
        b"<table>" * (40 * MOST_BLOCKS),
        b"<ul><li>x" * (10 * MOST_BLOCKS),
    ],
    ids=["paragraphs", "nesting", "inline", "lines", "tables", "lists"],
)
def test_a_page_without_end_is_cut_off_and_says_so(body: bytes) -> None:
    before = perf_counter()
    doc = document(body)
    assert doc.full
    assert len(doc.blocks) <= MOST_BLOCKS
    assert perf_counter() - before < 30  # it takes one or two seconds


def test_an_entity_bomb_stays_small() -> None:
    entities = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    doc = document(f'<!DOCTYPE html [<!ENTITY a "ha">{entities}]><html><body><p>&m;</p></body></html>'.encode())
    assert sum(len(block.text) for block in doc.blocks) < 10_000


@pytest.mark.parametrize("body", [b"", b"\0\0\0", b"<", b"<html", b"<p", b"<!--", b"&#xD800;<p>&#0;</p>", b"</p></p>"])
def test_broken_pages_never_raise(body: bytes) -> None:
    document(body)
