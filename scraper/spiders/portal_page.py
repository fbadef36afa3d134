"""One page of a recruitment portal -> Trial. Pure: no network, no clock, never an exception."""

from __future__ import annotations

import re

from scraper.blocks import Document, collapse
from scraper.findings import POSITION, findings
from scraper.items import RawRecord, Rejected, Trial
from scraper.jsonld import told
from scraper.pages import document
from scraper.portal_facts import ELIGIBILITY, HEADING, LONGEST_CRITERIA, MOST_PROBLEMS, Facts
from scraper.portal_numbers import PAGE_TITLE, settle_numbers
from scraper.portal_values import tests
from scraper.profiles import Profile, canonical, is_address, marks_of, normal, recognised, skipped

__all__ = ["LONGEST_CRITERIA", "MOST_PROBLEMS", "is_text", "own_address", "read_page", "title_of"]

WRAPPED = 60  # characters; only a title at least so long goes on in the next line of a text
TITLE_TAIL = re.compile(r"\s+[|–—·]\s+[^|–—·]{1,40}\Z")


def read_page(raw: RawRecord) -> Trial | Rejected:
    """What a page says of a trial; `Rejected` when it is none: no title, nothing known with a value."""
    doc = document(raw.body, raw.content_type)
    if not doc.blocks and not doc.data:
        return Rejected("no text on the page")
    if not doc.marked_up and not is_text(raw.body):
        return Rejected("neither HTML nor text")
    address = raw.url if is_address(raw.url) else own_address(doc) or ""
    if address and skipped(address):
        return Rejected("not a listing: an address that the profiles skip")
    profile = recognised(address, doc)
    if profile.not_marks & marks_of(doc):
        return Rejected(f"not a listing: {profile.name} microsite")
    start, title, where = title_of(doc, profile)
    found = findings(doc, profile, start, tests(profile))
    json_ld = told(doc.data, address)
    criteria = any(section.name in (*ELIGIBILITY, "eligibility") for section in found.sections)
    if not found.claims and not json_ld.claims and not criteria:
        return Rejected("no trial page: no known label with a value")
    facts = Facts(profile, doc, found)
    facts.shapes(start)
    facts.take(json_ld, title, where)
    settle_numbers(facts, address, start)
    facts.texts()
    facts.eligibility()
    facts.expect()
    for name in profile.required:
        if not facts.values.get(name):
            return Rejected(f"no trial page: no {name}")
    return Trial(
        id=raw.source_id,
        source=raw.source,
        source_id=raw.source_id,
        url=canonical(address) if address else raw.url,
        field_sources=tuple(facts.sources),
        problems=tuple(facts.problems),
        **facts.values,
    )


def is_text(body: bytes) -> bool:
    """Whether a body without markup is text at all: hardly any control characters, no zeros but UTF-16's."""
    head = body[: 1 << 16]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(head.count(bytes((code,))) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return b"\0" not in head and controls * 100 <= len(head)


def own_address(doc: Document) -> str | None:
    """The address that a page gives itself: its canonical link, else its og:url."""
    return next(
        (url.strip() for url in (doc.canonical, doc.metas.get("og:url")) if url and is_address(url.strip())), None
    )


def title_of(doc: Document, profile: Profile) -> tuple[int, str | None, str]:
    """Block at which to begin to read, the title and where it stood."""
    if not doc.blocks:
        return 0, doc.title or None, PAGE_TITLE
    if not doc.marked_up:
        end = 1
        while end < min(doc.wrapped_end(0), 3) and len(doc.blocks[end - 1].text) >= WRAPPED:
            if profile.prefix.match(doc.blocks[end].text):
                break
            end += 1
        title = " ".join(block.text for block in doc.blocks[:end])
        label = profile.label_at(title)
        known = normal(title) in profile.lookup or (label and title[len(label) :].lstrip().startswith(":"))
        return (0, None, POSITION) if known else (end, title, POSITION)
    site = normal(doc.metas.get("og:site_name", ""))
    tops = [
        n
        for n, block in enumerate(doc.blocks)
        if block.level == 1 and normal(block.text) not in ("", site, *profile.lookup)
    ]
    tops = [n for n in tops if doc.blocks[n].text in doc.title] or tops
    if tops:
        return tops[0] + 1, doc.blocks[tops[0]].text, "heading"
    named = collapse(doc.metas.get("og:title", "")) or TITLE_TAIL.sub("", doc.title)
    if named:
        begin = next((n + 1 for n, block in enumerate(doc.blocks) if block.text == named), 0)
        return begin, named, PAGE_TITLE
    first = next(
        (n for n, block in enumerate(doc.blocks) if block.level and normal(block.text) not in profile.lookup), None
    )
    return (first + 1, doc.blocks[first].text, HEADING) if first is not None else (0, None, HEADING)
