"""Recruitment portals: pages made for patients. Which addresses are asked for, and what of a page is kept as fetched.

What a page says is read in `portal_page.py`, through the profile (`scraper/portals/*.toml`) that recognises it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.sitemap import sitemap_urls_from_robots
from twisted.python.failure import Failure

from scraper.failures import Disallowed, Interrupted, Refused, describe, host_of
from scraper.items import Absence, Page, Position, RawRecord, Rejected, Trial
from scraper.lists import addresses_in, is_index, is_list, unpacked
from scraper.pages import decode, document, is_markup
from scraper.profiles import by_address, canonical, identity, is_address, profiles, skipped
from scraper.register import Damaged, Register, crawl_name, nameless_id, now
from scraper.spiders.portal_page import is_text, own_address, read_page
from scraper.steady import steady_page

LISTED = 10  # links to trials; "similar trials" are fewer
LARGEST_BODY = 10 * 1024 * 1024
TEXT_TYPES = ("text/", "application/xhtml", "application/xml")
FURTHER_PATH = re.compile(r"/page/\d+/?\Z")


@dataclass
class Search:
    """The search for the trials of a whole host: what to try next when the places tried so far held none."""

    root: str
    next: list[str]
    open: int = 0  # requests under way
    found: int = 0  # trial addresses


@dataclass
class Listing:
    """A listing whose pages are followed one after another."""

    start: str
    pages: int = 0
    waiting: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # canonical addresses of trials


class Portal(Register):
    name = "portal"
    title = "Recruitment portals"
    licence = (
        "Pages of recruitment portals under each portal's own terms; they republish what sponsors registered: "
        "name the portal and the date of the copy, and look a trial up at its register."
    )
    web = "https://www.clinicaltrials.gov/"
    options = {"urls": "texts", "limit": "count"}
    custom_settings: ClassVar[dict[str, Any]] = {  # type: ignore[misc]  # Scrapy declares it settable
        "DOWNLOAD_MAXSIZE": LARGEST_BODY,  # no trial page is larger; a sitemap may hold 50,000 addresses in it
        "DOWNLOAD_WARNSIZE": 0,
        "TRIALDEX_LISTING_PAGES": 2000,  # listing pages and sitemaps of a crawl: a calendar has no end
    }

    # --- pure half ---

    @staticmethod
    def read(raw: RawRecord) -> Trial | Rejected:
        return read_page(raw)

    @staticmethod
    def steady(body: bytes) -> bytes:
        return steady_page(body)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        text = decode(head).lstrip()
        if not text or text.startswith(("{", "[", "%PDF")) or not is_text(head) or is_list(head):
            return False
        if is_markup(text):
            return True
        folded = text.casefold()  # a page saved as text: some two of the labels that its profile looks for
        return any(sum(word in folded for word in one.words) >= 2 for one in profiles()) or _labels(folded) >= 3

    @classmethod
    def cut(cls, body: bytes, *, url: str | None, content_type: str, at: str) -> Iterator[RawRecord]:
        if not body.strip():
            raise Damaged("the page is empty")
        address = url if is_address(url) else own_address(document(body, content_type))
        yield record(body, address, content_type, at)

    # --- the crawling half ---

    def __init__(self, *, urls: Iterable[str] | str = (), limit: int | str | None = None, **more: Any) -> None:
        """`urls`: pages, listings, sitemaps, robots.txt or hosts. Raises ValueError for anything but web addresses."""
        super().__init__(**more)
        given = re.split(r",\s*(?=https?://)|\s+", urls.strip()) if isinstance(urls, str) else list(urls)
        self.urls = list(dict.fromkeys(url.strip() for url in given if url.strip()))
        if not self.urls:
            raise ValueError("no address given")
        for url in self.urls:
            if not is_address(url):
                raise ValueError(f"not a web address: {url}")
        self.hosts = frozenset(host_of(url) for url in self.urls)
        self.limit = int(limit) if limit else None
        self.query = " ".join(self.urls)
        self.crawl = crawl_name(self.name, sorted(self.urls), self.limit)
        self.done: frozenset[str] = frozenset()
        self.asked: set[str] = set()  # every address of this crawl
        self.met: set[str] = set()  # trials of this crawl by their canonical address, done before or not
        self.lists = 0  # listing pages and sitemaps asked for

    async def start(self) -> AsyncIterator[Request]:
        self.done = frozenset(self.places(self.crawl))
        self.longest = self.settings.getint("TRIALDEX_LISTING_PAGES", 2000)
        for url in self.urls:
            for request in self.begin(url):
                yield request

    def begin(self, url: str) -> Iterator[Request]:
        """The first request for an address that the user gave."""
        parts = urlsplit(url)
        if skipped(url):
            self.failures.append(f"{url}: not a listing (the portal profiles skip such addresses)")
        elif parts.path in ("", "/") and not parts.query:
            root = f"{parts.scheme}://{parts.netloc}/"
            yield from self.ask(f"{root}robots.txt", self.robots, search=Search(root, [f"{root}sitemap.xml", root]))
        elif parts.path == "/robots.txt":
            yield from self.ask(url, self.robots, search=Search(url, []))
        elif by_address(url):
            yield from self.trial(url, given=True)
        elif canonical(url) not in self.done:
            yield from self.ask(url, self.given_page)

    def ask(self, url: str, callback: Any, **more: Any) -> Iterator[Request]:
        """A request, once for each address; robots.txt itself is always allowed."""
        if url in self.asked:
            return
        self.asked.add(url)
        if search := more.get("search"):
            search.open += 1
        meta: dict[str, Any] = {"handle_httpstatus_list": [404, 410]}
        if callback == self.robots:
            meta["dont_obey_robotstxt"] = True
        yield Request(url, callback=callback, errback=self.gave_up, cb_kwargs=more, meta=meta, dont_filter=True)

    def trial(self, url: str, given: bool = False) -> Iterator[Request]:
        """The request for a trial's page, unless it is done, asked for, skipped, elsewhere or beyond the limit."""
        place = canonical(url)
        if place in self.met or self.enough():
            return
        self.met.add(place)
        if place not in self.done:
            yield from self.ask(url, self.trial_page, given=given)

    # --- answers ---

    def trial_page(self, response: Response, given: bool = False) -> Iterator[Page]:
        """The page of a trial, whatever it holds; only its being gone is told apart."""
        asked = _asked(response)
        place = Position(self.name, self.crawl, canonical(asked))
        if response.status in (404, 410):
            if given:
                self.failures.append(f"{asked}: the portal has no such page ({response.status})")
            yield Page(position=place, absences=(Absence(self.name, identity(asked), now()),))
            return
        kept = self.record(response)
        moved = by_address(response.url) and kept.source_id != identity(asked)
        if given and (reason := unreadable(response)):
            self.failures.append(f"{response.url}: {reason}")
        elif given and skipped(response.url):
            self.failures.append(f"{asked}: leads to {response.url}, which is no listing")
        gone = (Absence(self.name, identity(asked), kept.fetched_at, kept.source_id),) if moved else ()
        yield Page(records=(kept,), position=place, absences=gone)

    def given_page(self, response: Response) -> Iterator[Page | Request]:
        """An address of the user's that no profile knows: a sitemap, a feed, a trial's page or a listing."""
        if response.status in (404, 410):
            yield from self.trial_page(response, given=True)
        elif reason := unreadable(response):
            if is_list(unpacked(response.body)):
                yield from self.listed(response, Search(response.url, []))
            else:
                self.failures.append(f"{response.url}: {reason}")
                yield Page(records=(self.record(response),) if response.body else ())
        else:
            kept = self.record(response)
            told = read_page(kept)
            if isinstance(told, Trial) and not self.is_list_of_trials(response):
                yield Page(records=(kept,), position=Position(self.name, self.crawl, canonical(_asked(response))))
                return
            found = list(self.listing(response, Listing(response.url)))
            if not found and not self.trial_links(response):
                reason = told.reason if isinstance(told, Rejected) else "a listing"
                self.failures.append(f"{response.url}: {reason}, and no links to trials")
                yield Page(records=(kept,))
            yield from found

    def listing(self, response: Response, listing: Listing, search: Search | None = None) -> Iterator[Request]:
        """A page of links to trials. Its further pages are followed as long as each holds a trial not met before."""
        doc = document(response.body, _type(response))
        links = [url for href, _ in doc.links if (url := joined(response.url, href)) and self.is_here(url)]
        trials = [url for url in links if by_address(url)]
        fresh = {canonical(url) for url in trials} - listing.seen
        listing.seen |= fresh
        if search:
            search.found += len(trials)
        for url in trials:
            yield from self.trial(url)
        for url in links if search or any(one.lists(listing.start) for one in profiles()) else ():
            if is_listing(url):
                yield from self.ask_list(url, self.further_page, listing=Listing(url))
                if search:
                    search.found += 1
        if fresh:
            following = [url for href in doc.following if (url := joined(response.url, href)) and self.is_here(url)]
            following += [url for url in links if self.goes_on(url, listing)]
            known = self.asked.union(listing.waiting)
            listing.waiting.extend(url for url in dict.fromkeys(following) if url not in known)
        while listing.waiting and not self.enough():
            if asked := list(self.ask_list(listing.waiting.pop(0), self.further_page, listing=listing)):
                yield from asked
                return

    def enough(self) -> bool:
        """Whether as many trials are asked for as the user wants."""
        return self.limit is not None and len(self.met) >= self.limit

    def ask_list(self, url: str, callback: Any, **more: Any) -> Iterator[Request]:
        """The request for a listing's page or a sitemap, unless there were too many already."""
        if url in self.asked or self.enough():
            return
        self.lists += 1
        if self.lists == self.longest + 1:
            self.failures.append(f"{url}: stopped after {self.longest} listing pages (TRIALDEX_LISTING_PAGES)")
        if self.lists <= self.longest:
            yield from self.ask(url, callback, **more)

    def further_page(self, response: Response, listing: Listing) -> Iterator[Request]:
        if response.status == 200 and not unreadable(response):
            yield from self.listing(response, listing)
        elif response.status == 200:
            self.failures.append(f"{response.url}: {unreadable(response)}")

    def robots(self, response: Response, search: Search) -> Iterator[Request]:
        """The sitemaps that robots.txt names."""
        named = list(sitemap_urls_from_robots(response.body, response.url)) if response.status == 200 else []
        here = [url for url in named if self.is_here(url)]
        for url in here:
            yield from self.ask_list(url, self.sitemap, search=search)
        yield from self.settle(search)

    def sitemap(self, response: Response, search: Search) -> Iterator[Request]:
        """A sitemap, or, last of all, the host's front page."""
        if response.status == 200 and is_list(unpacked(response.body)):
            yield from self.listed(response, search)
        elif (
            response.status == 200 and not unreadable(response) and response.url.rstrip("/") == search.root.rstrip("/")
        ):
            yield from self.listing(response, Listing(response.url), search)
        yield from self.settle(search)

    def settle(self, search: Search) -> Iterator[Request]:
        """One request of a search is answered; when all are and none led to a trial, the next place is tried."""
        search.open -= 1
        while not search.open and not search.found and search.next:
            yield from self.ask(search.next.pop(0), self.sitemap, search=search)
        if not search.open and not search.found and not search.next:
            self.failures.append(
                f"{search.root}: no sitemap and no links to trials; give the address of a listing or of a trial"
            )
            search.found = -1

    def listed(self, response: Response, search: Search) -> Iterator[Request]:
        """The addresses in a sitemap, a sitemap index or a feed."""
        text = decode(unpacked(response.body), _type(response))
        addresses = [url for found in addresses_in(text) if (url := joined(response.url, found))]
        if is_index(text):
            for url in addresses:
                if self.is_here(url):
                    yield from self.ask_list(url, self.sitemap, search=search)
            return
        trials = [url for url in addresses if self.is_trial(url)]
        search.found += len(trials)
        for url in trials:
            yield from self.trial(url)
        if not trials and not search.next and search.root == response.url:
            self.failures.append(f"{response.url}: names no trial page of the given hosts")

    def gave_up(self, failure: Failure) -> Iterator[Request]:
        """An address that gave no answer: one clear line."""
        error, request = failure.value, failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        optional = request.callback in (self.robots, self.sitemap) and request.cb_kwargs["search"].next
        if isinstance(error, Disallowed) or (isinstance(error, HttpError) and error.response.status == 403):
            self.refusals.append(describe(failure))
        elif not isinstance(error, Interrupted | Refused) and not (optional and isinstance(error, HttpError)):
            self.failures.append(describe(failure))
        if "search" in request.cb_kwargs and not isinstance(error, Interrupted | Refused):
            yield from self.settle(request.cb_kwargs["search"])

    # --- addresses ---

    def is_here(self, url: str) -> bool:
        return is_address(url) and host_of(url) in self.hosts and not skipped(url)

    def is_trial(self, url: str) -> bool:
        return self.is_here(url) and by_address(url) is not None

    def goes_on(self, url: str, listing: Listing) -> bool:
        """Whether an address is another page of this listing: its path, or `/page/2` below it, and a paging query."""
        here, there = (FURTHER_PATH.sub("", urlsplit(one).path).rstrip("/") for one in (listing.start, url))
        return here == there and is_further(url)

    def trial_links(self, response: Response) -> set[str]:
        """The trials that a page links to, asked for already or not."""
        links = (joined(response.url, href) for href, _ in document(response.body, _type(response)).links)
        return {canonical(url) for url in links if url and self.is_trial(url)}

    def is_list_of_trials(self, response: Response) -> bool:
        """Whether a page that could be read as a trial is a listing: by its address, or by many links to trials."""
        return any(one.lists(response.url) for one in profiles()) or len(self.trial_links(response)) >= LISTED

    def record(self, response: Response) -> RawRecord:
        tags = {
            name: response.headers.get(header)
            for name, header in (("etag", "ETag"), ("last_modified", "Last-Modified"))
        }
        said = {name: value.decode("latin-1") for name, value in tags.items() if value}
        return record(response.body, response.url, _type(response), now(), **said)


