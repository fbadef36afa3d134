"""A loopback replica of a recruitment portal: listings of a world's studies, a list, a sitemap, a feed, robots.txt."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Any

from replica import pages
from replica.listings import Facts, Listing, facts, listings, slug
from replica.plan import nct_id
from replica.serving import Asked, ReplicaServer, Reply, html, text
from replica.world import World

PER_PAGE = 20
PER_SITEMAP = 25
LISTING = re.compile(r"/clinical-trials/listings/(\d+)(?:/[^/]*)?/?\Z")


class PortalServer(ReplicaServer):
    """The replica of a portal. `crawl_delay` (seconds) adds that line to robots.txt.

    A portal's own doings: `rewrite` changes what a page says, `gone` are listings taken away (404), `moved` those that
    lead to another one (301); neither stands in a list any more.
    """

    def __init__(self, world: World, count: int = 60, port: int = 0, crawl_delay: float | None = None) -> None:
        super().__init__(world, self.respond, port)
        self.count, self.crawl_delay = count, crawl_delay
        self.rewritten: dict[int, dict[str, Any]] = {}
        self.gone: set[int] = set()
        self.moved: dict[int, int] = {}
        self._facts = lru_cache(maxsize=2000)(self._read)

    def listings(self) -> list[Listing]:
        """The listings of today, in the order of their numbers."""
        away = {*self.gone, *self.moved}
        return [each for each in listings(self.world, self.count) if each.number not in away]

    def rewrite(self, number: int, **said: Any) -> None:
        """From now on a listing's page says otherwise: fields of `Facts`."""
        self.rewritten[number] = {**self.rewritten.get(number, {}), **said}

    def facts(self, listing: Listing) -> Facts:
        """What the page of a listing says today."""
        return self._facts(listing, self.world.day)._replace(**self.rewritten.get(listing.number, {}))

    def _read(self, listing: Listing, day: int) -> Facts:
        return facts(self.world, listing)

    def address(self, listing: Listing) -> str:
        """The canonical address of a listing."""
        return f"{self.url}{pages.LISTINGS}{listing.number}/{slug(self.facts(listing).title)}/"

    def respond(self, asked: Asked) -> Reply:
        """The answer to one request."""
        path = asked.path
        if path == "/robots.txt":
            return text(200, self.robots())
        if path == "/sitemap.xml" or re.fullmatch(r"/sitemap-trials-\d+\.xml", path):
            return conditional(asked, self.sitemap(path))
        if path == "/feed.atom":
            newest = sorted(self.listings(), key=lambda each: self.facts(each).updated, reverse=True)[:20]
            entries = [
                (self.address(each), self.facts(each).title, self.facts(each).updated.isoformat()) for each in newest
            ]
            feed = pages.feed(self.url, entries).encode()
            return conditional(asked, Reply(body=feed, content_type="application/atom+xml"))
        if path in (pages.LISTINGS, pages.LISTINGS.rstrip("/")):
            return conditional(asked, self.list(dict(asked.query)))
        if match := LISTING.match(path):
            return self.listing(int(match[1]), asked)
        return self.other(path)

    def other(self, path: str) -> Reply:
        """Pages that are no listings."""
        nonce = secrets.token_hex(16)
        if re.match(r"/clinicaltrial/\d+/", path):
            questions = '<main><form id="prescreener"><p>Are you 18 years or older? Yes No</p></form></main>'
            return html(
                200, pages.frame("Check yourself", questions, nonce).replace("<body>", '<body id="study_website">')
            )
        if path.startswith(f"{pages.LISTINGS}search/"):
            return html(200, pages.frame("Search", "<main><p>No clinical trials found for ''.</p></main>", nonce))
        if path in ("/", "/about/", "/private/volunteers/"):
            return html(
                200, pages.frame("About", "<main><h1>About</h1><p>Everything here is made up.</p></main>", nonce)
            )
        return html(404, pages.frame("Not found", "<main><h1>This page does not exist</h1></main>", nonce))

    def robots(self) -> str:
        delay = f"Crawl-delay: {self.crawl_delay:g}\n" if self.crawl_delay is not None else ""
        return f"User-agent: *\nDisallow: /private/\n{delay}Sitemap: {self.url}/sitemap.xml\n"

    def sitemap(self, path: str) -> Reply:
        """The index, or one of its parts; the last part also holds addresses that are no listings."""
        everything = self.listings()
        parts = [everything[at : at + PER_SITEMAP] for at in range(0, len(everything), PER_SITEMAP)]
        if path == "/sitemap.xml":
            entries = [
                (f"{self.url}/sitemap-trials-{number}.xml", max(self.facts(each).updated for each in part).isoformat())
                for number, part in enumerate(parts, 1)
            ]
            return Reply(body=pages.sitemap_index(entries).encode(), content_type="application/xml")
        number = int(re.sub(r"\D", "", path))
        if not 1 <= number <= len(parts):
            return self.other(path)
        found = [(self.address(each), self.facts(each).updated.isoformat()) for each in parts[number - 1]]
        if number == len(parts):
            found += [
                (f"{self.url}/clinicaltrial/{parts[-1][0].number}/site/", "2024-01-01"),
                (f"{self.url}/about/", "2024-01-01"),
            ]
        return Reply(body=pages.url_set(found).encode(), content_type="application/xml")

    def list(self, query: dict[str, str]) -> Reply:
        everything = self.listings()
        last = max(1, -(-len(everything) // PER_PAGE))
        page = int(query.get("page", "1")) if query.get("page", "1").isdecimal() else 0
        if not 1 <= page <= last:
            return self.other("/no-such-page")
        shown = everything[(page - 1) * PER_PAGE : page * PER_PAGE]
        entries = [
            (self.address(each).removeprefix(self.url), self.facts(each).title, str(each.number)) for each in shown
        ]
        return html(200, pages.list_page(entries, page, last, secrets.token_hex(16)))

    def listing(self, number: int, asked: Asked) -> Reply:
        """One listing. ETag and Last-Modified belong to what it says, not to the nonce of the answer."""
        everything = {each.number: each for each in self.listings()}
        if number in self.moved:
            return Reply(301, headers={"Location": self.address(everything[self.moved[number]])})
        found = everything.get(number)
        if found is None:
            return self.other(asked.path)
        said = self.facts(found)
        etag = f'W/"{hashlib.blake2b(repr(said).encode(), digest_size=8).hexdigest()}"'
        moment = datetime.combine(said.updated, time(6, 30), UTC)
        headers = {"ETag": etag, "Last-Modified": format_datetime(moment, usegmt=True)}
        if unchanged(asked, etag, moment):
            return Reply(304, headers=headers)
        others = [everything[other] for other in sorted(everything) if other > number][:3]
        similar = [(self.address(each), f"{self.facts(each).title} ({nct_id(each.index)})") for each in others]
        page = pages.listing_page(found, said, similar, secrets.token_hex(16), self.address(found))
        reply = html(200, page)
        reply.headers |= headers
        return reply


def conditional(asked: Asked, reply: Reply) -> Reply:
    """A list with an ETag of what it lists, or 304 where the client has that."""
    links = re.findall(rb'(?:href="|<loc>|<lastmod>|<updated>)[^"<]*', reply.body)
    etag = f'"{hashlib.blake2b(b" ".join(links), digest_size=8).hexdigest()}"'
    if reply.status != 200:
        return reply
    if asked.headers.get("If-None-Match") == etag:
        return Reply(304, headers={"ETag": etag})
    reply.headers["ETag"] = etag
    return reply


def unchanged(asked: Asked, etag: str, moment: datetime) -> bool:
    """Whether the client's copy is still good (RFC 9110: If-None-Match goes before If-Modified-Since)."""
    if held := asked.headers.get("If-None-Match"):
        return etag in held
    since = asked.headers.get("If-Modified-Since")
    try:
        return bool(since) and moment <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
