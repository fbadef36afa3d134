"""The `trialdex` command. Each command is a thin door: it takes the lock, calls the piece that does the work, and
turns what it says into lines for people and an exit code.

Exit codes: 0 done, 1 some input could not be read to its end, 2 wrong usage, 3 the gate refused to publish, 4 another
run holds the lock, 5 a source refused us. With several causes the first of 4, 2, 5, 3, 1 applies.
"""

from __future__ import annotations

import functools
import json
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.table import Table

from pipelines.folder import DataFolder, Locked

if TYPE_CHECKING:
    from pipelines.config import Config

UNREAD, USAGE, UNPUBLISHED, LOCKED, REFUSED = 1, 2, 3, 4, 5
DATASETTE_SETTINGS = {
    "suggest_facets": "off",  # guessing facets costs more than the rest of a page; the metadata names the useful ones
    "facet_time_limit_ms": "1000",
    "sql_time_limit_ms": "3000",
    "default_page_size": "50",
}
HERE = Path(__file__).resolve().parent

screen = Console(highlight=False, width=None if sys.stdout.isatty() else 140)


class Options:
    """What every command shares."""

    def __init__(self, folder: DataFolder, quiet: bool, verbose: bool) -> None:
        self.folder, self.quiet, self.verbose = folder, quiet, verbose

    def say(self, *lines: object) -> None:
        if not self.quiet:
            screen.print(*lines, soft_wrap=True, markup=False)


def complain(line: str) -> None:
    """One clear line on standard error."""
    click.echo(f"trialdex: {line}", err=True)


@contextmanager
def clear_lines() -> Iterator[None]:
    """Every foreseeable fault as one line and its exit code; no traceback reaches a user."""
    try:
        yield
    except Locked as error:
        complain(str(error))
        sys.exit(LOCKED)
    except (click.ClickException, click.Abort):
        raise
    except (sqlite3.Error, OSError) as error:
        complain(in_words(error))
        sys.exit(UNREAD)
    except Exception as error:
        # Only now: to import these takes longer than most commands that do not need them.
        from pipelines.config import BadConfig
        from pipelines.publish import NotPublished
        from pipelines.schema import NewerFile
        from scraper.crawling import CrawlFailed

        if isinstance(error, BadConfig):
            complain(str(error))
            sys.exit(USAGE)
        if not isinstance(error, NotPublished | NewerFile | CrawlFailed):
            raise
        unpublished = isinstance(error, NotPublished)
        complain(f"not published: {error}" if unpublished else str(error))
        sys.exit(UNPUBLISHED if unpublished else UNREAD)


def in_words(error: Exception) -> str:
    """A fault of disk or database for people."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, sqlite3.Error):
        return f"database: {error}; what was committed before is kept, and running again goes on from there"
    return str(error)


def command(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command's body with faults in clear lines; it returns its exit code, None for 0."""

    @click.pass_obj
    @functools.wraps(function)
    def wrapped(options: Options, *args: Any, **kwargs: Any) -> None:
        with clear_lines():
            code = function(options, *args, **kwargs)
        sys.exit(code or 0)

    return wrapped


def configurable(otherwise: str) -> Callable[..., Any]:
    """The option `--config`, of the commands that do what the configuration says."""
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help=f"Configuration; trialdex.toml of this folder where there is one, else {otherwise}.",
    )


def configured(file: Path | None) -> Config:
    """What a file, or trialdex.toml of this folder, configures. Raises BadConfig."""
    from pipelines.config import Config, read_config

    usual = Path("trialdex.toml")
    file = file or (usual if usual.exists() else None)
    return read_config(file) if file else Config()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="TRIALDEX_DATA",
    default=Path("data"),
    show_default=True,
    help="Data folder: archive.db, trials.db, published/ (or TRIALDEX_DATA).",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")
