"""A loopback replica of the ClinicalTrials.gov API v2, over a world of synthetic studies.

It keeps to what is known of the register's behaviour: strict parameters, texts as errors, tokens that are offsets and
not bound to the query, an ETag that belongs to the data and not to the address, aliases that redirect.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import Any
from urllib.parse import unquote, urlencode

from msgspec import json

from replica.essie import BadQuery
from replica.pieces import ENUMS, QUERIES, path_of, project
from replica.plan import nct_id
from replica.search import Search, canonical, listed
from replica.serving import Asked, ReplicaServer, Reply, text
from replica.world import World

API = "/api/v2"
DEFAULT_PAGE, LARGEST_PAGE = 10, 1000
LARGEST_ZIP = 50_000  # studies; the real one holds all, this one is made in memory
ROBOTS = """User-agent: *
Crawl-delay: 1
# The site's own app uses this part.
Allow: /api/int/
Disallow: /api/
"""
FILTERS = ("overallStatus", "geo", "ids", "advanced", "synonyms")
STUDIES_PARAMETERS = {
    *(f"query.{name}" for name in QUERIES), *(f"filter.{name}" for name in FILTERS),
    *(f"postFilter.{name}" for name in FILTERS),
    "aggFilters", "geoDecay", "fields", "sort", "countTotal", "pageSize", "pageToken", "format", "markupFormat",
}  # fmt: skip
STUDY_PARAMETERS = {"format", "markupFormat", "fields"}


class CtgovServer(ReplicaServer):
    """The replica of the register. With `strict_tokens` a token works only for its own query and data."""

    def __init__(self, world: World, port: int = 0, strict_tokens: bool = False) -> None:
        super().__init__(world, self.respond, port)
        self.strict_tokens = strict_tokens
        self.search = Search(world)
        self._tokens = 0

    def respond(self, asked: Asked) -> Reply:
        """The answer to one request."""
        if asked.path == "/robots.txt":
            return text(200, ROBOTS)
        if not asked.path.startswith(API + "/"):
            return text(404, "Not found")
        try:
            reply = self.route(asked.path.removeprefix(API), asked)
        except BadQuery as error:
            return text(400, str(error))
        if reply.status == 200:
            etag = f'"{hashlib.blake2b(self.world.timestamp.encode(), digest_size=6).hexdigest()}/2.0.5"'
            if etag in (asked.headers.get("If-None-Match") or ""):
                reply = Reply(304)
            reply.headers["ETag"] = etag
        return reply

    def route(self, path: str, asked: Asked) -> Reply:
        if path == "/studies":
            return self.page(allowed(asked, STUDIES_PARAMETERS), asked)
        if path == "/version":
            allowed(asked, set())
            return Reply(body=json.encode({"apiVersion": "2.0.5", "dataTimestamp": self.world.timestamp}))
        if path == "/studies/enums":
            allowed(asked, set())
            return Reply(
                body=json.encode(
                    [{"type": name, "pieces": [name], "values": legacy(values)} for name, values in ENUMS.items()]
                )
            )
        if path == "/studies/download":
            return self.download(allowed(asked, {"format"}))
        if path == "/stats/size":
            allowed(asked, set())
            return self.sizes()
        if path.startswith("/studies/") and path.count("/") == 2:
            return self.one(unquote(path.removeprefix("/studies/")), allowed(asked, STUDY_PARAMETERS))
        return text(404, "Not found")

    # --- one study ---

    def one(self, identifier: str, parameters: dict[str, str]) -> Reply:
        name = canonical(identifier)
        check_format(parameters)
        index, is_alias = self.world.find(name)
        if index is None:
            return text(404, f"NCT number {name} not found")
        if is_alias:
            query = "?" + urlencode(parameters) if parameters else ""
            return Reply(301, headers={"Location": f"{API}/studies/{nct_id(index)}{query}"})
        return Reply(body=self.record(index, chosen_fields(parameters)))

    def record(self, index: int, paths: list[list[str]] | None) -> bytes:
        if paths is None:
            return self.world.study_json(index)
        return json.encode(project(self.slim(index, paths) or self.world.study(index), paths))

    def slim(self, index: int, paths: list[list[str]]) -> dict[str, Any] | None:
        """The few fields of a sweep, without making the study, of which a sweep throws nearly all away."""
        if self.world.is_edited(index) or not {".".join(path) for path in paths} <= SWEEP:
            return None
        view = self.search.view(index)
        aliases = view.values("NCTIdAlias")
        return {
            "protocolSection": {
                "identificationModule": {
                    "nctId": view.values("NCTId")[0], **({"nctIdAliases": list(aliases)} if aliases else {})
                },
                "statusModule": {
                    "overallStatus": view.values("OverallStatus")[0],
                    "lastUpdatePostDateStruct": {"date": view.values("LastUpdatePostDate")[0]},
                },
            },
            "derivedSection": {"miscInfoModule": {"versionHolder": self.world.data_day.isoformat()}},
        }  # fmt: skip

    # --- pages ---

    def page(self, parameters: dict[str, str], asked: Asked) -> Reply:
        check_format(parameters)
        size = page_size(parameters.get("pageSize"))
        paths = chosen_fields(parameters)
        fault = asked.fault.kind if asked.fault else ""
        if fault == "bad_token" and "pageToken" in parameters:
            raise BadQuery("Invalid page token: it may have expired")
        offset = self.offset(parameters)
        found = self.search.find(parameters)
        if fault in ("half_listing", "no_results"):
            found = found[: len(found) // 2 if fault == "half_listing" else 0]
        end = offset if fault == "empty_page" else offset + size
        records = [self.record(found[at], paths) for at in range(offset, min(end, len(found)))]
        parts = [b'"studies":[\n' + b",\n".join(records) + b"\n]"]
        if parameters.get("countTotal") == "true" and "pageToken" not in parameters:
            parts.insert(0, b'"totalCount":%d' % len(found))
        if end < len(found):
            parts.append(b'"nextPageToken":"%s"' % self.token(end, parameters))
        return Reply(body=b"{" + b",".join(parts) + b"}")

    def token(self, offset: int, parameters: dict[str, str]) -> bytes:
        """An opaque token: a counter (no two are the same), the offset, and for strict servers what it belongs to."""
        self._tokens += 1
        bound = self.binding(parameters) if self.strict_tokens else b"\0" * 8
        raw = self._tokens.to_bytes(5, "big") + bound + offset.to_bytes(5, "big")
        return base64.urlsafe_b64encode(raw + hashlib.blake2b(raw, digest_size=3).digest()).rstrip(b"=")

    def binding(self, parameters: dict[str, str]) -> bytes:
        asked = sorted(
            (name, value) for name, value in parameters.items() if name not in ("pageToken", "pageSize", "countTotal")
        )
        return hashlib.blake2b(f"{asked}{self.world.timestamp}".encode(), digest_size=8).digest()

    def offset(self, parameters: dict[str, str]) -> int:
        """Where a page begins. Raises BadQuery on a token that is none, or (strict) belongs elsewhere."""
        token = parameters.get("pageToken")
        if token is None:
            return 0
        try:
            raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        if len(raw) != 21 or hashlib.blake2b(raw[:18], digest_size=3).digest() != raw[18:]:
            raise BadQuery("Parameter `pageToken` has incorrect format")
        if self.strict_tokens and raw[5:13] != self.binding(parameters):
            raise BadQuery("Invalid page token: it belongs to another query or to older data")
        return int.from_bytes(raw[13:18], "big")

    # --- the rest ---

    def sizes(self) -> Reply:
        """Sizes, estimated from the first 200 studies."""
        present = self.world.present()
        sample = sorted((len(self.world.study_json(index)), nct_id(index)) for index in present[:200])
        mean = sum(size for size, _ in sample) // max(1, len(sample))
        largest = [{"id": name, "sizeBytes": size} for size, name in reversed(sample[-5:])]
        found = {"totalStudies": len(present), "averageSizeBytes": mean, "percentiles": {}, "ranges": []}
        return Reply(body=json.encode({**found, "largestStudies": largest}))

    def download(self, parameters: dict[str, str]) -> Reply:
        """All studies as the register's zip: `NN/NCTxxxxxxNN.json` by the last two digits."""
        if parameters.get("format") != "json.zip":
            raise BadQuery("Invalid value in parameter `format`: only `json.zip` can be downloaded")
        present = self.world.present()
        if len(present) > LARGEST_ZIP:
            return text(503, f"This replica makes zips of up to {LARGEST_ZIP} studies")
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for index in present:
                name = nct_id(index)
                archive.writestr(f"{name[-2:]}/{name}.json", self.world.study_json(index))
        headers = {"Content-Disposition": 'attachment; filename="ctg-studies.json.zip"'}
        return Reply(body=held.getvalue(), content_type="application/zip", headers=headers)


