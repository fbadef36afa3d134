"""ClinicalTrials.gov, API v2: how it is asked, and how its answers are cut into records.

Facts about the API stand in the register's OpenAPI text 2.0.3; each rule below that is not plain from it gives its
reason. What a record says is read in `ctgov_record.py`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import date
from importlib.resources import files
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import msgspec
from scrapy import Request
from scrapy.http import Response

from scraper.declared import Covered, where
from scraper.failures import Interrupted, Refused, describe
from scraper.items import STATUSES, Absence, Page, Position, RawRecord, Rejected, Trial
from scraper.register import Damaged, Register, crawl_name, nameless_id, now
from scraper.spiders.ctgov_fields import STUDY
from scraper.spiders.ctgov_record import HOME, NCT, read_study
from scraper.spiders.ctgov_sweep import FIELDS, Known, Listed, compare, read_slim, shrunk

IDS_A_REQUEST = 400  # no limit is documented; batches of 500 ids (6 kB of address) are in use elsewhere
LARGEST_PAGE = 1000  # the register silently serves no more
RESTARTS = 3  # a listing is begun again when the register's data move under it; they move once a working day
QUERIES = {  # our option -> the register's search area
    "condition": "query.cond",
    "intervention": "query.intr",
    "sponsor": "query.spons",
    "term": "query.term",
    "location": "query.locn",
}
OPERATORS = re.compile(
    r"\b(AND|OR|NOT|ALL|AREA|RANGE|MISSING|COVERAGE|COVER|EXPANSION|SEARCH|DISTANCE|MIN|MAX|TILT|CONCEPT)\b"
)
# Moves on every data day of the register; no text of a record can hold it, for there its quotes are escaped.
VERSION_HOLDER = b'"versionHolder":"'
SPACED = re.compile(rb'":\s|\A\s|\A[\[{]\s')


class ClinicalTrialsGov(Register):
    name = "ctgov"
    title = "ClinicalTrials.gov"
    licence = (
        "Data from ClinicalTrials.gov (U.S. National Library of Medicine), as submitted by the sponsors; "
        "name the source and the date of the copy, and mark changes."
    )
    web = HOME
    options = {  # not `limit`: a crawl cut short by it would look finished, and the next night would begin after it
        **dict.fromkeys((*QUERIES, "status", "id"), "texts"),
        "since": "text",
        "all": "flag",
        "page_size": "count",
        "base_url": "address",
    }
    custom_settings: ClassVar[dict[str, Any]] = {  # type: ignore[misc]  # Scrapy declares it settable
        # The register's robots.txt disallows /api/ for search engines, and with it every address asked here; the API
        # is published for programs. This spider alone never reads robots.txt; its delay is the 1 s that it declares.
        "ROBOTSTXT_OBEY": False,
        "DOWNLOAD_MAXSIZE": 256 * 1024 * 1024,  # 1,000 records were 39-44 MB
        "DOWNLOAD_WARNSIZE": 128 * 1024 * 1024,
    }

    # --- pure half: what a record says ---

    @staticmethod
    def steady(body: bytes) -> bytes:
        try:
            compact = msgspec.json.format(body, indent=-1) if SPACED.search(body, 0, 400) else body
            at = compact.rfind(VERSION_HOLDER) + len(VERSION_HOLDER)
            return compact[:at] + compact[compact.index(b'"', at) :] if at >= len(VERSION_HOLDER) else compact
        except (ValueError, RecursionError):
            return body

    @staticmethod
    def read(raw: RawRecord) -> Trial | Rejected:
        return read_study(raw)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")

    @classmethod
    def fields(cls) -> Iterator[tuple[str, str, Covered]]:
        pieces = files("scraper.spiders").joinpath("ctgov_pieces.tsv").read_text(encoding="utf-8").splitlines()[1:]
        yield from where(STUDY, (tuple(line.split("\t")) for line in pieces))  # type: ignore[misc]  # two columns

    @classmethod
    def cut(cls, body: bytes, *, url: str | None, content_type: str, at: str) -> Iterator[RawRecord]:
        damage = None
        try:
            studies = _studies(body)
        except (ValueError, RecursionError) as error:
            studies, damage = _salvaged(body), f"not JSON to its end: {error}"
        yield from cls._records(studies, url or f"{HOME}/api/v2/studies", content_type, at)
        if damage:
            raise Damaged(damage)

    @classmethod
    def _records(cls, studies: Iterable[msgspec.Raw], address: str, content_type: str, at: str) -> Iterator[RawRecord]:
        for study in studies:
            body = bytes(study)  # a msgspec.Raw holds on to the whole page it was cut from
            nct_id = next(iter(_ids(body)), None)
            yield RawRecord(
                source=cls.name,
                source_id=nct_id or nameless_id(body),
                url=f"{address}/{nct_id}" if nct_id else address,
                fetched_at=at,
                content_type=content_type,
                body=body,
            )

    # --- the crawling half ---

    def __init__(
        self,
        *,
        base_url: str | None = None,
        page_size: int | str = LARGEST_PAGE,
        limit: int | str | None = None,
        all: bool | str = False,
        after: str | None = None,
        etag: str | None = None,
        sweep: Callable[[], Mapping[str, tuple[Any, ...]]] | None = None,
        may_shrink: float = 0.02,
        facts: dict[str, Any] | None = None,
        **asked: Iterable[str] | str | None,
    ) -> None:
        """`asked`: condition, intervention, sponsor, term, location, status, id, since. Raises ValueError.

        `after` (the data timestamp of the last finished crawl) and `etag` (of its `/version`) let an unchanged
        register cost one request. `sweep` tells, when the sweep begins, what is known: the values of `Known` by id.
        Then the listing is compared with it, what differs is fetched, what is missing is confirmed one by one, unless
        the listing holds fewer studies than `may_shrink` (a share of the live ones) allows.
        """
        super().__init__(facts=dict(facts or {}))
        self.base = (base_url or os.environ.get("TRIALDEX_CTGOV_URL") or HOME).rstrip("/")
        if urlsplit(self.base).scheme not in ("http", "https") or not urlsplit(self.base).hostname:
            raise ValueError(f"not a web address: {self.base}")
        self.limit = int(limit) if limit else None
        self.page_size = min(int(page_size), LARGEST_PAGE, self.limit or LARGEST_PAGE)
        self.ids, self.listings = listings(asked, everything=all not in (False, "", "0", "false"))
        self.query = urlencode([pair for listing in self.listings[:1] for pair in listing.items()]) or "all"
        self.expected: int | None = None
        self.records = 0
        self.found_ids: set[str] = set()
        self.restarts = 0
        self.from_day: str | None = None  # of first posting, where the present listing goes on from one
        self.after, self.etag, self.sweep, self.may_shrink = after, etag, sweep, may_shrink
        self.swept: list[Listed] | None = [] if sweep else None

    async def start(self) -> AsyncIterator[Request]:
        request = self._ask("/version", self._begin)
        if self.etag:
            request.headers["If-None-Match"] = self.etag
        yield request

    def _ask(self, path: str, callback: Any, params: dict[str, Any] | None = None, **more: Any) -> Request:
        address = f"{self.base}/api/v2{path}" + (f"?{urlencode(params)}" if params else "")
        return Request(address, callback=callback, errback=self._gave_up, cb_kwargs=more, dont_filter=True,
                       meta={"handle_httpstatus_list": [301, 304, 400, 404], "dont_redirect": True})  # fmt: skip

    def _begin(self, response: Response) -> Iterator[Page | Request]:
        """The register's data timestamp binds the crawl: tokens of another data day are not to be used."""
        self.timestamp = self.after if response.status == 304 else _timestamp(response)
        etag = (response.headers.get("ETag") or b"").decode("latin-1") or self.etag
        self.facts |= {"data_timestamp": self.timestamp, "etag": etag}
        self.began = self.timestamp
        if self.after and self.timestamp == self.after:
            self.facts["unchanged"] = True
            return
        self.expected = None
        self.crawl = crawl_name(self.base, self.listings, self.page_size, self.limit, self.swept is not None)
        yield from self._next(*self._go_on(self.places(self.crawl)))

    def _go_on(self, done: tuple[str, ...]) -> tuple[int, str | None]:
        """Which listing, at which token, after what an unfinished crawl has done.

        Tokens hold for one data day of the register. On a later one the listing goes on from the day on which the last
        study was first posted, for it is in the order of those days; what has changed since of the studies before it
        is found by the next crawl, which asks from the data timestamp of the first piece. That crawl comes with the
        night (`asked`), not with a crawl of a person's: that one begins anew. So does one whose pages have shifted.
        """
        self.from_day, self.records = None, 0
        if not done or self.restarts:
            return 0, None
        listing, token, records, timestamp, day, from_day, began = json.loads(done[-1])
        if timestamp != self.timestamp:
            if not (self.facts.get("asked") and day and began):
                return 0, None
            token, from_day = None, day if token else None
        self.records, self.from_day, self.began = records, from_day, began
        if self.began != self.timestamp:  # an answer "not modified" would be about the last piece
            self.facts |= {"data_timestamp": self.began, "etag": None}
        return listing, token

    def _next(self, listing: int, token: str | None) -> Iterator[Page | Request]:
        if self.swept is not None and listing == len(self.listings):
            yield from self._after_the_sweep(self.swept)
            return
        if listing == len(self.listings) or (self.limit and self.records >= self.limit):
            yield self._ask("/version", self._end)
            return
        params = {**self.listings[listing], "pageSize": self.page_size}
        params |= {"pageToken": token} if token else {"countTotal": "true"}
        if self.from_day:  # those without a day come last in the register's order
            term = f"(AREA[StudyFirstPostDate]RANGE[{self.from_day},MAX] OR AREA[StudyFirstPostDate]MISSING)"
            params["query.term"] = f"({params['query.term']}) AND {term}" if "query.term" in params else term
        if self.swept is not None:
            params["fields"] = FIELDS
        yield self._ask("/studies", self._page, params, listing=listing, token=token)

    def damaged(self, response: Response) -> str | None:
        if response.status != 200:
            return None
        try:
            if "/api/v2/studies?" in response.url:
                listed(response.body)
            else:
                json.loads(response.body)
        except (ValueError, RecursionError) as error:
            return f"not the JSON that was asked for: {error}"
        return None

    def _page(self, response: Response, listing: int, token: str | None) -> Iterator[Page | Request]:
        if response.status != 200:
            yield from self._refused(response, token)
            return
        answer = listed(response.body)
        if answer.totalCount is not None:
            self.expected = (self.expected or 0) + min(answer.totalCount, self.limit or answer.totalCount)
        if self.swept is not None:
            self.swept += map(read_slim, answer.studies)
            yield from self._next(*((listing, answer.nextPageToken) if answer.nextPageToken else (listing + 1, None)))
            return
        studies = answer.studies[: self.limit - self.records] if self.limit else answer.studies
        records = tuple(self._records(studies, f"{self.base}/api/v2/studies", "application/json", now()))
        self.records += len(records)
        place = (listing, answer.nextPageToken) if answer.nextPageToken else (listing + 1, None)
        if answer.nextPageToken and answer.nextPageToken == token:
            self.failures.append(f"{self.base}: the register gave the same page token twice; stopped there")
            return
        merged = tuple(
            Absence(self.name, alias, record.fetched_at, record.source_id)
            for record, study in zip(records, studies, strict=True)
            if self.ids
            for alias in _ids(study)[1:]
            if alias in self.ids
        )
        self.found_ids.update(record.source_id for record in records)
        self.found_ids.update(absence.source_id for absence in merged)
        self.from_day = self.from_day if answer.nextPageToken else None
        done = json.dumps([*place, self.records, self.timestamp, _first_posted(studies), self.from_day, self.began])
        yield from self._next(*place)  # asked for while this page is kept and read
        yield Page(records, Position(self.name, self.crawl, done), merged)

    def _after_the_sweep(self, swept: list[Listed]) -> Iterator[Page | Request]:
        assert self.sweep
        known = {id: Known(*held) for id, held in self.sweep().items()}
        if doubt := shrunk(known, len(swept), self.may_shrink):
            self.failures.append(f"{self.base}: {doubt}")
            self.facts["disbelieved"] = True
            return
        found = compare(known, swept)
        self.swept, self.sweep = None, None
        yield Page(absences=tuple(Absence(self.name, old, now(), new) for old, new in sorted(found.merged.items())))
        for missing in found.missing:
            yield self._ask(f"/studies/{missing}", self._missing, nct_id=missing)
        fetch = sorted(found.fetch)
        self.listings = [
            {"filter.ids": "|".join(fetch[at : at + IDS_A_REQUEST])} for at in range(0, len(fetch), IDS_A_REQUEST)
        ]
        self.crawl = crawl_name(self.base, self.listings, self.timestamp)
        yield from self._next(0, None)

    def _refused(self, response: Response, token: str | None) -> Iterator[Request]:
        said = response.text.strip().splitlines()[0][:200] if response.text.strip() else ""
        if response.status == 400 and token and self.restarts < RESTARTS:
            self.logger.warning("the register refused a page token (%s); beginning the listing again", said)
            self.restarts += 1
            yield self._ask("/version", self._begin)
        else:
            self.failures.append(f"{self.base}: the register answered {response.status} to the query: {said}")

    def _end(self, response: Response) -> Iterator[Page | Request]:
        """Data that moved during the crawl may have shifted the pages: begin again, which costs only requests."""
        if _timestamp(response) != self.timestamp and self.restarts < RESTARTS:
            self.logger.warning("the register's data moved during the crawl; beginning the listing again")
            self.restarts += 1
            yield from self._begin(response)
        else:
            for missing in sorted(self.ids - self.found_ids):
                yield self._ask(f"/studies/{missing}", self._missing, nct_id=missing)

    def _missing(self, response: Response, nct_id: str) -> Iterator[Page]:
        """An asked id that no listing held: merged into another (301), or not in the register (404)."""
        if response.status == 301:
            target = (response.headers.get("Location") or b"").decode("latin-1").rstrip("/").rpartition("/")[2][:11]
            yield Page(absences=(Absence(self.name, nct_id, now(), target),))
        elif response.status == 404:
            if nct_id in self.ids:  # asked for by a person; in a sweep it is what the sweep looks for
                self.failures.append(f"{nct_id}: the register has no such study")
            yield Page(absences=(Absence(self.name, nct_id, now()),))
        elif response.status == 200:
            address = f"{self.base}/api/v2/studies"
            yield Page(tuple(self._records([msgspec.Raw(response.body)], address, "application/json", now())))

    def _gave_up(self, failure: Any) -> None:
        if not failure.check(Interrupted, Refused):  # the next crawl takes it up; a refusal is already told
            self.failures.append(describe(failure))


