"""Eligibility texts in all the forms that sponsors write them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from replica.plan import Plan, Wheel
from replica.sentences import Draw, criteria, marked, pick, some, subpoints


class Point(NamedTuple):
    """One criterion and the points under it."""

    text: str
    below: tuple[str, ...] = ()


Form: TypeAlias = Callable[[Draw, list[Point], list[Point]], str]
SIZES = (1, 1, 2, 2, 3, 4, 5, 6, 7, 9, 14, 24)  # the register's records hold 17 criteria on average, of 109 characters


# What the criteria say of age and sex is filled in last: the record's own ages and sex are decided after the text.
MARKS = {"youngest": "@youngest@", "ages": "@ages@", "Sexes": "@Sexes@"}


def eligibility(plan: Plan) -> str:
    """The eligibility text of one study, markup escaped as the register does, with `MARKS` for ages and sex."""
    draw = plan.draw
    size = 1 if plan.thin else pick(draw, SIZES)
    own_inclusion, own_exclusion = criteria(plan.number)
    nested = draw() < 0.25
    inclusion = points(plan, size + 1, own_inclusion, marked("INCLUSION"), nested)
    exclusion = points(plan, size + int(size * draw()), own_exclusion, marked("EXCLUSION"), nested)
    text = FORMS[FORM_WHEEL.spin(draw)](draw, inclusion, exclusion)
    if draw() < 0.06:
        text += "\n\n" + pick(draw, pick(draw, marked("LAST_WORDS")))
    if draw() < 0.35:
        text = text.replace("\\>=", "≥").replace("\\<=", "≤")
    return text


def points(
    plan: Plan, count: int, own: tuple[tuple[str, ...], ...], shared: tuple[tuple[str, ...], ...], nested: bool
) -> list[Point]:
    """`count` criteria, about half of them of the study's own family, some with points below them."""
    draw, words = plan.draw, plan.words | MARKS
    own_count = min(len(own), count - count // 2)
    chosen = some(draw, own_count, own) + some(draw, count - own_count, shared)
    found = [Point(pick(draw, variants) % words) for variants in chosen]
    for place in range(int(2 * draw()), len(found), 1 if draw() < 0.6 else 2):
        found[place] = Point(found[place].text + pick(draw, pick(draw, marked("QUALIFIERS"))))
    if nested and len(found) > 2:
        place = int(draw() * len(found))
        below = tuple(pick(draw, variants) % words for variants in pick(draw, subpoints()))
        found[place] = Point(found[place].text + pick(draw, (":", ", defined as:", " (any of the following):")), below)
    return found


def bullets(items: list[Point], indent: str = "  ", mark: str = "* ") -> str:
    lines = []
    for item in items:
        lines.append(mark + item.text)
        if item.below:
            lines.append("\n" + "\n".join(f"{indent}* {below}" for below in item.below) + "\n")
    return "\n".join(lines).replace("\n\n\n", "\n\n").strip("\n")


def numbers(items: list[Point], letters: bool = False) -> str:
    lines = []
    for place, item in enumerate(items, 1):
        lines.append(f"{place}. {item.text}")
        if item.below:
            marks = [f"{'abcdef'[at]})" if letters else "*" for at in range(len(item.below))]
            lines.append(
                "\n" + "\n".join(f"   {mark} {each}" for mark, each in zip(marks, item.below, strict=True)) + "\n"
            )
    return "\n".join(lines).strip("\n")


def headed(draw: Draw, first: str, second: str) -> str:
    titles = pick(draw, HEADINGS)
    return f"{titles[0]}\n\n{first}\n\n{titles[1]}\n\n{second}"


def bulleted(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    return headed(draw, bullets(inclusion), bullets(exclusion))


def four_spaces(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    return headed(draw, bullets(inclusion, "    "), bullets(exclusion, "    "))


def numbered(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    letters = draw() < 0.3
    return headed(draw, numbers(inclusion, letters), numbers(exclusion, letters))


def dashed(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    return headed(draw, bullets(inclusion, mark="- "), bullets(exclusion, mark="- "))


def only_inclusion(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    return "Inclusion Criteria:\n\n" + bullets(inclusion)


def paragraphs(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    """A paragraph a criterion; what the author meant as a list marker is escaped, so that it is none."""
    mark = pick(draw, ("%d\\. ", "%d\\) ", "\\- "))

    def lines(items: list[Point]) -> str:
        marks = (mark % place if "%d" in mark else mark for place in range(1, len(items) + 1))
        return "\n\n".join(each + item.text for each, item in zip(marks, items, strict=True))

    return headed(draw, lines(inclusion), lines(exclusion))


def wrapped(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    """Hard-wrapped lines, as pasted from a letter; a criterion goes on in the next line."""

    def lines(items: list[Point]) -> str:
        text = [f"{place}. {item.text} {'; '.join(item.below)}".strip() for place, item in enumerate(items, 1)]
        return "\n".join("\n".join(textwrap.wrap(each, 72, subsequent_indent="   ")) for each in text)

    return headed(draw, lines(inclusion), lines(exclusion))


def semicolons(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    """Criteria in one paragraph, parted by semicolons, sometimes wrapped."""
    first, second = ("; ".join(item.text for item in items) for items in (inclusion, exclusion))
    if draw() < 0.5:
        first, second = ("\n".join(textwrap.wrap(text, 88)) for text in (first, second))
    return headed(draw, first, second + ".")


def headless(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    """No headings at all; what shuts out is told by its wording."""
    return bullets([*inclusion, *(Point(f"No {item.text[0].lower()}{item.text[1:]}") for item in exclusion)])


def prose(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    first, second = ("; ".join(item.text for item in items) for items in (inclusion, exclusion))
    return f"Eligible are persons who meet the following: {first}. Persons are not eligible in case of: {second}."


def capitals(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    return f"INCLUSION CRITERIA:\n\n{numbers(inclusion)}\n\nEXCLUSION CRITERIA:\n\n{numbers(exclusion)}"


def cohorts(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    """Criteria by cohort, each with headings of its own."""
    half = max(1, len(inclusion) // 2)
    names = pick(draw, (("Cohort A", "Cohort B"), ("Part 1", "Part 2"), ("Patients", "Healthy volunteers")))
    rest = inclusion[half:] or inclusion[:half]
    return (
        f"Inclusion Criteria:\n\n{names[0]}:\n\n{bullets(inclusion[:half])}\n\n{names[1]}:\n\n{bullets(rest)}\n\n"
        f"Exclusion Criteria (all):\n\n{bullets(exclusion)}"
    )


def pdq(draw: Draw, inclusion: list[Point], exclusion: list[Point]) -> str:
    """The style of the cancer institute's old database: characteristics under capitals, grouped by subject."""
    third = max(1, len(inclusion) // 3)
    return (
        f"DISEASE CHARACTERISTICS:\n\n{bullets(inclusion[:third])}\n\n"
        f"PATIENT CHARACTERISTICS:\n\nAge:\n\n* {MARKS['youngest']} and over\n\n"
        f"Performance status:\n\n* {pick(draw, ('ECOG 0-2', 'Karnofsky 60-100%', 'Not specified'))}\n\nOther:\n\n"
        f"{bullets(inclusion[third:] or inclusion[:third])}\n\nPRIOR CONCURRENT THERAPY:\n\nChemotherapy:\n\n"
        f"* At least {pick(draw, ('2', '4', '6'))} weeks since prior chemotherapy\n\nSurgery:\n\n* Not specified\n\n"
        f"Exclusion:\n\n{bullets(exclusion[:4])}"
    )


HEADINGS = (
    *(("Inclusion Criteria:", "Exclusion Criteria:"),) * 12,
    *(("Inclusion criteria:", "Exclusion criteria:"),) * 4,
    ("Inclusion Criteria", "Exclusion Criteria"),
    ("Key Inclusion Criteria:", "Key Exclusion Criteria:"),
    ("INCLUSION CRITERIA", "EXCLUSION CRITERIA"),
    ("Inclusion:", "Exclusion:"),
    ("Main inclusion criteria (all must be met):", "Main exclusion criteria (any one excludes):"),
)
FORM_WEIGHTS: dict[Form, float] = {
    bulleted: 62, numbered: 20, four_spaces: 2, dashed: 1, only_inclusion: 1, paragraphs: 4, wrapped: 1, semicolons: 2,
    headless: 1, prose: 1, capitals: 2, cohorts: 3, pdq: 2,
}  # fmt: skip
FORMS, FORM_WHEEL = tuple(FORM_WEIGHTS), Wheel(tuple(FORM_WEIGHTS), tuple(FORM_WEIGHTS.values()))
