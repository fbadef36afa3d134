"""When two written names are the same name. Pure; the pages use it as well as what they read."""

from __future__ import annotations

import re
import unicodedata

WORDS = re.compile(r"\w+")
SHORTENED = re.compile(r"(?P<long>.{6,120}?)\s*\(\s*(?P<short>[A-Za-z][A-Za-z0-9-]{1,9})\s*\)\Z")


def folded(name: str) -> str:
    """A name without case, marks above letters and punctuation: words with one space between; "" where none is left."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(WORDS.findall(plain.casefold().replace("_", " ")))


def spelled_out(name: str) -> tuple[str, str] | None:
    """("COPD", "Chronic Obstructive Pulmonary Disease") of a name that ends in its own abbreviation in brackets.

    None where the letters are not the beginnings of words, in their order: then the brackets may say anything.
    """
    found = SHORTENED.match(name.strip())
    if not found:
        return None
    beginnings = iter(word[0] for word in WORDS.findall(found["long"].casefold()))
    letters = [letter for letter in found["short"].casefold() if letter.isalpha()]
    return (found["short"], found["long"]) if all(letter in beginnings for letter in letters) else None