# --- what is asked --------------------------------------------------------------------------------------------------


def listings(asked: dict[str, Any], *, everything: bool) -> tuple[frozenset[str], list[dict[str, str]]]:
    """The user's options as (ids asked for, parameters of each `/studies` listing).

    Options repeat: OR within one, AND between them. Raises ValueError, one clear line, for what cannot be asked.
    """
    wanted = {name: _many(value) for name, value in asked.items() if _many(value)}
    if unknown := set(wanted) - {*QUERIES, "status", "id", "since"}:
        raise ValueError(f"unknown option: {', '.join(sorted(unknown))}")
    if not wanted and not everything:
        raise ValueError("nothing asked for: give a condition, another query or ids, or --all for the whole register")
    params = {}
    for name in (name for name in QUERIES if name in wanted):
        params[QUERIES[name]] = " OR ".join(
            f"({escaped(text)})" if len(wanted[name]) > 1 else escaped(text) for text in wanted[name]
        )
        for text in wanted[name]:  # the register ignores every filter beside a query of numbers alone
            if not re.sub(r"NCT\d+|[\s,]", "", text, flags=re.IGNORECASE):
                raise ValueError(f"--{name} {text}: ask for register numbers with --id")
    if since := wanted.get("since"):
        term = f"AREA[LastUpdatePostDate]RANGE[{_day(since[-1])},MAX]"
        params["query.term"] = f"({params['query.term']}) AND {term}" if "query.term" in params else term
    if "status" in wanted:
        params["filter.overallStatus"] = "|".join(map(status_code, wanted["status"]))
    params["sort"] = "StudyFirstPostDate:asc"  # nearly immutable: pages hold still while the register is read
    ids = sorted({_nct(id) for text in wanted.get("id", ()) for id in re.split(r"[\s,|]+", text) if id})
    if not ids:
        return frozenset(), [params]
    batches = [ids[at : at + IDS_A_REQUEST] for at in range(0, len(ids), IDS_A_REQUEST)]
    alone = set(wanted) == {"id"}  # beside other options an id that is not listed may just not match them
    return frozenset(ids if alone else ()), [{**params, "filter.ids": "|".join(batch)} for batch in batches]


