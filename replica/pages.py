"""The portal's pages as HTML: one listing in three markups, with all that a reader must not take in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from html import escape

from replica.listings import Facts, Listing, long_date

LISTINGS = "/clinical-trials/listings/"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def frame(title: str, content: str, nonce: str, canonical: str = "") -> str:
    """A whole page. The nonce is another one on every request, as are the tokens made of it."""
    link = f'<link rel="canonical" href="{escape(canonical)}">' if canonical else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(title)} | Replica Connect (synthetic data)</title>
<meta name="csrf-token" content="{nonce[:16]}">
{link}
<script nonce="{nonce[16:]}">window.session = {{"csrf": "{nonce[:16]}", "at": "{nonce[8:20]}"}};</script>
<style>.hidden {{ display: none }}</style>
</head>
<body>
<header><a href="/">Replica Connect</a>
<nav><a href="{LISTINGS}">Browse trials</a> <a href="/private/volunteers/">Volunteers</a></nav></header>
{content}
<footer><p>Synthetic data. Not medical advice. <a href="/about/">About</a></p></footer>
<script nonce="{nonce[16:]}" src="/static/app.js?v={nonce[:6]}"></script>
</body>
</html>
"""


def listing_page(listing: Listing, facts: Facts, similar: Sequence[tuple[str, str]], nonce: str, canonical: str) -> str:
    """The page of one listing. `similar` are the addresses and titles of others."""
    return frame(
        facts.title,
        f"""<main id="trial-{listing.number}" class="study study-{listing.markup}">
<h1>{escape(facts.title)}</h1>
{metrics(facts)}
<p class="updated">Updated on {long_date(facts.updated)}</p>
{paragraphs(facts.summary, "summary")}
{paragraphs(facts.description, "description")}
{FACTS[listing.markup](facts.pairs)}
{questionnaire(facts, nonce)}
{PARTICIPATE}
{similar_trials(similar)}
{WIDGETS}
</main>""",
        nonce,
        canonical,
    )


def metrics(facts: Facts) -> str:
    """The header's figures; a label may stand there without a value."""
    return f"""<ul class="metrics">
<li><span class="value">{facts.days_left}</span><span class="label">days left to enroll</span></li>
<li><span class="value">{facts.needed}</span><span class="label">participants needed</span></li>
<li><span class="label">sponsor</span><br><span class="value">{escape(facts.sponsor)}</span></li>
</ul>"""


def paragraphs(text: str, name: str) -> str:
    """Plain paragraphs, without a heading."""
    inner = "\n".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())
    return f'<div class="{name}">\n{inner}\n</div>'


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>" for label, value in pairs)
    return f'<dl class="study-details">{rows}</dl>'


def table(pairs: Iterable[tuple[str, str]]) -> str:
    """Glued in the page's text: `SponsorNew York University`."""
    rows = "\n".join(f"<tr><th>{label}</th><td>{escape(value)}</td></tr>" for label, value in pairs)
    return f'<table class="study-details"><tbody>\n{rows}\n</tbody></table>'


