"""The members of a zip in the order of the file, one at a time: the register's has 611,000, and `zipfile` keeps an
object for each in memory before it reads the first. What follows a damaged member is read through the zip's own index,
where there is one; a download that was cut off has none, for it stands at the end."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from stream_unzip import UnzipError, stream_unzip

CHUNK = 1 << 20  # bytes


def members(path: Path, stream: IO[bytes], largest: int, failures: list[str]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file in a zip, each checked against its checksum. One that is damaged or longer than
    `largest` bytes is a line in `failures`, and so is a zip that is cut off: what came before that is given."""
    read = 0
    try:
        for name, _, chunks in stream_unzip(iter(lambda: stream.read(CHUNK), b"")):
            body, size = bytearray(), 0
            for chunk in chunks:
                size += len(chunk)
                if size <= largest:
                    body += chunk
            if not name:
                continue  # zeros where a member should begin
            read += 1
            where = name.decode("utf-8", "replace")
            if size > largest:
                failures.append(f"{path}: {where}: longer than {largest >> 20} MB")
            elif not where.endswith("/"):
                yield where, bytes(body)
    except UnzipError as error:
        yield from _after(path, read, largest, error, failures)


def _after(path: Path, read: int, largest: int, error: UnzipError, failures: list[str]) -> Iterator[tuple[str, bytes]]:
    """The members after the first `read`, each for itself."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError):
        kept = f"; the {read:,} files before that are kept" if read else ""
        failures.append(f"{path}: not a whole zip, it is cut off or damaged ({_words(error)}){kept}")
        return
    with archive:
        for member in archive.infolist()[read:]:
            if member.is_dir():
                continue
            try:
                if member.file_size > largest:
                    raise zipfile.BadZipFile(f"longer than {largest >> 20} MB")
                yield member.filename, archive.read(member)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as damage:
                failures.append(f"{path}: {member.filename}: {damage}")


def _words(error: UnzipError) -> str:
    """What stream-unzip names by its class, as words: TruncatedDataError -> truncated data."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