@click.option("-v", "--verbose", is_flag=True, help="Say what Scrapy says, too.")
@click.version_option(package_name="trialdex")
@click.pass_context
def main(context: click.Context, data: Path, quiet: bool, verbose: bool) -> None:
    """Clinical trials from registers and recruitment portals, in one SQLite file, published with Datasette.

    \b
    Try:
      trialdex demo                                   synthetic sources, crawled, published and served
      trialdex crawl ctgov --condition "heart failure" --status recruiting
      trialdex load studies.jsonl.gz page.html        the same line, fed from files
      trialdex publish && trialdex serve              browse it at http://127.0.0.1:8001/
    """
    context.obj = Options(DataFolder(data), quiet, verbose)


# --- crawl ----------------------------------------------------------------------------------------------------------


@main.group()
def crawl() -> None:
    """Fetch from a source into the data folder.

    A crawl that was killed goes on where it stood when the same command is given again. Trialdex asks one thing a
    second of a host, obeys robots.txt and Retry-After, and stops when it is refused.
    """


def run_crawl(options: Options, wanted: list[tuple[str, dict[str, Any]]]) -> int:
    from pipelines.line import ready
    from pipelines.nightly import compare
    from scraper.crawling import Wanted
    from scraper.crawling import crawl as run
    from scraper.register import sources

    for name, asked in wanted:
        try:
            sources()[name](**asked)
        except ValueError as error:
            complain(str(error))
            return USAGE
    with options.folder.locked():
        ready(options.folder)
        crawls = [Wanted(name, asked) for name, asked in wanted]
        spiders = run(crawls, data=options.folder.path, quiet=options.quiet, verbose=options.verbose)
        compare(options.folder)
    for spider in spiders:
        report(options, spider.name, {**spider.counts, **spider.run_facts})
        for line in (*spider.refusals, *spider.failures):
            complain(line)
    if any(spider.refusals for spider in spiders):
        return REFUSED
    return UNREAD if any(spider.failures for spider in spiders) else 0


def report(options: Options, title: str, told: dict[str, Any]) -> None:
    """The summary that every run ends with."""
    names = ("seen", "new", "changed", "unchanged", "removed", "rejected", "problems", "requests", "seconds")
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    shown = [name for name in names if name in told]
    for name in shown:
        table.add_column(name, justify="right")
    table.add_row(*(f"{told[name]:,.1f}" if isinstance(told[name], float) else f"{told[name]:,}" for name in shown))
    if not options.quiet:
        screen.print(table)


many = functools.partial(click.option, multiple=True, metavar="TEXT")


@crawl.command("ctgov")
@many("--condition", help="Condition or disease.")
@many("--intervention", help="Drug, device, procedure ...")
@many("--sponsor", help="Lead sponsor or collaborator.")
@many("--term", help="Other words.")
@many("--location", help="City, state, country or site.")
@many("--status", help="Recruitment status, in the register's word or ours.")
@many("--id", help="Register number; lists are asked for 400 at a time.")
@click.option("--since", metavar="DATE", help="Updated at the register on or after this day, like 2026-11-19.")
@click.option("--all", "all", is_flag=True, help="The whole register (611,000 studies: about ten minutes).")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after this many studies.")
@click.option("--page-size", type=click.IntRange(1, 1000), default=1000, show_default=True)
@click.option("--base-url", metavar="URL", help="Another server of the same API (or TRIALDEX_CTGOV_URL).")
@command
def crawl_ctgov(options: Options, **asked: Any) -> int:
    """Studies of ClinicalTrials.gov. Options repeat: OR within one, AND between them.

    \b
    trialdex crawl ctgov --condition "interstitial lung disease" --intervention tocilizumab
    trialdex crawl ctgov --status recruiting --location Norway --since 2026-11-01
    trialdex crawl ctgov --id NCT05181397 --id NCT00000102
    """
    return run_crawl(options, [("ctgov", asked)])