# --- pure functions -------------------------------------------------------------------------------------------------


def record(body: bytes, address: str | None, content_type: str, at: str, **more: str) -> RawRecord:
    """The raw record of one page. Its id is its address's identity; without an address, its hash."""
    name = identity(address) if address else nameless_id(body)
    return RawRecord(
        source=Portal.name,
        source_id=name,
        url=address or "",
        fetched_at=at,
        content_type=content_type,
        body=body,
        **more,
    )


def unreadable(response: Response) -> str | None:
    """Why an answer cannot be a page for people, or None: nothing in it, another kind of file."""
    if not response.body.strip():
        return "the answer is empty"
    said = _type(response).lower()
    if (said and not said.startswith(TEXT_TYPES)) or not is_text(response.body):
        return f"not a web page ({said.partition(';')[0] or 'unknown kind of file'})"
    return "a sitemap or feed, not a page" if is_list(unpacked(response.body)) else None


def is_listing(url: str) -> bool:
    """Whether some profile knows the address as that of a listing, its first page."""
    return any(one.lists(url) for one in profiles()) and not is_further(url)


def is_further(url: str) -> bool:
    """Whether the address looks like a further page of something."""
    return any(one.pages(url) for one in profiles())


def joined(address: str, href: str) -> str | None:
    """Where a link leads, without its fragment; None when it is none that can be followed."""
    try:
        url = urljoin(address, href.strip()).partition("#")[0]
    except ValueError:
        return None
    return url if is_address(url) else None


def _labels(text: str) -> int:
    """How many lines of a casefolded text begin with a known label."""
    prefix = profiles()[-1].prefix
    return sum(1 for line in text.splitlines()[:2000] if prefix.match(line.strip(" \t•*-")))


def _type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _asked(response: Response) -> str:
    """The address as it was asked for, before redirects."""
    request = response.request
    return str(request.meta.get("redirect_urls", [request.url])[0]) if request else str(response.url)
