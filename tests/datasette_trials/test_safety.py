"""Nothing that comes with the data runs, and nothing breaks a page: headers, escaping, and both in real Chromium."""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
from datasette.app import Datasette
from lxml import html as markup

from datasette_trials.safety import HEADERS, policy, script_hash
from pipelines.folder import DataFolder
from pipelines.metadata import metadata
from pipelines.publish import publish
from tests.datasette_trials.hostile import HOSTILE
from tests.datasette_trials.library import everywhere, rich
from tests.datasette_trials.serving import REPOSITORY, Server, served, serving
from tests.made import rows, run
from tests.running import SOAK

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
SQL = "/trials?" + urlencode({"sql": "select id, title from trials"})
WITH_SCRIPTS = ("/", "/trials", "/trials/trials", SQL, "/trials/criteria", "/trial/NCT09000001")


# --- what an answer says --------------------------------------------------------------------------------------------


def test_a_policy_allows_scripts_by_hash_and_what_the_owner_adds() -> None:
    said = policy(["a"], {"img-src": ["https://tiles.example"], "frame-src": ["https://b.example"]})
    told = dict(part.split(" ", 1) for part in said.split("; "))
    assert told["script-src"] == f"'self' {script_hash('a')}"
    assert told["img-src"] == "'self' data: https://tiles.example"
    assert told["frame-src"] == "'self' https://b.example"
    assert "unsafe" not in told["script-src"]


def headers(server: Server, path: str) -> dict[str, str]:
    try:
        with urllib.request.urlopen(server.url + path, timeout=30) as answer:
            return {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return {name.lower(): value for name, value in error.headers.items()}


@pytest.mark.parametrize(
    "path",
    [*WITH_SCRIPTS, "/trials/trials.json", "/trials/trials.csv", "/nothing", "/trial/nothing",
     "/-/static-plugins/trialdex/trialdex.css", "/compare.csv"],
)  # fmt: skip
def test_every_answer_carries_the_headers(server: Server, path: str) -> None:
    said = headers(server, path)
    assert "'unsafe" not in said["content-security-policy"].split("script-src")[1].split(";")[0]
    for name, value in HEADERS.items():
        assert said[name] == value


@pytest.mark.parametrize("facets", ["on", "off"])
def test_every_inline_script_that_datasette_serves_is_allowed(folder: DataFolder, tmp_path: Path, facets: str) -> None:
    seen = set()
    command = ("datasette", "serve", folder.published, "--port", "0", "--setting", "allow_facet", facets)
    with serving(tmp_path / "log", *command) as server:
        for path in WITH_SCRIPTS:
            body = server.get(path)[1]
            allowed = headers(server, path)["content-security-policy"]
            for script in INLINE.findall(body):
                assert script_hash(script) in allowed, f"{path}: {script[:80]}"
                seen.add(script)
    assert len(seen) == 2, "the editor's, and the one with the setting"


def test_the_owner_of_a_site_can_add_to_the_policy(folder: DataFolder) -> None:
    told: dict[str, Any] = metadata()
    told["plugins"]["trialdex"]["content_security_policy"] = {"img-src": ["https://tiles.example"]}

    async def ask() -> str:
        datasette = Datasette([str(folder.published)], metadata=told)
        await datasette.invoke_startup()
        return str((await datasette.client.get("/")).headers["content-security-policy"])

    with ThreadPoolExecutor(1) as thread:
        assert "img-src 'self' data: https://tiles.example;" in thread.submit(asyncio.run, ask()).result()


def test_a_private_file_stays_private(folder: DataFolder) -> None:
    told = metadata() | {"allow": {"id": "owner"}}

    async def ask() -> list[int]:
        datasette = Datasette([str(folder.published)], metadata=told)
        await datasette.invoke_startup()
        paths = ("/trials/trials", "/trial/NCT09000001", "/compare?id=NCT09000001&id=NCT09000002", "/compare.csv",
                 "/trial/NCT09000001/similar.json")  # fmt: skip
        return [(await datasette.client.get(path)).status_code for path in paths]

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, ask()).result() == [403] * 5


# --- hostile texts --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """Full studies in which every free text is a hostile one, each another, served; and their ids."""
    folder = DataFolder(tmp_path_factory.mktemp("hostile"))

    def poisoned(index: int) -> dict[str, Any]:
        # Every fourth has results and documents (26), the others sites, arms and all the rest.
        record = rich(26 if index % 4 == 0 else index % 40, lambda record: everywhere(record, HOSTILE[index]))
        record["protocolSection"]["identificationModule"]["nctId"] = f"NCT09{index:06}"
        return record

    run(folder, (poisoned(index) for index in range(len(HOSTILE))))
    with folder.locked():
        publish(folder)
    ids = [trial for (trial,) in rows(folder.published, "SELECT id FROM trials ORDER BY id")]
    with served(folder) as server:
        yield server, ids


