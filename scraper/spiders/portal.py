"""Recruitment portals: pages made for patients. Which addresses are asked for, and what of a page is kept as fetched.

What a page says is read in `portal_page.py`, through the profile (`scraper/portals/*.toml`) that recognises it. An
address that was visited is asked for what is new only; an address that gives nothing is a row of `rejects`, and the
crawl goes on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeAlias
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.sitemap import sitemap_urls_from_robots
from twisted.python.failure import Failure

from scraper.addresses import addresses, is_further, is_listing, joined
from scraper.boundaries import CONDITIONS
from scraper.failures import Disallowed, HostLeftAlone, Interrupted, Refused, Spent, describe, host_of
from scraper.items import Absence, Page, Position, RawRecord, Rejected, Same, Trial, Unread, Visit
from scraper.lists import Entry, entries_in, is_index, is_list, unpacked
from scraper.pages import decode, document, is_markup
from scraper.profiles import by_address, canonical, identity, is_address, profiles, skipped
from scraper.register import Damaged, Register, crawl_name, nameless_id, now
from scraper.spiders.portal_page import is_text, own_address, read_page
from scraper.steady import steady_page
from scraper.visits import STORED, conditions, spared, stored, visit_of

LISTED = 10  # links to trials; "similar trials" are fewer
LARGEST_BODY = 10 * 1024 * 1024
TEXT_TYPES = ("text/", "application/xhtml", "application/xml")
PERMANENT = {301, 308}  # redirects that say where an address is from now on; others may lead back tomorrow
FURTHER_PATH = re.compile(r"/page/\d+/?\Z")

Found: TypeAlias = Iterator[Page | Request]


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
    options = {"urls": "texts", "limit": "count", "pages_per_host": "count", "seconds_per_host": "number"}
    custom_settings: ClassVar[dict[str, Any]] = {  # type: ignore[misc]  # Scrapy declares it settable
        "DOWNLOAD_MAXSIZE": LARGEST_BODY,  # no trial page is larger; a sitemap may hold 50,000 addresses in it
        "DOWNLOAD_WARNSIZE": 0,
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

    def __init__(
        self,
        *,
        urls: Iterable[str] | str = (),
        limit: int | str | None = None,
        pages_per_host: int | str | None = None,
        seconds_per_host: float | str | None = None,
        **more: Any,
    ) -> None:
        """`urls`: pages, listings, sitemaps, feeds, robots.txt or hosts, and `@FILE` for a file of such, one a line.
        Raises ValueError for anything but web addresses, and for a file that cannot be read."""
        super().__init__(**more)
        given = re.split(r",\s*(?=https?://|@)|\s+", urls.strip()) if isinstance(urls, str) else list(urls)
        self.urls = list(dict.fromkeys(addresses(given)))
        if not self.urls:
            raise ValueError("no address given")
        self.hosts = frozenset(host_of(url) for url in self.urls)
        self.limit = int(limit) if limit else None
        self.pages_per_host = int(pages_per_host) if pages_per_host else None
        self.seconds_per_host = float(seconds_per_host) if seconds_per_host else None
        self.query = " ".join(given)
        self.crawl = crawl_name(self.name, sorted(self.urls), self.limit)
        self.cut_short = False
        self.done: frozenset[str] = frozenset()
        self.asked: set[str] = set()  # every address of this crawl
        self.asked_of: Counter[str] = Counter()  # how many of each host
        self.met: set[str] = set()  # trials of this crawl by their canonical address, done before or not
        self.lists = 0  # listing pages and sitemaps asked for
        self.left_alone: set[str] = set()  # hosts that do not answer
        self.no_longer_listed: list[str] | None = None  # looked up once all else is done

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.look_after, signal=signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Page | Request]:
        self.done = frozenset(self.places(self.crawl))
        self.longest = self.settings.getint("TRIALDEX_LISTING_PAGES")
        self.revisit = self.settings.getfloat("TRIALDEX_REVISIT_DAYS")
        self.pages_per_host = self.pages_per_host or self.settings.getint("TRIALDEX_HOST_PAGES")
        self.seconds_per_host = self.seconds_per_host or self.settings.getfloat("TRIALDEX_HOST_SECONDS")
        for url in self.urls:
            for one in self.begin(url):
                yield one

    def look_after(self) -> None:
        """When all is answered: the trials that this question led to before and that no list names any more are asked
        for, for they may be gone. Raises DontCloseSpider while there are any."""
        if self.no_longer_listed is None and self.limit is None and not self.cut_short:
            known = (url for url in self.led_to(self.crawl) if url not in self.asked)
            self.no_longer_listed = [url for url in known if canonical(url) not in self.met]
            assert self.crawler.engine
            for url in self.no_longer_listed:
                for request in self.trial(url):
                    if isinstance(request, Request):
                        self.crawler.engine.crawl(request)
            if self.no_longer_listed:
                raise DontCloseSpider

    def begin(self, url: str) -> Found:
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
            yield from self.ask(url, self.given_page, given=True)

    def ask(self, url: str, then: Any, **more: Any) -> Found:
        """A request, once for each address and within its host's budget: for what is new, where it was visited before;
        robots.txt itself is always asked for, and allowed."""
        if url in self.asked:
            return
        host = host_of(url)
        is_rules = then == self.robots
        if not is_rules and self.asked_of[host] >= (self.pages_per_host or 0):
            yield from self.spent(
                url, f"its budget of {self.pages_per_host:,} pages is spent; the next crawl goes on there"
            )
            return
        self.asked.add(url)
        self.asked_of[host] += not is_rules
        if search := more.get("search"):
            search.open += 1
        meta: dict[str, Any] = {"handle_httpstatus_list": [304, 404, 410], "dont_obey_robotstxt": is_rules}
        yield Request(
            url,
            callback=self.answered,
            errback=self.gave_up,
            headers={} if is_rules else self.conditions(url),
            cb_kwargs={"then": then, **more},
            meta=meta,
            dont_filter=True,
        )

    def conditions(self, url: str) -> dict[str, str]:
        """The headers that ask an address for what is new only; none for one that was never visited."""
        return conditions(self.visited(url))

    def trial(self, url: str, given: bool = False, lastmod: str | None = None) -> Found:
        """The request for a trial's page, unless it is done, asked for, skipped, elsewhere or beyond the limit."""
        place = canonical(url)
        if place in self.met or self.enough():
            return
        self.met.add(place)
        if place not in self.done:
            yield from self.ask(url, self.trial_page, given=given, lastmod=lastmod)

    # --- answers ---

    def answered(self, response: Response, then: Any, **more: Any) -> Found:
        """Every answer. "Not modified" about a list is answered by what the list held; about what is not held, or is
        held as a trial and wanted as a list, it is no answer, and the address is asked for the whole."""
        if response.status == 304:
            before = self.visited(response.url)
            is_record = before is not None and before.source_id is not None
            if before is None or (then != self.given_page and is_record != (then == self.trial_page)):
                yield from self.ask_whole(response, more.get("search"))
                return
            if not is_record:
                yield Page(visits=(self.visit(response, more.get("lastmod"), before=before),))
                held = stored(before)
                held.request = response.request
                response = held
        yield from then(response, **more)

    def ask_whole(self, response: Response, search: Search | None) -> Found:
        """The request again without conditions; where it had none, the address gives nothing."""
        request = response.request
        if request and any(request.headers.pop(name, None) for name in CONDITIONS):
            yield request
            return
        yield self.lost(response.url, "says that it has not been modified, but nothing of it is held")
        if search:
            yield from self.settle(search)

    def trial_page(self, response: Response, given: bool = False, lastmod: str | None = None) -> Found:
        """The page of a trial, whatever it holds; its being gone, moved or unchanged is told apart."""
        asked = _asked(response)
        place = Position(self.name, self.crawl, canonical(asked))
        if response.status in (404, 410):
            if given:
                self.failures.append(f"{asked}: the portal has no such page ({response.status})")
            yield Page(position=place, absences=(Absence(self.name, identity(asked), now()),))
            return
        if response.status == 304 and (before := self.visited(response.url)) and before.source_id:
            visit = self.visit(response, lastmod, before.source_id, before)
            same = Same(self.name, before.source_id, visit.at)
            yield Page(position=place, absences=moved(response, asked, visit.at), visits=(visit,), same=(same,))
            return
        kept = self.record(response)
        if by_address(asked) and not by_address(response.url) and not is_trial_page(kept):
            reason = f"leads to {response.url}, which is no listing"
            gone = permanent(response)
            if given or not gone:
                yield self.lost(asked, reason, place)
            if gone:
                yield Page(position=place, absences=(Absence(self.name, identity(asked), kept.fetched_at),))
            return
        if given and (reason := unreadable(response) or ""):
            self.failures.append(f"{response.url}: {reason}")
        elif given and skipped(response.url):
            self.failures.append(f"{asked}: leads to {response.url}, which is no listing")
        visit = self.visit(response, lastmod, kept.source_id)
        yield Page(records=(kept,), position=place, absences=moved(response, asked, kept.fetched_at), visits=(visit,))

    def given_page(self, response: Response, given: bool = True) -> Found:
        """An address of the user's that no profile knows: a sitemap, a feed, a trial's page or a listing."""
        if response.status in (304, 404, 410):
            yield from self.trial_page(response, given=given)
        elif reason := unreadable(response):
            if is_list(unpacked(response.body)):
                yield from self.listed(response, Search(response.url, []))
            elif response.body:
                self.failures.append(f"{response.url}: {reason}")
                yield Page(records=(self.record(response),))
            else:
                yield self.lost(response.url, reason)
        else:
            kept = self.record(response)
            told = read_page(kept)
            if isinstance(told, Trial) and not self.is_list_of_trials(response):
                visit = self.visit(response, None, kept.source_id)
                place = Position(self.name, self.crawl, canonical(_asked(response)))
                yield Page(records=(kept,), position=place, visits=(visit,))
                return
            found = list(self.listing(response, Listing(response.url)))
            if not self.trial_links(response) and not any(isinstance(one, Request) for one in found):
                reason = told.reason if isinstance(told, Rejected) else "a listing"
                self.failures.append(f"{response.url}: {reason}, and no links to trials")
                yield Page(records=(kept,))
                return
            yield from found

    def listing(self, response: Response, listing: Listing, search: Search | None = None) -> Found:
        """A page of links to trials. Its further pages are followed as long as each holds a trial not met before."""
        yield from self.keep_list(response)
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
            asked = list(self.ask_list(listing.waiting.pop(0), self.further_page, listing=listing))
            yield from asked
            if any(isinstance(one, Request) for one in asked):
                return

    def enough(self) -> bool:
        """Whether as many trials are asked for as the user wants."""
        return self.limit is not None and len(self.met) >= self.limit

    def ask_list(self, url: str, then: Any, **more: Any) -> Found:
        """The request for a listing's page or a sitemap, unless there were too many already."""
        if url in self.asked or self.enough():
            return
        self.lists += 1
        if self.lists == self.longest + 1:
            reason = f"stopped after {self.longest} listing pages (TRIALDEX_LISTING_PAGES)"
            yield self.lost(url, reason)
        if self.lists <= self.longest:
            yield from self.ask(url, then, **more)

    def further_page(self, response: Response, listing: Listing) -> Found:
        if response.status == 200:
            if reason := unreadable(response):
                yield self.lost(response.url, reason)
            else:
                yield from self.listing(response, listing)

    def robots(self, response: Response, search: Search) -> Found:
        """The sitemaps that robots.txt names."""
        named = list(sitemap_urls_from_robots(response.body, response.url)) if response.status == 200 else []
        here = [url for url in named if self.is_here(url)]
        for url in here:
            yield from self.ask_list(url, self.sitemap, search=search, named=True)
        yield from self.settle(search)

    def sitemap(self, response: Response, search: Search, named: bool = False, lastmod: str | None = None) -> Found:
        """A sitemap, or, last of all, the host's front page. `named`: by robots.txt or an index, not guessed."""
        if response.status == 200 and is_list(unpacked(response.body)):
            yield from self.listed(response, search, lastmod)
        elif (
            response.status == 200 and not unreadable(response) and response.url.rstrip("/") == search.root.rstrip("/")
        ):
            yield from self.listing(response, Listing(response.url), search)
        elif named:
            said = unreadable(response) if response.status == 200 else f"answered {response.status}"
            yield self.lost(response.url, said or "not a sitemap")
        yield from self.settle(search)

    def settle(self, search: Search) -> Found:
        """One request of a search is answered; when all are and none led to a trial, the next place is tried."""
        search.open -= 1
        while not search.open and not search.found and search.next:
            yield from self.ask(search.next.pop(0), self.sitemap, search=search)
        if not search.open and not search.found and not search.next:
            self.failures.append(
                f"{search.root}: no sitemap and no links to trials; give the address of a listing or of a trial"
            )
            search.found = -1

    def listed(self, response: Response, search: Search, lastmod: str | None = None) -> Found:
        """The addresses in a sitemap, a sitemap index or a feed. What has the date that it had when it was visited is
        not asked for: a trial is what it was, a sitemap lists what it listed."""
        yield from self.keep_list(response, lastmod)
        lists, same = [response], []
        while lists:
            one = lists.pop()
            text = decode(unpacked(one.body), _type(one))
            entries = [Entry(url, date) for found, date in entries_in(text) if (url := joined(one.url, found))]
            if is_index(text):
                for url, date in entries:
                    if self.is_here(url) and (held := self.spared(url, date)) and held.source_id is None:
                        if url not in self.asked:
                            self.asked.add(url)
                            lists.append(stored(held))
                    elif self.is_here(url):
                        yield from self.ask_list(url, self.sitemap, search=search, named=True, lastmod=date)
                continue
            trials = [entry for entry in entries if self.is_trial(entry.address)]
            search.found += len(trials)
            for url, date in trials:
                place = canonical(url)
                known = place in self.met or place in self.done
                if not known and (held := self.spared(url, date)) and held.source_id:
                    self.met.add(place)
                    same.append(Same(self.name, held.source_id, now()))
                else:
                    yield from self.trial(url, lastmod=date)
            if not trials and not search.next and search.root == one.url:
                yield self.lost(one.url, "names no trial page of the given hosts")
        if same:
            yield Page(same=tuple(same))

    def spared(self, url: str, lastmod: str | None) -> Visit | None:
        """What an address held when it was visited, if its date in a list says that it need not be asked."""
        held = self.visited(url) if lastmod and not self.enough() else None
        return held if spared(held, lastmod, self.revisit, datetime.now(UTC)) else None

    # --- what is told of an address ---

    def visit(
        self, response: Response, lastmod: str | None, source_id: str | None = None, before: Visit | None = None
    ) -> Visit:
        return visit_of(response, self.name, self.crawl, lastmod, source_id, before)

    def keep_list(self, response: Response, lastmod: str | None = None) -> Iterator[Page]:
        """A list as it was served, so that it can be asked for what is new."""
        if STORED not in response.flags:
            yield Page(visits=(self.visit(response, lastmod),))

    def lost(self, url: str, reason: str, place: Position | None = None) -> Page:
        """An address that gave nothing to keep: one line, one row, and the crawl goes on."""
        self.failures.append(f"{url}: {reason}")
        return self.row(url, reason, place)

    def row(self, url: str, reason: str, place: Position | None = None) -> Page:
        return Page(unread=(Unread(self.name, identity(url), url, now(), reason),), position=place)

    def spent(self, url: str, reason: str) -> Iterator[Page]:
        """The host's budget: one line and one row a host; no failure, for the next crawl goes on from there."""
        self.cut_short = True
        spent = self.facts.setdefault("spent", {})
        if (host := host_of(url)) not in spent:
            spent[host] = reason
            self.logger.warning("%s: %s", host, reason)
            yield self.row(url, reason)

    def gave_up(self, failure: Failure) -> Found:
        """An address that gave no answer: one clear line, one row."""
        error, request = failure.value, failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        told = request.cb_kwargs
        _, _, reason = describe(failure).partition(": ")
        if isinstance(error, Interrupted | Refused):
            self.cut_short = True
            if isinstance(error, Spent):
                yield from self.spent(request.url, reason)
            return
        optional = "search" in told and not told.get("named") and told["search"].next
        if isinstance(error, HostLeftAlone):
            self.cut_short = True
            if error.host not in self.left_alone:
                yield self.lost(request.url, reason)
            self.left_alone.add(error.host)
        elif isinstance(error, Disallowed) or (isinstance(error, HttpError) and error.response.status == 403):
            if told.get("given") or "search" in told:
                self.refusals.append(describe(failure))
            yield self.row(request.url, reason)
        elif not (optional and isinstance(error, HttpError)):
            yield self.lost(request.url, reason, Position(self.name, self.crawl, canonical(request.url)))
        if "search" in told:
            yield from self.settle(told["search"])

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


def permanent(response: Response) -> bool:
    """Whether all that led from the address asked for to this one says that it is so from now on."""
    return set(response.meta.get("redirect_reasons", ())) <= PERMANENT


def moved(response: Response, asked: str, at: str) -> tuple[Absence, ...]:
    """The absence of a trial whose page leads, for good, to that of another number."""
    there = identity(response.url)
    if by_address(asked) and there != identity(asked) and permanent(response):
        return (Absence(Portal.name, identity(asked), at, there),)
    return ()


def is_trial_page(kept: RawRecord) -> bool:
    return isinstance(read_page(kept), Trial)


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
