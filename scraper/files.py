"""Saved files as pages: a JSON study, an answer of an API, JSON lines, a zip of studies, a portal page; any may be
gzipped. What could be read is kept; what could not is one clear line in `failures`."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from scraper.items import Page, Position, RawRecord
from scraper.register import Damaged, Register, nameless_id, now, sources
from scraper.zipped import members

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"  # how they begin
HEAD = 64 * 1024  # bytes that a source sees to recognise a file
LARGEST_DOCUMENT = 512 * 1024 * 1024  # bytes of one document, or one line, that is held in memory
TOO_LONG = f"one document is longer than {LARGEST_DOCUMENT >> 20} MB (JSON lines can be any number); the rest is left"
RECORDS_A_PAGE = 500
BYTES_A_RECORD = 18_000  # of a study, on average
PACKED = 4  # times its size in an archive
BYTES_A_PAGE = 8 * 1024 * 1024
FILES = "files"  # whose places in the archive say how far a file has been read
CONTENT_TYPES = {"{": "application/json", "[": "application/json", "<": "text/html"}


def pages(path: Path, *, url: str | None, failures: list[str], done: int = 0) -> Iterator[Page]:
    """The records of one file but for the first `done`, some hundred a page, each page with how many are done after
    it. Never raises for what the file holds."""
    try:
        with _opened(path) as stream:
            yield from _gathered(islice(_records(path, stream, url, failures), done, None), reading(path, url), done)
    except IsADirectoryError:
        failures.append(f"{path}: is a directory, not a file")
    except OSError as error:
        failures.append(f"{path}: {getattr(error, 'strerror', None) or error}")


def records_in(path: Path) -> int:
    """About how many records a file holds, by its size, for who must plan ahead."""
    try:
        with path.open("rb") as file:
            packed = file.read(4).startswith((ZIP, GZIP))
        return path.stat().st_size * (PACKED if packed else 1) // BYTES_A_RECORD
    except OSError:
        return 0


def source_names(path: Path) -> set[str]:
    """The sources that recognise a file; empty where none does, or it cannot be opened."""
    try:
        with _opened(path) as stream:
            head = stream.peek(HEAD)
    except (OSError, EOFError, zlib.error):
        return set()
    if head.startswith(ZIP):
        return {"ctgov"}
    source = _recognised(head, path.name)
    return {source.name} if source else set()


def _opened(path: Path) -> io.BufferedReader[Any]:
    stream = io.BufferedReader(io.FileIO(path), HEAD)
    gzipped = stream.read(2) == GZIP
    stream.seek(0)
    return io.BufferedReader(_Gunzipped(stream), HEAD) if gzipped else stream


class _Gunzipped(io.RawIOBase):
    """A gzip file unpacked as far as it goes. `gzip.open` withholds what it had read when it meets the damage."""

    def __init__(self, packed: io.BufferedReader[Any]) -> None:
        self.packed = packed
        self.unpack = zlib.decompressobj(wbits=31)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands in
        while True:
            if self.unpack.eof:  # perhaps another member follows
                rest = self.unpack.unused_data or self.packed.read(HEAD)
                if not rest.strip(b"\0"):
                    return 0
                self.unpack = zlib.decompressobj(wbits=31)
            else:
                rest = self.unpack.unconsumed_tail or self.packed.read(HEAD)
            data = self.unpack.decompress(rest, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not rest:
                raise EOFError("the file ends before its gzip does")

    def close(self) -> None:
        self.packed.close()
        super().close()


def _recognised(head: bytes, name: str) -> type[Register] | None:
    return next((source for source in sources().values() if source.recognises(head, name)), None)


def _records(path: Path, stream: io.BufferedReader[Any], url: str | None, failures: list[str]) -> Iterator[RawRecord]:
    """Every record, of whatever kind of file."""
    head = stream.peek(HEAD)
    if not head.strip():
        failures.append(f"{path}: is empty")
    elif head.startswith(ZIP):
        yield from _zipped(path, stream, url, failures)
    elif (source := _recognised(head, path.name)) is None:
        failures.append(f"{path}: neither JSON nor a page of a kind that any source reads")
    else:
        yield from _documents(str(path), stream, source, url, failures)


def _documents(
    where: str, stream: io.BufferedReader[Any], source: type[Register], url: str | None, failures: list[str]
) -> Iterator[RawRecord]:
    lines = _Lines(stream)
    first = next(lines, b"")
    if ".jsonl" in where or ".ndjson" in where or _is_json_object(first):
        for number, line in enumerate(chain([first], lines), start=1):
            if line.strip():  # of a line that the file's damage cut, the damage is told and not what it causes
                yield from _cut(line, source, url, f"{where}: line {number}", [] if lines.fault else failures)
    else:
        body = bytearray()
        for line in chain([first], lines):
            body += line
            if len(body) > LARGEST_DOCUMENT:
                lines.fault = TOO_LONG
                break
        yield from _cut(bytes(body), source, url, where, [] if lines.fault else failures)
    if lines.fault:
        failures.append(f"{where}: {lines.fault}")


class _Lines:
    """The lines of a stream, the last one as far as it goes; then `fault` says what ended them, if not their end."""

    def __init__(self, stream: io.BufferedReader[Any]) -> None:
        self.stream = stream
        self.fault: str | None = None
        self._lines = self._read()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def _read(self) -> Iterator[bytes]:
        begun = bytearray()
        while chunk := self._chunk():
            *ended, rest = chunk.split(b"\n")
            for part in ended:
                begun += part
                yield bytes(begun) + b"\n"
                begun.clear()
            begun += rest
            if len(begun) > LARGEST_DOCUMENT:
                self.fault = TOO_LONG
                return
        if begun:
            yield bytes(begun)

    def _chunk(self) -> bytes:
        try:
            return self.stream.read1(HEAD)
        except (EOFError, zlib.error) as error:
            self.fault = f"cut off or damaged inside its gzip: {error}"
            return b""


def _zipped(
    path: Path, stream: io.BufferedReader[Any], url: str | None, failures: list[str]
) -> Iterator[RawRecord]:
    for name, body in members(path, stream, LARGEST_DOCUMENT, failures):
        where = f"{path}: {name}"
        source = _recognised(body[:HEAD], name)
        if source is None:
            failures.append(f"{where}: neither JSON nor a page of a kind that any source reads")
        else:
            yield from _cut(body, source, url, where, failures)


def _cut(body: bytes, source: type[Register], url: str | None, where: str, failures: list[str]) -> Iterator[RawRecord]:
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


def reading(path: Path, url: str | None) -> str:
    """A name for the reading of one file: another one when the file has changed."""
    told = path.stat()
    return f"{path.resolve()} {told.st_size} {told.st_mtime_ns} {url or ''}".strip()


def _gathered(records: Iterator[RawRecord], crawl: str, done: int) -> Iterator[Page]:
    page: list[RawRecord] = []
    size = 0
    for record in records:
        page.append(record)
        size += len(record.body)
        if len(page) == RECORDS_A_PAGE or size > BYTES_A_PAGE:
            done += len(page)
            yield Page(tuple(page), position=Position(FILES, crawl, str(done)))
            page, size = [], 0
    if page:
        yield Page(tuple(page), position=Position(FILES, crawl, str(done + len(page))))
