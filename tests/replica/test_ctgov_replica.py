"""The register's replica keeps to the contract, over real HTTP."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from replica import CtgovServer, World, ctgov_replica
from replica.plan import nct_id
from tests.replica.asking import ask, ids, walk

SIZE = 120
API = "/api/v2"


@pytest.fixture(scope="module")
def server() -> Iterator[CtgovServer]:
    with ctgov_replica(size=SIZE) as server:
        yield server


def studies(server: CtgovServer, **parameters: object) -> list[dict[str, Any]]:
    answer = ask(f"{server.url}{API}/studies", pageSize=1000, **parameters)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["studies"]
    return found


def refusal(server: CtgovServer, path: str = "/studies", **parameters: object) -> str:
    answer = ask(f"{server.url}{API}{path}", **parameters)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    return answer.text


def status_of(study: dict[str, Any]) -> Any:
    return study["protocolSection"]["statusModule"]["overallStatus"]


# --- version, one study, transport ---


def test_version_tells_the_timestamp_of_the_data(server: CtgovServer) -> None:
    assert ask(f"{server.url}{API}/version").json == {"apiVersion": "2.0.5", "dataTimestamp": "2026-11-16T09:00:05"}


def test_one_study_comes_unwrapped(server: CtgovServer) -> None:
    answer = ask(f"{server.url}{API}/studies/{nct_id(4)}")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body == server.world.study_json(4)


@pytest.mark.parametrize("path", ["/studies/NCT08000017", "/studies/nct08000017"])
def test_an_alias_redirects_to_its_study(server: CtgovServer, path: str) -> None:
    answer = ask(f"{server.url}{API}{path}", fields="NCTId")
    assert answer.status == 301
    assert answer.headers["Location"] == f"{API}/studies/NCT09000017?fields=NCTId"
    assert answer.body == b""


def test_an_unknown_study_is_404(server: CtgovServer) -> None:
    answer = ask(f"{server.url}{API}/studies/NCT05555555")
    assert (answer.status, answer.text) == (404, "NCT number NCT05555555 not found")


@pytest.mark.parametrize("name", ["NCT00000000", "NCT123456789", "hello", "NCT", "NCT0900000%C2%B2"])
def test_a_malformed_id_is_400(server: CtgovServer, name: str) -> None:
    assert "incorrect format" in refusal(server, f"/studies/{name}")


def test_a_short_id_is_filled_up(server: CtgovServer) -> None:
    assert ask(f"{server.url}{API}/studies/NCT12").text == "NCT number NCT00000012 not found"


def test_the_etag_belongs_to_the_data(server: CtgovServer) -> None:
    first, second = (ask(f"{server.url}{API}{path}").headers["ETag"] for path in ("/version", f"/studies/{nct_id(3)}"))
    assert first == second
    again = ask(f"{server.url}{API}/studies", headers={"If-None-Match": first})
    assert (again.status, again.body) == (304, b"")


def test_gzip_is_honoured(server: CtgovServer) -> None:
    packed = ask(f"{server.url}{API}/studies", headers={"Accept-Encoding": "gzip"})
    plain = ask(f"{server.url}{API}/studies")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json["studies"] == plain.json["studies"]
    assert int(packed.headers["Content-Length"]) < len(plain.body) / 2


def test_robots_forbid_the_api(server: CtgovServer) -> None:
    rules = ask(f"{server.url}/robots.txt").text.splitlines()
    assert {"Crawl-delay: 1", "Disallow: /api/", "Allow: /api/int/"} <= set(rules)


def test_other_addresses_are_404(server: CtgovServer) -> None:
    assert [
        ask(f"{server.url}{path}").status for path in ("/", "/api/v1/studies", f"{API}/", f"{API}/studies/a/b")
    ] == [404] * 4


def test_options_are_refused(server: CtgovServer) -> None:
    assert ask(f"{server.url}{API}/studies", method="OPTIONS").status == 403


# --- pages ---


def test_pages_hold_ten_studies_one_a_line_and_the_token_last(server: CtgovServer) -> None:
    body = ask(f"{server.url}{API}/studies").text
    lines = body.split("\n")
    assert [json.loads(line.rstrip(","))["hasResults"] in (True, False) for line in lines[1:-1]] == [True] * 10
    assert re.search(r'\n\],"nextPageToken":"[\w-]+"\}\Z', body)
    assert list(json.loads(body)) == ["studies", "nextPageToken"]


@pytest.mark.parametrize("size", [7, 10, 60, 119, 120])
def test_a_walk_finds_every_study_once(server: CtgovServer, size: int) -> None:
    found = ids(walk(server.url, pageSize=size, fields="NCTId"))
    assert found == [nct_id(index) for index in range(SIZE)]


def test_the_last_page_has_no_token(server: CtgovServer) -> None:
    assert "nextPageToken" not in ask(f"{server.url}{API}/studies", pageSize=SIZE, fields="NCTId").json
    assert "nextPageToken" in ask(f"{server.url}{API}/studies", pageSize=SIZE - 1, fields="NCTId").json


@pytest.mark.parametrize(("asked", "got"), [(0, 10), (1, 1), (1000, 120), (5000, 120)])
def test_page_sizes(server: CtgovServer, asked: int, got: int) -> None:
    assert len(ask(f"{server.url}{API}/studies", pageSize=asked, fields="NCTId").json["studies"]) == got


def test_page_sizes_are_clamped_to_a_thousand() -> None:
    with ctgov_replica(size=1_100) as server:
        assert len(ask(f"{server.url}{API}/studies", pageSize=5000, fields="NCTId").json["studies"]) == 1000


@pytest.mark.parametrize("size", ["-1", "ten", "", "1.5"])
def test_bad_page_sizes_are_refused(server: CtgovServer, size: str) -> None:
    assert "pageSize" in refusal(server, pageSize=size)


def test_the_total_comes_first_and_only_on_the_first_page(server: CtgovServer) -> None:
    first = ask(f"{server.url}{API}/studies", countTotal="true", fields="NCTId").json
    assert list(first) == ["totalCount", "studies", "nextPageToken"]
    assert first["totalCount"] == SIZE
    assert (
        "totalCount" not in ask(f"{server.url}{API}/studies", countTotal="true", pageToken=first["nextPageToken"]).json
    )


def test_tokens_are_not_bound_to_their_query(server: CtgovServer) -> None:
    token = ask(f"{server.url}{API}/studies", pageSize=5, fields="NCTId").json["nextPageToken"]
    everything = ids(studies(server, query__spons="University", fields="NCTId"))
    foreign = ask(
        f"{server.url}{API}/studies", query__spons="University", fields="NCTId", pageToken=token, pageSize=1000
    ).json
    assert ids(foreign["studies"]) == everything[5:]


def test_strict_tokens_are_bound_to_query_and_data() -> None:
    with ctgov_replica(size=50, strict_tokens=True) as server:
        url = f"{server.url}{API}/studies"
        token = ask(url, fields="NCTId").json["nextPageToken"]
        assert ask(url, fields="NCTId", pageSize=3, pageToken=token).status == 200
        assert ask(url, fields="NCTId", query__cond="asthma", pageToken=token).status == 400
        server.world.go_to(1)
        assert ask(url, fields="NCTId", pageToken=token).status == 400


@pytest.mark.parametrize("token", ["x", "", "AAAA", "ä", "A" * 28])
def test_tokens_that_are_none_are_refused(server: CtgovServer, token: str) -> None:
    assert "pageToken" in refusal(server, pageToken=token)


# --- fields ---


def test_fields_limit_what_comes(server: CtgovServer) -> None:
    found = studies(server, fields="NCTId,OverallStatus|LastUpdatePostDate,VersionHolder,NCTIdAlias")
    assert found[17] == {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT09000017", "nctIdAliases": ["NCT08000017"]},
            "statusModule": {
                "overallStatus": status_of(server.world.study(17)),
                "lastUpdatePostDateStruct": {
                    "date": server.world.study(17)["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"][
                        "date"
                    ]
                },
            },
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-11-16"}},
    }


@pytest.mark.parametrize("field", ["StatusModule", "statusModule", "protocolSection.statusModule"])
def test_a_branch_brings_its_descendants(server: CtgovServer, field: str) -> None:
    found = ask(f"{server.url}{API}/studies/{nct_id(2)}", fields=field).json
    assert found == {"protocolSection": {"statusModule": server.world.study(2)["protocolSection"]["statusModule"]}}


def test_leaves_in_lists_keep_their_places(server: CtgovServer) -> None:
    whole = server.world.study(2)["protocolSection"]["armsInterventionsModule"]["interventions"]
    found = ask(f"{server.url}{API}/studies/{nct_id(2)}", fields="InterventionName").json
    assert found["protocolSection"]["armsInterventionsModule"]["interventions"] == [
        {"name": each["name"]} for each in whole
    ]


@pytest.mark.parametrize("field", ["Nonsense", "protocolSection.nonsense", "nctid"])
def test_unknown_fields_are_refused(server: CtgovServer, field: str) -> None:
    assert f"contains invalid field name: '{field}'" in refusal(server, fields=field)


def test_empty_fields_are_refused(server: CtgovServer) -> None:
    assert "empty" in refusal(server, fields="")


# --- queries and filters ---


def test_conditions_are_searched_in_words(server: CtgovServer) -> None:
    for study in studies(server, query__cond="asthma"):
        assert "asthma" in json.dumps(study).lower()
    assert 0 < len(studies(server, query__cond="asthma")) < SIZE / 4


@pytest.mark.parametrize(
    ("query", "same_as"),
    [
        ("cancer AND lung", "lung cancer"),
        ("(cancer)", "cancer"),
        ("cancer OR (asthma AND severe)", "(severe asthma) OR cancer"),
        ("cancer NOT lung", "cancer AND NOT lung"),
        ("CANCER", "cancer"),
        ("AREA[ConditionSearch]cancer", "cancer"),
        ("AREA[Condition]cancer OR AREA[ConditionSearch]cancer", "cancer"),
    ],
)
def test_queries_that_mean_the_same(server: CtgovServer, query: str, same_as: str) -> None:
    first, second = (ids(studies(server, query__cond=text, fields="NCTId")) for text in (query, same_as))
    assert first == second != []


def test_not_and_or_partition_the_world(server: CtgovServer) -> None:
    having, lacking = (set(ids(studies(server, query__term=text, fields="NCTId"))) for text in ("cancer", "NOT cancer"))
    assert having
    assert lacking
    assert having | lacking == {nct_id(index) for index in range(SIZE)}
    assert not having & lacking


def test_quoted_phrases_are_runs_of_words(server: CtgovServer) -> None:
    loose = studies(server, query__term="AREA[BriefSummary]participants study")
    tight = studies(server, query__term='AREA[BriefSummary]"participants will attend"')
    assert 0 < len(tight) < len(loose)
    assert all("participants will attend" in json.dumps(study).lower() for study in tight)
    assert studies(server, query__term='AREA[BriefSummary]"attend will participants"') == []
    assert len(studies(server, query__term="AREA[BriefSummary]attend will participants")) >= len(tight)


def test_escaped_operators_are_words(server: CtgovServer) -> None:
    assert studies(server, query__cond=r"asthma \OR malaria") == []
    assert studies(server, query__cond="asthma OR malaria") != []


def test_queries_are_anded(server: CtgovServer) -> None:
    both = ids(studies(server, query__cond="cancer", query__spons="University", fields="NCTId"))
    one = ids(studies(server, query__cond="cancer", fields="NCTId"))
    other = ids(studies(server, query__spons="University", fields="NCTId"))
    assert both == [each for each in one if each in other] != []


def test_lead_sponsors_are_a_part_of_sponsors(server: CtgovServer) -> None:
    lead, all_of_them = (
        ids(studies(server, fields="NCTId", **{f"query__{name}": "University"})) for name in ("lead", "spons")
    )
    assert set(lead) < set(all_of_them)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("locn", "United States"),
        ("titles", "efficacy"),
        ("outc", "mortality"),
        ("intr", "placebo"),
        ("id", "NCT09000007"),
        ("patient", "adults"),
    ],
)
def test_every_kind_of_query_finds_something(server: CtgovServer, name: str, text: str) -> None:
    found = studies(server, **{f"query__{name}": text})
    assert 0 < len(found) < SIZE
    assert all(text.split()[0].lower() in json.dumps(study).lower() for study in found)


@pytest.mark.parametrize("parameter", ["query__term", "filter__advanced"])
def test_updates_since_a_day(server: CtgovServer, parameter: str) -> None:
    found = studies(server, **{parameter: "AREA[LastUpdatePostDate]RANGE[2026-06-01, MAX]"})
    days = [study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] for study in found]
    everything = [server.world.study(index)["protocolSection"]["statusModule"] for index in range(SIZE)]
    assert sorted(days) == sorted(
        day for each in everything if (day := each["lastUpdatePostDateStruct"]["date"]) >= "2026-06-01"
    )
    assert days


def test_american_dates_and_years_are_dates(server: CtgovServer) -> None:
    since = "AREA[StudyFirstPostDate]RANGE[%s,MAX]"
    iso = ids(studies(server, query__term=since % "2024-03-05", fields="NCTId"))
    american = ids(studies(server, query__term=since % "03/05/2024", fields="NCTId"))
    assert iso == american != []
    year = studies(server, query__term="AREA[StudyFirstPostDate]2024", fields="StudyFirstPostDate")
    assert year
    assert all("2024-" in json.dumps(study) for study in year)


def test_numbers_have_ranges(server: CtgovServer) -> None:
    found = studies(server, query__term="AREA[EnrollmentCount]RANGE[100,200]")
    assert found
    assert all(100 <= study["protocolSection"]["designModule"]["enrollmentInfo"]["count"] <= 200 for study in found)


def test_missing_finds_what_lacks_a_field(server: CtgovServer) -> None:
    found = studies(server, query__term="AREA[Phase]MISSING")
    assert found
    assert all("phases" not in study["protocolSection"].get("designModule", {}) for study in found)


@pytest.mark.parametrize("separator", [",", "|"])
def test_statuses_filter(server: CtgovServer, separator: str) -> None:
    found = studies(server, filter__overallStatus=f"RECRUITING{separator}UNKNOWN")
    assert {status_of(study) for study in found} == {"RECRUITING", "UNKNOWN"}


def test_ids_filter_maps_aliases_and_skips_unknown(server: CtgovServer) -> None:
    found = studies(server, filter__ids="NCT08000017,nct9000003|NCT05555555", fields="NCTId,NCTIdAlias")
    assert ids(found) == ["NCT09000017", "NCT09000003"]
    assert found[0]["protocolSection"]["identificationModule"]["nctIdAliases"] == ["NCT08000017"]


def test_four_hundred_ids_fit_in_a_request(server: CtgovServer) -> None:
    names = [nct_id(index) for index in range(400)]
    assert ids(studies(server, filter__ids="|".join(names), fields="NCTId")) == names[:SIZE]


def test_one_malformed_id_fails_the_whole_list(server: CtgovServer) -> None:
    assert "incorrect format" in refusal(server, filter__ids="NCT09000001,oops")


def test_a_query_of_ids_alone_ignores_filters(server: CtgovServer) -> None:
    found = studies(server, query__cond="NCT09000001 NCT09000002", filter__overallStatus="WITHHELD", fields="NCTId")
    assert ids(found) == ["NCT09000001", "NCT09000002"]


def test_facets_count_unknown_options_as_nothing(server: CtgovServer) -> None:
    assert {status_of(study) for study in studies(server, aggFilters="status:rec")} == {"RECRUITING"}
    assert studies(server, aggFilters="phase:na") == []
    assert studies(server, aggFilters="phase:NA") != []
    assert "aggFilters" in refusal(server, aggFilters="nonsense:1")


def test_sorting(server: CtgovServer) -> None:
    found = studies(server, sort="LastUpdatePostDate", fields="LastUpdatePostDate")
    days = [study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] for study in found]
    assert days == sorted(days, reverse=True)
    counts = [
        study.get("protocolSection", {}).get("designModule", {}).get("enrollmentInfo", {}).get("count")
        for study in studies(server, sort="EnrollmentCount:asc", fields="EnrollmentCount")
    ]
    known = [count for count in counts if count is not None]
    assert known == sorted(known)
    assert counts[: len(known)] == known


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"nonsense": "1"}, "`nonsense` is unknown parameter"),
        ({"filter__phase": "1"}, "`filter.phase` is unknown parameter"),
        ({"filter__overallStatus": "foo"}, "Invalid value in parameter `overallStatus`: `foo`"),
        ({"sort": "BriefTitle"}, "Unsupported sort field type: text"),
        ({"sort": "oops"}, "incorrect format"),
        ({"sort": "StartDate,CompletionDate,EnrollmentCount"}, "incorrect format"),
        ({"query__cond": "(lung"}, "Error parsing query in Conditions or disease: missing ')'"),
        ({"query__cond": "lung)"}, "mismatched input ')'"),
        ({"query__cond": "lung; liver"}, "no viable alternative"),
        ({"query__cond": "AND lung"}, "mismatched input"),
        ({"query__term": "AREA[Nonsense]x"}, "Unknown area name"),
        ({"query__term": "AREA[OverallStatus]busy"}, "Allowed values for enum field"),
        ({"query__term": "COVERAGE[Odd]x"}, "Invalid coverage: Odd"),
        ({"query__term": '"open'}, "no viable alternative"),
        ({"filter__advanced": "NOT"}, "Error parsing query in advanced filter"),
        ({"query__term": "AREA[EnrollmentCount]RANGE[few,MAX]"}, "Error parsing query"),
        ({"query__cond": " ".join(["lung"] * 14)}, "Too complicated query"),
        ({"query__term": "(" * 1000 + "lung" + ")" * 1000}, "Too complicated query"),
        ({"format": "xml"}, "`format`"),
    ],
)
def test_what_is_refused_and_how(server: CtgovServer, parameters: dict[str, str], message: str) -> None:
    assert message in refusal(server, **parameters)


# --- the rest of the addresses ---


def test_the_zip_holds_every_study_where_the_register_puts_it(server: CtgovServer) -> None:
    answer = ask(f"{server.url}{API}/studies/download", format="json.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(
            f"{nct_id(index)[-2:]}/{nct_id(index)}.json" for index in range(SIZE)
        )
        assert archive.read("07/NCT09000007.json") == server.world.study_json(7)


def test_the_zip_takes_no_query(server: CtgovServer) -> None:
    assert refusal(server, "/studies/download", query__cond="x") == "Invalid prefix in parameter name: query.cond"
    assert "format" in refusal(server, "/studies/download")


def test_sizes_and_enums(server: CtgovServer) -> None:
    sizes = ask(f"{server.url}{API}/stats/size").json
    assert sizes["totalStudies"] == SIZE
    assert 10_000 < sizes["averageSizeBytes"] < 30_000
    enums = {each["type"]: each for each in ask(f"{server.url}{API}/studies/enums").json}
    assert len(enums["OverallStatus"]["values"]) == 14
    assert enums["OverallStatus"]["values"][1] == {"value": "RECRUITING", "legacyValue": "Recruiting"}


def test_a_large_world_is_paged_without_scanning() -> None:
    """Ten times the register's size in requests is no matter here; making 600,000 studies would take five minutes."""
    with ctgov_replica(size=600_000) as server:
        server.world.study_json = counted(server.world.study_json)  # type: ignore[method-assign]
        answer = ask(f"{server.url}{API}/studies", pageSize=5, countTotal="true").json
        assert answer["totalCount"] == 600_000
        assert len(answer["studies"]) == 5
        assert counted.calls == 5


