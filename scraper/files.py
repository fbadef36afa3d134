"""Saved files as pages: a JSON study, an answer of an API, JSON lines, a zip of studies, a portal page; any may be
gzipped. What could be read is kept; what could not is one clear line in `failures`."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from scraper.items import Page, RawRecord
from scraper.register import Damaged, Register, nameless_id, now, sources

HEAD = 64 * 1024  # bytes that a source sees to recognise a file
LARGEST_DOCUMENT = 512 * 1024 * 1024  # bytes of one document, or one line, that is held in memory
RECORDS_A_PAGE = 500
BYTES_A_PAGE = 8 * 1024 * 1024
CONTENT_TYPES = {"{": "application/json", "[": "application/json", "<": "text/html"}


def pages(path: Path, *, url: str | None, failures: list[str]) -> Iterator[Page]:
    """The records of one file, some hundred a page. Never raises for what the file holds."""
    try:
        with _opened(path) as stream:
            yield from _gathered(_records(path, stream, url, failures))
    except IsADirectoryError:
        failures.append(f"{path}: is a directory, not a file")
    except (EOFError, zlib.error) as error:
        failures.append(f"{path}: cut off or damaged inside its gzip: {error}")
    except (OSError, zipfile.BadZipFile) as error:
        failures.append(f"{path}: {getattr(error, 'strerror', None) or error}")


def source_names(path: Path) -> set[str]:
    """The sources that recognise a file; empty where none does, or it cannot be opened."""
    try:
        with _opened(path) as stream:
            head = stream.read(HEAD)
    except (OSError, EOFError, zlib.error):
        return set()
    if head.startswith(b"PK\x03\x04"):
        return {"ctgov"}
    source = _recognised(head, path.name)
    return {source.name} if source else set()


def _opened(path: Path) -> IO[bytes]:
    with open(path, "rb") as stream:
        gzipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path) if gzipped else open(path, "rb")


def _recognised(head: bytes, name: str) -> type[Register] | None:
    return next((source for source in sources().values() if source.recognises(head, name)), None)


def _records(path: Path, stream: IO[bytes], url: str | None, failures: list[str]) -> Iterator[RawRecord]:
    """Every record, of whatever kind of file."""
    head = stream.read(HEAD)
    stream.seek(0)
    if not head.strip():
        failures.append(f"{path}: is empty")
    elif head.startswith(b"PK\x03\x04"):
        yield from _zipped(path, url, failures)
    elif (source := _recognised(head, path.name)) is None:
        failures.append(f"{path}: neither JSON nor a page of a kind that any source reads")
    else:
        yield from _documents(str(path), stream, source, url, failures)


def _documents(
    where: str, stream: IO[bytes], source: type[Register], url: str | None, failures: list[str]
) -> Iterator[RawRecord]:
    first = stream.readline(LARGEST_DOCUMENT)
    if ".jsonl" in where or ".ndjson" in where or _is_json_object(first):
        yield from _cut(first, source, url, f"{where}: line 1", failures)
        for number, line in enumerate(iter(lambda: stream.readline(LARGEST_DOCUMENT), b""), start=2):
            if line.strip():
                yield from _cut(line, source, url, f"{where}: line {number}", failures)
        return
    body = first + stream.read(LARGEST_DOCUMENT)
    if len(body) >= LARGEST_DOCUMENT:
        failures.append(f"{where}: longer than {LARGEST_DOCUMENT >> 20} MB in one document; JSON lines can be any length")
        return
    yield from _cut(body, source, url, where, failures)


def _zipped(path: Path, url: str | None, failures: list[str]) -> Iterator[RawRecord]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            where = f"{path}: {member.filename}"
            if member.is_dir():
                continue
            try:
                body = archive.read(member)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
                failures.append(f"{where}: {error}")
                continue
            source = _recognised(body[:HEAD], member.filename)
            if source is None:
                failures.append(f"{where}: neither JSON nor a page of a kind that any source reads")
            else:
                yield from _cut(body, source, url, where, failures)


def _cut(
    body: bytes, source: type[Register], url: str | None, where: str, failures: list[str]
) -> Iterator[RawRecord]:
    """The records of one document. One that is damaged is a failure, and its bytes a record to be rejected: a row."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1].decode("latin-1")
    content_type, found = CONTENT_TYPES.get(start, "text/plain"), 0
    try:
        for record in source.cut(body, url=url, content_type=content_type, at=now()):
            found += 1
            yield record
    except Damaged as error:
        failures.append(f"{where}: {error}" + (f"; the {found} records before that are kept" if found else ""))
        if not found:
            yield RawRecord(source=source.name, source_id=nameless_id(body), url=url or source.web, fetched_at=now(),
                            content_type=content_type, body=body)  # fmt: skip


def _is_json_object(line: bytes) -> bool:
    text = line.strip().removeprefix(b"\xef\xbb\xbf")
    if not (text.startswith(b"{") and text.endswith(b"}")):
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _gathered(records: Iterator[RawRecord]) -> Iterator[Page]:
    page: list[RawRecord] = []
    size = 0
    try:
        for record in records:
            page.append(record)
            size += len(record.body)
            if len(page) == RECORDS_A_PAGE or size > BYTES_A_PAGE:
                yield Page(tuple(page))
                page, size = [], 0
    except (OSError, EOFError, zlib.error):
        if page:  # what came before the damage is kept
            yield Page(tuple(page))
        raise
    if page:
        yield Page(tuple(page))