@crawl.command("portal")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after this many trial pages.")
@click.option("--pages-per-host", type=click.IntRange(min=1), help="Budget: pages of a host (100,000 by default).")
@click.option("--seconds-per-host", type=click.FloatRange(min=0, min_open=True), help="Budget: time spent on a host.")
@command
def crawl_portal(options: Options, urls: tuple[str, ...], **asked: Any) -> int:
    """Recruitment-portal pages: one page, a listing, a sitemap, a feed, a host with a sitemap in its robots.txt, or
    @FILE with such addresses, one a line.

    A page that was crawled before is asked for what is new only. When a host's budget is spent, the same command goes
    on from there.

    \b
    trialdex crawl portal https://portal.example/clinical-trials/listings/337486/a-trial/
    trialdex crawl portal https://portal.example/sitemap.xml --pages-per-host 5000
    trialdex crawl portal @addresses.txt
    """
    for url in urls:
        if not url.startswith("@") and not web_address(url):
            complain(f"not a web address: {url}" + (f" (a file of addresses is @{url})" if Path(url).is_file() else ""))
            return USAGE
    return run_crawl(options, [("portal", {"urls": list(urls), **asked})])


def web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


# --- files ----------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE...")
@click.option("--url", metavar="URL", help="Address that a saved page was served from.")
@command
def load(options: Options, files: tuple[Path, ...], url: str | None) -> int:
    """Read saved files: studies as JSON, API pages, JSON lines, the register's zip, portal pages; gzipped or not.

    \b
    trialdex load studies.jsonl.gz
    trialdex load ctg-studies.json.zip
    trialdex load page.html --url https://portal.example/clinical-trials/listings/337486/
    """
    from pipelines.load import load as run_load
    from pipelines.nightly import compare

    if url and not web_address(url):
        complain(f"not a web address: {url}")
        return USAGE
    with options.folder.locked():
        told, failures = run_load(options.folder, files, url, options.say)
        compare(options.folder)
    report(options, f"load of {len(files)} file{'s' * (len(files) > 1)}", told)
    for failure in failures:
        complain(failure)
    return UNREAD if failures else 0


@main.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--url", metavar="URL", help="Address that a saved page was served from.")
@command
def read(options: Options, file: Path, url: str | None) -> int:
    """Print the records of a file as `read` sees them, as a golden file would hold them.

    \b
    trialdex read page.html --url https://portal.example/clinical-trials/listings/337486/
    """
    from pipelines.read import as_golden
    from pipelines.read import read as read_record
    from scraper.files import pages

    failures: list[str] = []
    for page in pages(file, url=url, failures=failures):
        for raw in page.records:
            click.echo(json.dumps(as_golden(read_record(raw)[0]), indent=2, ensure_ascii=False))
    for failure in failures:
        complain(failure)
    return UNREAD if failures else 0


@main.command()
@click.argument("form", type=click.Choice(["parquet", "csv"]))
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@command
def export(options: Options, form: str, directory: Path) -> int:
    """Write every public table as files: Parquet by source and year, or one CSV file a table.

    \b
    trialdex export parquet trials-2026-11-22
    trialdex export csv tables
    """
    from pipelines.export import NotExported
    from pipelines.export import export as write

    try:
        written = write(what_is_served(options.folder), directory, form)
    except NotExported as error:
        complain(str(error))
        return USAGE
    options.say(f"{directory}: {sum(written.values()):,} rows of {len(written)} tables as {form}")
    return 0


