"""ClinicalTrials.gov, API v2. Facts about the API stand in the register's OpenAPI text 2.0.3 and its study data
structure; each rule below that is not plain from them gives its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from scraper.items import RawRecord, Rejected, Trial
from scraper.register import Damaged, Register, nameless_id
from scraper.spiders.ctgov_record import HOME, NCT, read_study

VERSION_HOLDER = re.compile(rb'"versionHolder":"[^"]*"')  # moves on every data day of the register


class ClinicalTrialsGov(Register):
    name = "ctgov"
    title = "ClinicalTrials.gov"
    licence = (
        "Data from ClinicalTrials.gov (U.S. National Library of Medicine), as submitted by the sponsors; "
        "name the source and the date of the copy, and mark changes."
    )
    web = HOME

    # --- pure half: what a record says ---

    @staticmethod
    def steady(body: bytes) -> bytes:
        try:
            return VERSION_HOLDER.sub(b'"versionHolder":""', msgspec.json.format(body, indent=-1))
        except (msgspec.DecodeError, RecursionError):
            return body

    @staticmethod
    def read(raw: RawRecord) -> Trial | Rejected:
        return read_study(raw)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")

    @classmethod
    def cut(cls, body: bytes, *, url: str | None, content_type: str, at: str) -> Iterator[RawRecord]:
        damage = None
        try:
            listing = _listing(body)
        except msgspec.DecodeError as error:
            listing, damage = _salvaged(body), f"not JSON to its end: {error}"
        for study in listing:
            one = bytes(study)  # a msgspec.Raw holds on to the whole page it was cut from
            nct_id = _nct_id(one)
            yield RawRecord(
                source=cls.name,
                source_id=nct_id or nameless_id(one),
                url=f"{url or HOME + '/api/v2/studies'}/{nct_id}" if nct_id else url or HOME,
                fetched_at=at,
                content_type=content_type,
                body=one,
            )
        if damage:
            raise Damaged(damage)


# --- cutting a document into records --------------------------------------------------------------------------------


class _Identification(msgspec.Struct):
    nctId: str | None = None


class _Protocol(msgspec.Struct):
    identificationModule: _Identification | None = None


class _Study(msgspec.Struct):
    protocolSection: _Protocol | None = None


class Listing(msgspec.Struct):
    """One answer of `/studies`; the studies stay undecoded."""

    studies: list[msgspec.Raw]
    nextPageToken: str | None = None
    totalCount: int | None = None


_listing_decoder = msgspec.json.Decoder(Listing)
_study_decoder = msgspec.json.Decoder(_Study)
_list_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def _listing(body: bytes) -> list[msgspec.Raw]:
    """The records of a `/studies` answer, of a list of studies, or of a single study. Raises msgspec.DecodeError."""
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if body.startswith(b"["):
        return _list_decoder.decode(body)
    try:
        return _listing_decoder.decode(body).studies
    except msgspec.ValidationError:  # no `studies`: a single study, or something else that read() will refuse
        msgspec.json.decode(body, type=msgspec.Raw)
        return [msgspec.Raw(body)]


def _salvaged(body: bytes) -> list[msgspec.Raw]:
    """The whole studies that stand before the damage in a listing."""
    import json

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


def _nct_id(study: bytes) -> str | None:
    try:
        protocol = _study_decoder.decode(study).protocolSection
    except (msgspec.DecodeError, RecursionError):
        return None
    found = protocol.identificationModule.nctId if protocol and protocol.identificationModule else None
    return found if found and NCT.match(found) else None