def escaped(text: str) -> str:
    """A user's words as Essie words: operators escaped, quotes escaped, brackets and semicolons (400 when they do not
    balance) as spaces. Raises ValueError when no word is left."""
    words = re.sub(r"[()\[\];{}\\]", " ", text)
    words = OPERATORS.sub(r"\\\1", words.replace('"', '\\"'))
    if not re.search(r"\w", words):
        raise ValueError(f"no word to search for in {text!r}")
    return " ".join(words.split())


def status_code(word: str) -> str:
    """The register's code of a status given in its word or ours. Raises ValueError."""
    for code, ours in STATUSES.items():
        if word.strip().casefold() in (code.casefold(), ours.casefold()):
            return code
    raise ValueError(f"unknown status {word!r}; known: {', '.join(STATUSES.values())}")


def _many(value: Iterable[str] | str | None) -> tuple[str, ...]:
    values = (value,) if isinstance(value, str) else tuple(value or ())
    return tuple(text for text in values if text)


def _day(text: str) -> str:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"not a date: {text!r} (write it like 2026-11-19)") from None


def _nct(text: str) -> str:
    match = re.fullmatch(r"NCT0*(\d{1,8})", text.strip(), re.IGNORECASE)
    if not match or not int(match[1]):
        raise ValueError(f"not a register number: {text!r} (write it like NCT05181397)")
    return f"NCT{int(match[1]):08}"