@main.command("new-portal")
@click.argument("name")
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", metavar="URL", help="Address that the page was served from.")
@click.option("--into", type=click.Path(exists=True, file_okay=False, path_type=Path), default=HERE, help="Checkout.")
@command
def new_portal(options: Options, name: str, page: Path, url: str | None, into: Path) -> int:
    """Begin a recruitment portal's profile from one saved page: the profile, a fixture and a golden that fails.

    \b
    trialdex new-portal healthfinder page.html --url https://portal.example/trials/17/
    """
    from pipelines.read import as_golden
    from pipelines.read import read as read_record
    from scraper.new_portal import draft, write
    from scraper.register import Damaged

    if url and not web_address(url):
        raise click.UsageError(f"not a web address: {url}")
    try:
        told = draft(name, page.read_bytes(), url)
        files = write(told, as_golden(read_record(told.record)[0]), into)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except Damaged as error:
        complain(f"{page}: {error}")
        return UNREAD
    recognised = Table("field", "the page's label", "where", title="recognised", title_justify="left", box=None)
    for row in told.found:
        recognised.add_row(*row)
    if not options.quiet:
        screen.print(recognised, "", markup=False)
    for label, words in told.unknown:
        options.say(f"not known: {label!r}, over {words[:60]!r}")
    if told.refused:
        options.say(f"as it stands, the page is refused: {told.refused}")
    if told.missing:
        options.say(f"not found: {', '.join(told.missing)}")
    if told.read_by:
        options.say(f"recognised by the profile of {told.read_by} already; the new one extends it")
    for file in files:
        options.say(f"wrote {file}")
    options.say(
        "The fixture still holds the portal's sentences: rewrite every one of them before you commit it.\n"
        "Mail addresses, telephone and register numbers are replaced. docs/portals.md goes on from here.\n"
        f"pytest tests/registers/test_goldens.py -k {name} fails until the golden is approved."
    )
    return 0


# --- batch steps ----------------------------------------------------------------------------------------------------


@main.command()
@command
def replay(options: Options) -> None:
    """Rebuild trials.db from archive.db alone, without the network."""
    from pipelines.line import replay as rebuild
    from pipelines.nightly import compare

    if not options.folder.archive.exists():
        raise NotPublishedArchive(options.folder.archive)
    with options.folder.locked():
        told = rebuild(options.folder)
        compare(options.folder)
    options.say(f"replayed: {', '.join(f'{n:,} {name}' for name, n in told.items())}")


class NotPublishedArchive(OSError):
    """There is nothing to replay."""

    def __init__(self, path: Path) -> None:
        super().__init__(0, "there is no archive to replay: crawl or load something first", str(path))