SWEEP = {
    "protocolSection.identificationModule.nctId",
    "protocolSection.identificationModule.nctIdAliases",
    "protocolSection.statusModule.overallStatus",
    "protocolSection.statusModule.lastUpdatePostDateStruct.date",
    "derivedSection.miscInfoModule.versionHolder",
}


def allowed(asked: Asked, known: set[str]) -> dict[str, str]:
    """The parameters of a request, the last value of each. Raises BadQuery on one that is not known."""
    for name, _ in asked.query:
        if name not in known:
            if name.startswith(("query.", "filter.")) and "fields" not in known:
                raise BadQuery(f"Invalid prefix in parameter name: {name}")
            raise BadQuery(f"`{name}` is unknown parameter")
    return dict(asked.query)


def check_format(parameters: dict[str, str]) -> None:
    for name, known in (
        ("format", ("json",)),
        ("markupFormat", ("markdown", "legacy")),
        ("countTotal", ("true", "false")),
    ):
        if parameters.get(name, known[0]) not in known:
            raise BadQuery(f"Invalid value in parameter `{name}`: `{parameters[name]}`")


def page_size(text: str | None) -> int:
    """The page size asked for: 10 when none or 0, never more than 1,000."""
    if text is None:
        return DEFAULT_PAGE
    if not text.isascii() or not text.isdigit():
        raise BadQuery(f"Parameter `pageSize` has incorrect format: `{text}`")
    return min(int(text), LARGEST_PAGE) or DEFAULT_PAGE


def chosen_fields(parameters: dict[str, str]) -> list[list[str]] | None:
    """The paths that `fields` asks for; None for whole studies."""
    if "fields" not in parameters:
        return None
    names = listed(parameters["fields"])
    if not names:
        raise BadQuery("Parameter `fields` is empty")
    paths = []
    for name in names:
        path = path_of(name)
        if path is None and name != "@query":
            raise BadQuery(f"Parameter `fields` contains invalid field name: '{name}'")
        paths.append(path.split(".") if path else [])
    return None if [] in paths else paths


def legacy(values: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"value": value, "legacyValue": value.replace("_", " ").capitalize()} for value in values]