def test_there_are_three_hundred_and_each_reaches_its_fields(hostile: tuple[Server, list[str]]) -> None:
    assert len(set(HOSTILE)) == len(hostile[1]) == 300
    record = rich(26, lambda record: everywhere(record, HOSTILE[0]))
    assert str(record).count(HOSTILE[0]) > 80


OURS = (
    " a article aside b body br button code dd del details div dl dt footer form h1 h2 h3 h4 head header html i input "
    "ins label li link main meta nav ol p script section span strong summary table tbody td th thead time title tr ul "
    "svg g use rect circle path figure figcaption "
)  # the elements of our pages


def check(body: str) -> None:
    """A page that holds no element, attribute or address that came with the data."""
    tree = markup.document_fromstring(body.encode(), parser=markup.HTMLParser(encoding="utf-8"))
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert f" {element.tag} " in OURS
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            if name in ("href", "src", "action"):
                target = urlsplit(value)
                assert target.scheme in ("", "http", "https"), value
                assert target.netloc != "elsewhere.example", value
    assert len(tree.findall(".//body")) == len(tree.findall(".//main")) == len(tree.findall(".//h1")) == 1
    assert [element.tag for element in tree.find("body")][-1] in ("footer", "script")
    assert not [text for text in tree.itertext() if "{{" in text and "__class__" not in text]


def test_hostile_texts_become_no_markup(hostile: tuple[Server, list[str]]) -> None:
    server, ids = hostile
    for trial in ids:
        status, body = server.get(f"/trial/{trial}")
        assert status == 200
        check(body)
    for start in range(0, len(ids), 6):
        status, body = server.get("/compare?" + urlencode([("id", trial) for trial in ids[start : start + 6]]))
        assert status == 200
        check(body)
    check(server.get("/")[1])
    assert "Traceback" not in server.said()


STATE = """[window.ran ?? null, location.href, document.querySelectorAll("h1").length,
    document.querySelectorAll("body > footer").length,
    document.documentElement.scrollWidth <= document.documentElement.clientWidth]"""


def visit(page: Page, server: Server, path: str) -> None:
    """A page on which nothing ran, that asked nobody else, and that has its beginning and its end."""
    page.goto(server.url + path, wait_until="load")
    assert page.evaluate(STATE) == [None, server.url + path, 1, 1, True]


def test_hostile_texts_do_nothing_in_a_browser(browser: Browser, hostile: tuple[Server, list[str]]) -> None:
    """Without the policy, which would hide a fault: escaping alone must hold. All 300 in the soak, else every fifth;
    the test above looks at the markup of all of them."""
    server, ids = hostile
    context = browser.new_context(bypass_csp=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    try:
        for trial in ids if SOAK else ids[::5]:
            visit(page, server, f"/trial/{trial}")
        for start in range(0, len(ids), 60):
            visit(page, server, "/compare?" + urlencode([("id", trial) for trial in ids[start : start + 60 : 12]]))
        for path in ("/", "/trials/trials", "/trials/trials?_next=100", "/trials/criteria", "/trials/outcomes"):
            visit(page, server, path)
        assert hosts <= {urlsplit(server.url).netloc, ""}
    finally:
        context.close()


def test_the_policy_stops_a_script_that_is_not_ours(browser: Browser, server: Server) -> None:
    """The second lock by itself: a script put into the page does not run with it, and does without it."""
    script = "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    for bypass, ran in ((False, None), (True, 1)):
        context = browser.new_context(bypass_csp=bypass)
        try:
            page = context.new_page()
            page.goto(server.url)
            page.evaluate(script)
            assert page.evaluate("window.ran") == ran
        finally:
            context.close()


# --- a public server ------------------------------------------------------------------------------------------------


def test_the_settings_that_the_document_names_are_datasettes() -> None:
    from datasette.app import DEFAULT_SETTINGS

    text = (REPOSITORY / "docs" / "publishing.md").read_text(encoding="utf-8")
    named = set(re.findall(r"--setting (\w+)", text)) | set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
    assert len(named) >= 10
    assert named <= set(DEFAULT_SETTINGS)


def test_downloads_and_sql_can_be_taken_away(folder: DataFolder, tmp_path: Path) -> None:
    settings = ("allow_download", "off", "default_allow_sql", "off", "allow_csv_stream", "off")
    options = [word for pair in zip(settings[::2], settings[1::2], strict=True) for word in ("--setting", *pair)]
    command = ("trialdex", "--data", folder.path, "serve", "--port", "0", *options)
    with serving(tmp_path / "log", *command) as closed:
        assert closed.get("/trials.db")[0] == 403
        assert closed.get(SQL)[0] == 403
        assert "Ask in SQL" not in closed.get("/trials")[1]
        assert "_stream" not in closed.get("/trials/trials")[1]
        assert closed.get("/trial/NCT09000001")[0] == closed.get("/trials/trials")[0] == 200