@main.command()
@click.option("--to", "trial", metavar="ID", help="The nearest to a stored trial.")
@click.option("--text", metavar="TEXT", help="The nearest to a description in words.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PAGE",
    help="The nearest to a saved page or record that need not be stored.",
)
@click.option("--url", metavar="URL", help="Address that the page was served from.")
@click.option("--limit", type=click.IntRange(1, 20), default=10, show_default=True, help="How many are shown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@command
def similar(
    options: Options, trial: str | None, text: str | None, file: Path | None, url: str | None, limit: int, as_json: bool
) -> int:
    """Compute the nearest neighbours of every trial, or ask for those of one, with reasons.

    \b
    trialdex similar                                  all of them, anew
    trialdex similar --to NCT05181397
    trialdex similar --text "tocilizumab in systemic sclerosis with lung disease"
    trialdex similar --file page.html --url https://portal.example/clinical-trials/listings/337486/
    """
    from pipelines import similar_ask
    from pipelines.similar import similar as compute

    if sum(each is not None for each in (trial, text, file)) > 1:
        complain("ask with one of --to, --text and --file")
        return USAGE
    if url and not web_address(url):
        complain(f"not a web address: {url}")
        return USAGE
    try:
        if trial is not None:
            found = similar_ask.to_stored(options.folder, trial)
        elif text is not None:
            found = similar_ask.to_text(options.folder, text)
        elif file is not None:
            found = similar_ask.to_file(options.folder, file, url)
        else:
            with options.folder.locked():
                done = compute(options.folder, full=True)
            options.say(f"neighbours of {done.trials:,} trials computed")
            return 0
    except similar_ask.NoAnswer as error:
        complain(str(error))
        return USAGE if isinstance(error, similar_ask.UnknownTrial) else UNREAD
    show_similar(options, found[:limit], as_json)
    return 0


def show_similar(options: Options, found: list[Any], as_json: bool) -> None:
    """Neighbours and their reasons, for people or as JSON."""
    from pipelines.reasons import as_data, sentences

    if as_json:
        click.echo(json.dumps([as_data(one) for one in found], indent=2, ensure_ascii=False))
        return
    for rank, one in enumerate(found, start=1):
        lines = [f"{rank:>2}. {one.other_id}  {one.score:.2f}  {one.other_title or ''}", *sentences(one)]
        screen.print("\n      ".join(lines), soft_wrap=True, markup=False)
    options.say("Likeness of records, not fitness for anybody: not medical advice." if found else "no similar trials")


@main.command()
@click.option("--force", metavar="REASON", help="Publish though the gate's comparisons refuse; the reason is recorded.")
@click.option(
    "--slim/--whole", default=None, help="Without full-text search over criteria, a smaller file, or with it."
)
@configurable("the usual limits")
@command
def publish(options: Options, force: str | None, slim: bool | None, config: Path | None) -> None:
    """Copy trials.db, pass the copy through the gate, and put it in the place of published/trials.db.

    \b
    trialdex publish
    trialdex publish --slim
    trialdex publish --force "the register withdrew 30,000 records on purpose"
    """
    from pipelines.publish import renew

    told = configured(config)
    with options.folder.locked():
        done = renew(options.folder, told.gate, force, told.slim if slim is None else slim)
    options.say(f"{done.outcome} {done.path}", *(f"(set aside: {refusal.words})" for refusal in done.overruled))


@main.command()
@click.option("--check", is_flag=True, help="Only say which files are stale (exit 1 when one is).")
@command
def metadata(options: Options, check: bool) -> int:
    """Write what is made from the schema: datasette_metadata.json, docs/schema.md, docs/<source>_fields.md."""
    from pipelines.documents import stale

    found = stale(HERE)
    for name, text in found.items():
        if check:
            complain(f"{name} is not what the schema says: run `trialdex metadata`")
        else:
            (HERE / name).parent.mkdir(exist_ok=True)
            (HERE / name).write_text(text, encoding="utf-8")
            options.say(f"wrote {HERE / name}")
    return UNREAD if check and found else 0


@main.command()
@click.option("--sizes", is_flag=True, help="Bytes of every table instead; reads the files to their end.")
@command
def status(options: Options, sizes: bool) -> None:
    """What is in the data folder: trials by source, the last runs, problems, freshness; or how large each table is."""
    from pipelines.status import sizes_told
    from pipelines.status import status as told

    for title, columns, rows in (sizes_told if sizes else told)(options.folder):
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for column in columns:
            table.add_column(column, justify="right" if column not in columns[:1] else "left")
        for row in rows:
            table.add_row(*map(shown, row))
        screen.print(table, "")


@main.command()
@click.argument("trial", metavar="ID")
@click.option("--at", "moment", metavar="DATE", help="The trial as it stood then (end of the day, UTC).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@command
def history(options: Options, trial: str, moment: str | None, as_json: bool) -> int:
    """What changed in one trial, run by run; or how it stood at a date.

    \b
    trialdex history NCT05181397
    trialdex history NCT05181397 --at 2026-11-19
    trialdex history NCT05181397 --at 2026-11-19 --json
    """
    from pipelines import history as told
    from pipelines.history_lines import changes_told, version_shown

    try:
        found = told.at(options.folder, trial, moment) if moment is not None else told.past(options.folder, trial)
    except (told.NoSuchTrial, told.NotKept) as error:
        complain(str(error))
        return USAGE if isinstance(error, told.NoSuchTrial) else UNREAD
    lines = version_shown(found) if isinstance(found, told.Version) else changes_told(found)
    click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False) if as_json else "\n".join(lines))
    return 0


def shown(value: object) -> str:
    """A cell of a table for people."""
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


# --- the night ------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("trialdex.toml"))
@command
def init(options: Options, file: Path) -> int:
    """Write a commented configuration for `trialdex nightly`."""
    from pipelines.config import TEMPLATE

    if file.exists():
        complain(f"{file} exists; it is left as it is")
        return USAGE
    file.write_text(TEMPLATE, encoding="utf-8")
    options.say(f"wrote {file}")
    return 0