class counted:
    """Counts the calls of a function."""

    calls = 0

    def __init__(self, function: Any) -> None:
        self.function = function
        counted.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        counted.calls += 1
        return self.function(*arguments)


# --- days ---


def test_a_day_later_the_server_tells_the_new_world() -> None:
    world = World(size=100)
    with ctgov_replica(world=world) as server:
        etag = ask(f"{server.url}{API}/version").headers["ETag"]
        before = ids(walk(server.url, fields="NCTId"))
        told = ask(f"{server.url}/_replica/day", method="POST", advance=1).json
        assert (told["day"], told["dataTimestamp"]) == (1, "2026-11-17T09:00:05")
        after = ids(walk(server.url, fields="NCTId"))
        assert ask(f"{server.url}{API}/version", headers={"If-None-Match": etag}).status == 200
        log = ask(f"{server.url}/_replica/log", day=1).json
        gone = {each["nct_id"] for each in log if each["kind"] in ("merged", "vanished")}
        new = {each["nct_id"] for each in log if each["kind"] == "new"}
        assert set(after) == (set(before) - gone) | new
        for each in log:
            answer = ask(f"{server.url}{API}/studies/{each['nct_id']}")
            assert answer.status == {"merged": 301, "vanished": 404}.get(each["kind"], 200)
            if each["kind"] == "merged":
                assert answer.headers["Location"].endswith(each["target"])
        since = studies(server, query__term="AREA[LastUpdatePostDate]RANGE[2026-11-17,MAX]", fields="NCTId")
        assert set(ids(since)) == {each["nct_id"] for each in log if each["kind"] in ("new", "changed")}


def test_a_slim_answer_is_the_projection_of_the_whole(server: CtgovServer) -> None:
    """Sweeps are answered without making studies; what they tell must be the same."""
    fields = "NCTId,NCTIdAlias,OverallStatus,LastUpdatePostDate,VersionHolder"
    slim = studies(server, fields=fields)
    whole = studies(server, fields=f"{fields},HasResults")
    for each in whole:
        del each["hasResults"]
    assert slim == whole