def _timestamp(response: Response) -> str | None:
    """The register's data timestamp; it is optional, and a stand-in may not serve it."""
    try:
        return str(json.loads(response.body)["dataTimestamp"])
    except (ValueError, KeyError, TypeError):
        return None


# --- cutting a document into records --------------------------------------------------------------------------------


class _Identification(msgspec.Struct):
    nctId: str | None = None
    nctIdAliases: list[str] = []


class _Protocol(msgspec.Struct):
    identificationModule: _Identification | None = None


class _Study(msgspec.Struct):
    protocolSection: _Protocol | None = None


class Listing(msgspec.Struct):
    """One answer of `/studies`; the studies stay undecoded."""

    studies: list[msgspec.Raw]
    nextPageToken: str | None = None
    totalCount: int | None = None


FIRST_NCT_ID = re.compile(rb'"identificationModule"\s*:\s*\{[^{}]*"nctId"\s*:\s*"(NCT\d{8})"')
LISTED = re.compile(rb'\{\s*(?:"totalCount"\s*:\s*\d+\s*,\s*|"nextPageToken"\s*:\s*"[^"]*"\s*,\s*)*"studies"\s*:')
_listing_decoder = msgspec.json.Decoder(Listing)
_study_decoder = msgspec.json.Decoder(_Study)
_list_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def _studies(body: bytes) -> list[msgspec.Raw]:
    """The records of a `/studies` answer, of a list of studies, or of a single study. Raises msgspec.DecodeError."""
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if body.startswith(b"["):
        return _list_decoder.decode(body)
    if LISTED.match(body):
        return listed(body).studies
    try:
        msgspec.json.decode(body, type=msgspec.Raw)  # a single study, or something else that read() will refuse
    except msgspec.DecodeError:
        if not _is_loose_json(body):
            raise
    return [msgspec.Raw(body)]