def headings(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "\n".join(f'<div class="detail"><h4>{label}</h4><p>{escape(value)}</p></div>' for label, value in pairs)
    return f'<section class="study-details">\n{rows}\n</section>'


FACTS = {"definitions": definitions, "table": table, "headings": headings}


def questionnaire(facts: Facts, nonce: str) -> str:
    """Criteria between the controls of a self-test; they are hard-wrapped and parted by semicolons."""

    def block(name: str, text: str) -> str:
        wrapped = "\n".join(textwrap.wrap("; ".join(text.split("\n")), 96))
        return f"<h3>{name} Criteria</h3>\n<p>{escape(wrapped)}</p>" if text else ""

    return f"""<form id="qualify" action="#" method="post">
<input type="hidden" name="csrf" value="{nonce[:16]}">
<h2>Eligibility</h2>
<label><input type="radio" name="answer">Yes</label> <label><input type="radio" name="answer">No</label>
<label><input type="radio" name="answer">Not Sure</label>
{block("Inclusion", facts.inclusion)}
{block("Exclusion", facts.exclusion)}
<button type="reset">Clear my responses</button>
</form>"""


PARTICIPATE = """<section id="participate">
<h2>How to participate?</h2>
<h3>Step 1</h3><p>Get in touch with one of the centers</p>
<p>And then?</p>
<ul><li>Staff of the study answer by mail or telephone.</li>
<li>Sign up as volunteer, and we tell you of new trials.</li></ul>
<form id="contact-site-form" class="hidden"><p>You are contacting</p><p>Primary Contact: Study Contact, 555-0100,
contact@example.org</p></form>
<div id="site-widget"></div>
<h3>Step 2</h3><p>Staff may ask further questions before they can say whether you fit.</p>
<a href="/about/">Learn more</a>
</section>"""

WIDGETS = """<section id="annotations" class="hidden">
<p>reader</p><p>Written by &bull;</p><p>Placeholder words of a template: alpha beta gamma delta.</p>
<p>This link ends in None.</p><p>Nothing is written here so far</p>
<p>Add a private note</p>
<ul><li>Mark a part of the page first.</li><li>Nobody else sees your notes.</li></ul>
<button>Add a private note</button>
</section>"""


def similar_trials(similar: Sequence[tuple[str, str]]) -> str:
    """Links to other listings, with register numbers that are not this page's."""
    links = "\n".join(f'<li><a href="{escape(address)}">{escape(title)}</a></li>' for address, title in similar)
    return f"""<section id="similar"><h2>Similar trials to consider</h2>
<ul>
{links}
</ul></section>"""


def list_page(entries: Sequence[tuple[str, str, str]], page: int, pages: int, nonce: str) -> str:
    """A page of the list: address, title and number of each listing; links to the other pages."""
    items = "\n".join(
        f'<div class="result-item">'
        f'<a class="search-item--link" href="{escape(address)}?radius=50">{escape(title)}</a></div>'
        for address, title, _ in entries
    )
    microsites = "".join(f'<a href="/clinicaltrial/{number}/site/">Check yourself</a>' for _, _, number in entries[:1])
    others = [
        f'<a class="page-link" href="{LISTINGS}?page={other}">{other}</a>'
        for other in range(1, pages + 1)
        if other != page
    ]
    following = f'<a class="page-link" rel="next" href="{LISTINGS}?page={page + 1}">Next</a>' if page < pages else ""
    content = f"""<main><h1>Clinical trials</h1>
{items}
{microsites}
<nav class="pagination">{" ".join(others)} {following}</nav>
</main>"""
    return frame(f"Trials, page {page}", content, nonce)


def url_set(entries: Iterable[tuple[str, str]]) -> str:
    """A sitemap: addresses and their last-modified days."""
    rows = "\n".join(f"<url><loc>{escape(address)}</loc><lastmod>{day}</lastmod></url>" for address, day in entries)
    return f"{XML}<urlset {SITEMAPS}>\n{rows}\n</urlset>\n"


def sitemap_index(entries: Iterable[tuple[str, str]]) -> str:
    """A sitemap of sitemaps."""
    rows = "\n".join(
        f"<sitemap><loc>{escape(address)}</loc><lastmod>{day}</lastmod></sitemap>" for address, day in entries
    )
    return f"{XML}<sitemapindex {SITEMAPS}>\n{rows}\n</sitemapindex>\n"


def feed(url: str, entries: Iterable[tuple[str, str, str]]) -> str:
    """An Atom feed: address, title and day of each entry."""
    rows = "\n".join(
        f'<entry><id>{escape(address)}</id><title>{escape(title)}</title><link href="{escape(address)}"/>'
        f"<updated>{day}T00:00:00Z</updated></entry>"
        for address, title, day in entries
    )
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Replica Connect</title>"
        f"<id>{escape(url)}/feed.atom</id>\n{rows}\n</feed>\n"
    )