@main.command()
@configurable("the whole of ctgov")
@click.option("--sweep", is_flag=True, help="Compare the whole listing tonight, whatever day it is.")
@command
def nightly(options: Options, config: Path | None, sweep: bool) -> int:
    """The cron job: what is new at every source, links, the gate, publishing, a report.

    \b
    trialdex init && trialdex -q nightly
    """
    from pipelines.nightly import night

    told = configured(config)
    done = night(options.folder, told, sweep=sweep, quiet=options.quiet, verbose=options.verbose)
    for spider in done.spiders:
        report(options, spider.name, {**spider.counts, **spider.run_facts})
    for line in (*done.wrong, *done.pings):
        complain(line)
    for line in (*done.notes, f"report: {done.report}"):
        options.say(line)
    if done.refused:
        return REFUSED
    return UNPUBLISHED if done.unpublished else UNREAD if done.wrong else 0


# --- serve ----------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--setting", "settings", nargs=2, multiple=True, metavar="NAME VALUE", help="A setting of Datasette's.")
@command
def serve(options: Options, port: int, host: str, settings: tuple[tuple[str, str], ...]) -> None:
    """Datasette on the published file, or on trials.db while nothing has been published.

    \b
      trialdex serve --setting allow_download off    for a public server: docs/publishing.md
    """
    run_datasette(what_is_served(options.folder), host, port, dict(settings))


def what_is_served(folder: DataFolder) -> Path:
    """The published file, or trials.db while nothing has been published."""
    served = folder.published if folder.published.exists() else folder.trials
    if not served.exists():
        raise click.UsageError(f"{folder.path} holds no trials: crawl or load something first")
    return served


def metadata_file() -> Path:
    """datasette_metadata.json of the checkout; where Trialdex was installed without it, one made for this run."""
    from pipelines.metadata import as_text

    if (HERE / "datasette_metadata.json").exists():
        return HERE / "datasette_metadata.json"
    made = Path(tempfile.mkdtemp(prefix="trialdex-")) / "datasette_metadata.json"
    made.write_text(as_text(), encoding="utf-8")
    return made


def run_datasette(file: Path, host: str, port: int, settings: dict[str, str] | None = None) -> None:
    """Becomes Datasette, with its settings over ours; does not return."""
    arguments = ["serve", str(file), "--metadata", str(metadata_file())]
    arguments += ["--host", host, "--port", str(port)]
    for name, value in (DATASETTE_SETTINGS | (settings or {})).items():
        arguments += ["--setting", name, value]
    os.execv(sys.executable, [sys.executable, "-m", "datasette", *arguments])


@main.command()
@click.option("--no-serve", is_flag=True, help="Stop when the demo is crawled and published.")
@click.option("--studies", type=click.IntRange(min=1), default=300, show_default=True)
@click.option("--listings", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@command
def demo(options: Options, no_serve: bool, studies: int, listings: int, port: int) -> int:
    """Synthetic sources on loopback, crawled over real HTTP into <data>/demo/, published and served."""
    from pipelines.publish import publish as run_publish
    from pipelines.similar import similar as compute_similar
    from replica import ctgov_replica, portal_replica

    folder = DataFolder(options.folder.path / "demo")
    inner = Options(folder, options.quiet, options.verbose)
    with ctgov_replica(size=studies) as register, portal_replica(register.world, listings=listings) as portal:
        options.say(f"synthetic register at {register.url}, synthetic portal at {portal.url}")
        code = run_crawl(
            inner,
            [("ctgov", {"all": True, "base_url": register.url}), ("portal", {"urls": [f"{portal.url}/sitemap.xml"]})],
        )
    if code:
        return code
    with folder.locked():
        compute_similar(folder)
        published = run_publish(folder)
    options.say(f"published {published}")
    if not no_serve:
        options.say(f"browse it at http://127.0.0.1:{port}/  (Ctrl-C ends it)")
        os.environ["TRIALDEX_BAND"] = "Synthetic data: made up for a demonstration"
        run_datasette(published, "127.0.0.1", port)
    return 0


if __name__ == "__main__":
    main()