def listed(body: bytes) -> Listing:
    """One answer of `/studies`, cut. Raises msgspec.DecodeError (a ValueError) when it is none.

    Half a surrogate pair in one text ("\\ud83e") is JSON to some and none to msgspec: then the answer is cut by the
    standard library, and that one record is rejected, not the thousand beside it.
    """
    try:
        return _listing_decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        if not _is_loose_json(body):
            raise
    loose = json.loads(body)
    return Listing(_salvaged(body), loose.get("nextPageToken"), loose.get("totalCount"))


def _is_loose_json(body: bytes) -> bool:
    if b"\\ud" not in body.lower():
        return False
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _salvaged(body: bytes) -> list[msgspec.Raw]:
    """The whole studies that stand before the damage in a listing."""
    text = body.decode("utf-8", "replace")
    start = re.search(r'"studies"\s*:\s*\[|\A\s*\[', text)
    found: list[msgspec.Raw] = []
    if start:
        decoder, at = json.JSONDecoder(), start.end()
        while gap := re.compile(r"[\s,]*(?=\{)").match(text, at):
            try:
                _, end = decoder.raw_decode(text, gap.end())
            except (ValueError, RecursionError):
                break
            found.append(msgspec.Raw(text[gap.end() : end].encode()))
            at = end
    return found


def _first_posted(studies: list[msgspec.Raw]) -> str | None:
    """The day on which the last study of a page was first posted, if it tells one."""
    try:
        module = json.loads(bytes(studies[-1]))["protocolSection"]["statusModule"]
        return _day(str(module["studyFirstPostDateStruct"]["date"]))
    except (IndexError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _ids(study: bytes | msgspec.Raw) -> list[str]:
    """The number of an undecoded study, then its aliases; none where it has no usable number."""
    try:
        protocol = _study_decoder.decode(study).protocolSection
    except msgspec.ValidationError:  # something beside the number has a type that it should not have
        return [match[1].decode()] if (match := FIRST_NCT_ID.search(study)) else []
    except (msgspec.DecodeError, RecursionError):
        return []
    identification = protocol and protocol.identificationModule
    if not identification or not identification.nctId or not NCT.match(identification.nctId):
        return []
    return [identification.nctId, *identification.nctIdAliases]
