"""A criterion -> the limits it sets: variable, bounds and unit as written, and the same in the variable's one unit.

A limit is a number with a comparator, or a range, beside the name of a variable that we know. What cannot be told for
certain makes no row: ratios, changes, losses, histories, bare numbers, units that do not belong to the variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, NamedTuple

from scraper.items import Criterion, Number, Text
from scraper.threshold_classes import STEPS, classed
from scraper.threshold_conditions import condition
from scraper.threshold_quantities import NUMBER_WORDS, Quantity, number_at, quantities, value_of
from scraper.threshold_units import canonical, fits, relative, standard
from scraper.threshold_variables import Mention, mentions


class Threshold(NamedTuple):
    """One limit that a criterion sets on one variable."""

    kind: Annotated[str, "inclusion, exclusion or unspecified, as the criterion: an exclusion states what is excluded"]
    variable: Annotated[str, "What is limited (age, bmi, hemoglobin, ecog ...)"]
    lower: Annotated[Number, "Lower bound as written; NULL where there is none"]
    lower_inclusive: Annotated[bool | None, "1 where the lower bound itself is meant; NULL where there is none"]
    upper: Annotated[Number, "Upper bound as written; NULL where there is none"]
    upper_inclusive: Annotated[bool | None, "1 where the upper bound itself is meant; NULL where there is none"]
    unit: Annotated[Text, "Unit as written; 'x ULN' and 'x LLN' for multiples of the limits of normal"]
    canonical_lower: Annotated[Number, "Lower bound in canonical_unit; NULL where the unit is not known"]
    canonical_upper: Annotated[Number, "Upper bound in canonical_unit; NULL where the unit is not known"]
    canonical_unit: Annotated[Text, "The one unit of this variable, so that trials compare"]
    condition: Annotated[Text, "For whom the limit holds, where the text says (men, women, with liver metastases ...)"]
    text: Annotated[str, "The words that state the limit"]


class Limit(NamedTuple):
    """A quantity and the variable it limits. `start` is where the words that state it begin."""

    variable: str
    quantity: Quantity
    start: int


DIGIT = re.compile(r"\d")
CLASSED = ("NYHA", "New York", "ASA", "Anesth", "Anaesth", "nyha", "ECOG")
NUMBERED = frozenset(NUMBER_WORDS) | {word.capitalize() for word in NUMBER_WORDS}
# Between a variable and its limit stand at most such words and three others.
PLAIN = frozenset(
    "of is was are be been must should shall level levels count counts value values score scores status test tests at "
    "screening baseline in the a an range ranges ranging between from performance grade class index rate result results "
    "total and or equal for with have has having patients patient subjects subject as defined by i.e ie e.g eg age aged "
    "ages who male female males females both years year than within if that to not no expected estimated calculated measured "
    "time on visit blood serum plasma resting sitting supine concentration body mean least at/above limit normal".split()
)
BLOCKED = re.compile(
    r";|\.\s|\b(?:increas\w*|decreas\w*|chang\w*|drop\w*|reduc\w*|improv\w*|fall\w*|loss|gain\w*|differ\w*|declin\w*|"
    r"ratio|since|prior|before|after|doubl\w*|variab\w*|raised|decline|delta|worsen\w*|respon\w*|percentile|z-score|sd)\b|[δ∆]",
    re.IGNORECASE,
)
CHANGE_BEFORE = re.compile(
    r"\b(?:histor(?:y|ies) of(?!\sor\b)|hx of|(?:increas|decreas|chang|drop|reduc|improv|fall|loss|gain|differ|declin|rise|elevat|variab|"
    r"percent|percentile|median|mean|average)\w*\s(?:of|in|from)?(?:\sthe)?)[\w\s]{0,20}\Z",
    re.IGNORECASE,
)
JOIN = re.compile(r"[\s,;)\]]{0,4}(?:and/or|and|or|but|to|&|nor)?(?:\s?(?:if|is|are|must be|also|not|be|years|either))?[\s,(]{0,3}", re.IGNORECASE)
SEX_JOIN = re.compile(
    r"[\s,;)(]{0,4}(?:for|in|if|among)?\s?(?:adult\s)?(?:men|women|males?|females?|boys|girls)?(?:\s(?:patients|subjects|participants))?[\s,;)(]{0,3}"
    r"(?:and|or|but)?[\s,;(]{0,3}(?:for|in|if|among)?\s?(?:men|women|males?|females?|boys|girls)?(?:\s(?:patients|subjects|participants))?[\s:(,]{0,3}",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"\b(?:adults?|m[ae]n|wom[ae]n|males?|females?|patients?|subjects?|participants?|persons?|people|individuals?|volunteers?|"
    r"child(?:ren)?|adolescents?|infants?|boys?|girls?|those|anyone|recipients?|donors?|students?|veterans?|users?|residents?|newborns?|teens|"
    r"caregivers?|parents?|outpatients?|inpatients?|sex(?:es)?|genders?|races?|ethnicit\w+|groups?|between|population|seniors|elderly|mothers?|youths?|minors?|aged?)"
    r"[\s,(:-]{0,3}(?:(?:who|that|are|is|must|should|be|of|the|aged|in|with|at|age|ranging|range|from|all|either|both|any|between|ages|have|being|were|was)[\s,(:]{1,2}){0,5}\Z",
    re.IGNORECASE,
)
CHILD = re.compile(r"\b(?:child(?:ren)?|infants?|toddlers?|kids|bab(?:y|ies))[\s,(]{0,3}(?:aged?|of|who are|between|from)?\s?\Z", re.IGNORECASE)
OF_AGE = re.compile(r"[\s-]{0,2}(?:of[\s-]age|old\b|in age|ages?\b|-olds?\b)", re.IGNORECASE)
DURATION = re.compile(
    r"[\s,)]{0,3}(?:ago|prior|previous\w*|before|after|since|from|following|post\w*|of\b(?!\sage)|duration|history|free|for|apart|later|between|preceding|"
    r"with(?!\s|in)|without|experience|survival|post|disease|durations?|in\sduration|interval|period|follow|or\smore\sof|smok\w+|treatment|therapy|pack|stable|on\b|diagnos\w+|"
    r"life|residen\w+|educat\w+|in\s(?:the|remission)|amenorr\w+|menopaus\w+|after|post|until|during|at\sleast)",
    re.IGNORECASE,
)
GESTATION = re.compile(r"\s{0,2}(?:completed\s|of\s|\(?wga\)?\s?){0,2}(?:gestation\w*|pregnan\w*|estimated gestational|ga\b)", re.IGNORECASE)
REVERSED = re.compile(r"\s?(?P<sign><=|=<|≤|<|>=|=>|≥|>)\s?")
SLASH = re.compile(r"\s?/\s?(\d{2,3})\b")
PLAUSIBLE = {  # where the unit does not say what the number is
    "age": (0, 120), "bmi": (10, 100), "ecog": (0, 5), "karnofsky": (10, 100), "lansky": (10, 100), "lvef": (0, 100),
    "systolic_bp": (50, 300), "diastolic_bp": (30, 200), "heart_rate": (25, 250), "qtc": (0.3, 800), "inr": (0.5, 20),
    "mmse": (1, 30), "egfr": (5, 200), "creatinine_clearance": (5, 200), "spo2": (50, 100), "prior_therapies": (0, 12),
    "fev1": (0, 150), "hemoglobin": (1, 300), "gestational_age": (1, 300), "asa": (1, 6), "nyha": (1, 4), "hba1c": (3, 200),
    "alt": (5, 5000), "ast": (5, 5000), "alp": (5, 5000), "psa": (0, 5000), "weight": (1, 10000),
}  # fmt: skip


def thresholds(criterion: Criterion) -> tuple[Threshold, ...]:
    """The limits that a criterion sets, in order of the text; none for what is ambiguous. Never raises."""
    text = criterion.text
    worded = not NUMBERED.isdisjoint(text.split())
    if not worded and not DIGIT.search(text) and not any(name in text for name in CLASSED):
        return ()
    low = text.lower()
    named, aged = mentions(low if len(low) == len(text) else text)
    if not aged and not any(mention.variable for mention in named):
        return ()
    return tuple(row(criterion, limit) for limit in joined(text, linked(text, named, worded)))


def linked(text: str, named: list[Mention], worded: bool) -> Iterator[Limit]:
    """Each quantity with the variable it limits, quantities without one left out."""
    spans: list[tuple[int, int]] = []
    found: list[Limit] = []
    for mention in named:
        if mention.variable in STEPS:
            quantity = classed(text, mention.variable, mention.end)
            if quantity and not any(start <= quantity.number < end for start, end in spans):
                spans.append((mention.start, quantity.end))
                found.append(Limit(mention.variable, quantity, mention.start))
    last: Limit | None = None
    waiting: Quantity | None = None  # a bound whose variable may come with the next: "at least 18 and under 75 years old"
    for quantity in quantities(text, worded=worded):
        if any(start <= quantity.number < end for start, end in spans):
            continue
        limit = link(text, quantity, named, last)
        if limit:
            if waiting and limit.start == quantity.start and limit.variable in ("age", "gestational_age"):
                earlier = Limit(limit.variable, waiting, waiting.start)
                if joins(text, earlier, quantity, standard(quantity.unit)):
                    found.append(earlier)
            found.extend(pressures(text, limit) if limit.variable == "bp" else paired(text, limit, named))
            last = limit
        waiting = None if limit or not quantity.compared else quantity
    return iter(sorted(found, key=lambda limit: limit.quantity.start))


def link(text: str, quantity: Quantity, named: list[Mention], last: Limit | None) -> Limit | None:
    """The variable that a quantity limits: the one named before it, the one of its unit, or the one named after it."""
    unit = standard(quantity.unit) if quantity.unit else ""
    if not quantity.compared:
        return turned(text, quantity, named, unit)
    before: Mention | None = None
    after: Mention | None = None
    for mention in named:
        if mention.end <= quantity.number:
            before = mention
        elif mention.start >= quantity.number:
            after = mention
            break
    before = outside(text, before, quantity, named)
    if last and (before is None or before.end <= last.quantity.end) and joins(text, last, quantity, unit):
        return Limit(last.variable, quantity, quantity.start)
    if GESTATION.match(text, quantity.end) or "gestation" in quantity.unit.lower():
        return Limit("gestational_age", quantity, quantity.start) if unit in ("w", "d", "") else None
    if unit in ("y", "mo", "w", "d", "h") and ("old" in quantity.unit.lower() or "age" in quantity.unit.lower() or OF_AGE.match(text, quantity.end)):
        if before is None or before.variable != "gestational_age":
            return Limit("age", quantity, quantity.start) if is_age(text, quantity, before) else None
    if before and names_it(text, before, quantity, unit, last):
        return Limit(before.variable or "", quantity, before.start)
    if after and after.variable in ("weight", "prior_therapies") and after.start - quantity.end <= 12:
        between = text[quantity.end : after.start].strip().lower()
        if between in ("", "of", "or more", "of the", "or fewer", "different", "systemic", "in", "total") and fits(after.variable, unit):
            return Limit(after.variable, quantity, quantity.start)
    if unit in ("y", "mo", "") and by_person(text, quantity):
        return Limit("age", quantity, quantity.start)
    return None


def outside(text: str, mention: Mention | None, quantity: Quantity, named: list[Mention]) -> Mention | None:
    """The mention that counts: not one in a bracket closed before the quantity, when another stands before the bracket."""
    while mention:
        gap = text[mention.end : quantity.start]
        if ")" not in gap or "(" in gap[: gap.index(")")]:
            return mention
        opened = text.rfind("(", 0, mention.start)
        earlier = [other for other in named if other.start < opened]
        if opened < 0 or not earlier or opened - earlier[-1].end > 3:
            return mention
        mention = earlier[-1]
    return None


def paired(text: str, limit: Limit, named: list[Mention]) -> list[Limit]:
    """The limit, and the same for a variable named just before: "ALT/AST > 50", "Karnofsky or Lansky"."""
    for one, two in pairwise(named):
        if two.start == limit.start and two.variable == limit.variable and one.variable and one.variable not in STEPS:
            if PAIR.fullmatch(text, one.end, two.start) and PAIRS.get(one.variable) == two.variable:
                return [limit._replace(variable=one.variable, start=one.start), limit]
    return [limit]


def names_it(text: str, mention: Mention, quantity: Quantity, unit: str, last: Limit | None) -> bool:
    """Whether a quantity states a limit on the variable named before it."""
    variable = mention.variable
    if not variable or variable in STEPS:
        return False
    gap = text[mention.end : quantity.start] if quantity.start > mention.end else ""
    if ")" in gap and "(" not in gap[: gap.index(")")]:  # named inside a bracket: "Body mass index (BMI, kg by m2) of 18 to 30"
        gap = gap[gap.index(")") + 1 :]
    if len(gap) > 80 or BLOCKED.search(gap) or CHANGE_BEFORE.search(text, max(0, mention.start - 45), mention.start):
        return False
    if variable == "prior_therapies":
        return False
    if last and mention.end <= last.quantity.end:
        return False
    if odd(gap) > (0 if "," in gap else 3):
        return False
    if variable == "bp":
        return unit in ("mmhg", "") and quantity.lower != quantity.upper
    if relative(quantity.unit):
        return variable not in ("age", "bmi", "weight", "gestational_age", "life_expectancy")
    if variable == "age" and unit in ("", "mo", "w", "d", "h", "y"):
        return is_age(text, quantity, mention) and plausible(variable, quantity, unit)
    return fits(variable, unit) and plausible(variable, quantity, unit)


def odd(gap: str) -> int:
    """How many words between a variable and its limit are no usual ones; bracketed ones do not count."""
    gap = re.sub(r"\([^()]*\)?|\[[^\[\]]*\]?|[^()]{0,30}\)", " ", gap)
    return sum(word.lower().strip(":,.-=") not in PLAIN and any(map(str.isalpha, word)) for word in gap.split())


def plausible(variable: str, quantity: Quantity, unit: str) -> bool:
    """Whether a number without unit can be a value of the variable at all."""
    if unit not in ("", "%", "y"):
        return True
    low, high = PLAUSIBLE.get(variable, (0, 1e9))
    return all(value is None or low <= value <= high for value in (quantity.lower, quantity.upper))


def joins(text: str, last: Limit, quantity: Quantity, unit: str) -> bool:
    """Whether a quantity goes on with the limit before it: "< 18 or > 65", "12 (men), 11 (women)"."""
    between = text[last.quantity.end : quantity.start]
    if not (JOIN.fullmatch(between) or (len(between) < 60 and SEX_JOIN.fullmatch(between))):
        return False
    known = standard(last.quantity.unit) if last.quantity.unit else ""
    if relative(quantity.unit):
        return bool(relative(last.quantity.unit))
    if "(" in between and unit != known and unit and known:
        return False  # the same limit in another unit
    return unit in ("", known) or (known == "" and fits(last.variable, unit)) or (unit != known and last.variable == "age" and unit in ("y", "mo", "w", "d"))


PAIR = re.compile(r"[\s(),\[\]]{0,3}(?:/|or|and|and/or|&|,)[\s()\[\]]{0,3}|\s?\(\w+\)\s?(?:/|or|and|and/or|&|,)\s?", re.IGNORECASE)
PAIRS = {"alt": "ast", "ast": "alt", "karnofsky": "lansky", "lansky": "karnofsky"}


def is_age(text: str, quantity: Quantity, mention: Mention | None) -> bool:
    """Whether a quantity beside an age word is the age of a participant."""
    if quantity.upper is not None and quantity.upper > 1200:
        return False
    tail = text[quantity.end : quantity.end + 24].lower()
    return not tail.lstrip(" ,").startswith(("prior", "ago", "before", "after", "since"))


def by_person(text: str, quantity: Quantity) -> bool:
    """Whether a time is an age though no age word says so: "Adults over 18 years", "18 to 65 years"."""
    unit = quantity.unit.lower()
    compare = text[max(0, quantity.start - 1) : quantity.number].lower()
    if "older" in compare or "younger" in compare:
        return True
    if unit == "":
        return False
    tail = text[quantity.end : quantity.end + 30]
    if re.search(r"\b(?:older|younger)\Z", text[: quantity.end]):
        return True
    if DURATION.match(tail) or "month" in unit and quantity.start:
        return False
    bound = max(filter(None, (quantity.lower, quantity.upper)), default=0)
    head = text[max(0, quantity.start - 60) : quantity.start]
    if bound < 10:
        return CHILD.search(head) is not None
    return not head.strip(" (-•*") or PERSON.search(head) is not None


def turned(text: str, quantity: Quantity, named: list[Mention], unit: str) -> Limit | None:
    """A limit that stands before its variable: "18 ≤ BMI"."""
    sign = REVERSED.match(text, quantity.end)
    if not sign:
        return None
    mention = next((mention for mention in named if mention.start == sign.end()), None)
    if not mention or not mention.variable or not fits(mention.variable, unit):
        return None
    inclusive = "=" in sign["sign"] or sign["sign"] in "≤≥"
    value = quantity.lower
    if sign["sign"][-1] in "<≤" or sign["sign"][0] == "<":
        bound = quantity._replace(lower=value, lower_inclusive=inclusive, upper=None, upper_inclusive=False, end=mention.end)
    else:
        bound = quantity._replace(lower=None, lower_inclusive=False, upper=value, upper_inclusive=inclusive, end=mention.end)
    return Limit(mention.variable, bound, quantity.start)


def pressures(text: str, limit: Limit) -> list[Limit]:
    """"Blood pressure > 140/90" limits both; a blood pressure with one number says not which, and makes no row."""
    quantity = limit.quantity
    slash = SLASH.match(text, number_end(text, quantity))
    if not slash or (quantity.lower is not None and quantity.upper is not None):
        return []
    value = value_of(slash[1])
    upper = value if quantity.upper is not None else None
    lower = value if quantity.lower is not None else None
    second = quantity._replace(lower=lower, upper=upper, start=quantity.start + 1, end=slash.end(), unit="mmHg")
    first = quantity._replace(end=slash.end(), unit="mmHg")
    return [Limit("systolic_bp", first, limit.start), Limit("diastolic_bp", second, limit.start)]


def number_end(text: str, quantity: Quantity) -> int:
    """Where a quantity's first number ends."""
    match = number_at(text, quantity.number)
    return match.end() if match else quantity.end


def joined(text: str, limits: Iterator[Limit]) -> list[Limit]:
    """Limits with the two halves of a range made one: ">= 18 and <= 65"; "< 18 or > 65" stays two."""
    found: list[Limit] = []
    for limit in limits:
        last = found[-1] if found else None
        both = halves(text, last, limit) if last else None
        if last and both:
            found[-1] = last._replace(quantity=both)
        elif not (last and again(last, limit)):
            found.append(limit)
    return found


def again(last: Limit, limit: Limit) -> bool:
    """Whether a limit only repeats the one before it."""
    return last.variable == limit.variable and last.quantity[3:7] == limit.quantity[3:7]


def halves(text: str, last: Limit, limit: Limit) -> Quantity | None:
    """The range that two one-sided limits on one variable make, None when they make none."""
    one, two = last.quantity, limit.quantity
    if last.variable != limit.variable or two.start < one.end:
        return None
    link = text[one.end : two.start]
    if len(link) > 30 or re.search(r"\bor\b|;", link) or SEXES.search(link):
        return None
    low, high = (one, two) if one.lower is not None else (two, one)
    if low.upper is not None or high.lower is not None or low.lower is None or high.upper is None or low.lower > high.upper:
        return None
    known = {standard(part.unit) for part in (one, two) if part.unit}
    if len(known) > 1:
        return None
    return one._replace(
        lower=low.lower, lower_inclusive=low.lower_inclusive, upper=high.upper, upper_inclusive=high.upper_inclusive,
        end=two.end, unit=two.unit or one.unit,
    )  # fmt: skip


SEXES = re.compile(r"\b(?:men|women|males?|females?|boys|girls)\b", re.IGNORECASE)


def row(criterion: Criterion, limit: Limit) -> Threshold:
    """The table row of a limit."""
    quantity, variable = limit.quantity, limit.variable
    normal = relative(quantity.unit)
    unit = normal or quantity.unit or None
    low = high = None
    name: str | None = None
    if normal:
        low, high, name = quantity.lower, quantity.upper, normal
    else:
        spelled = standard(quantity.unit) if quantity.unit else ""
        values = [None if value is None else canonical(variable, value, spelled) for value in (quantity.lower, quantity.upper)]
        known = [value for value in values if value]
        if len(known) == sum(bound is not None for bound in (quantity.lower, quantity.upper)):
            low, high = (value[0] if value else None for value in values)
            name = known[0][1]
    return Threshold(
        criterion.kind,
        variable,
        quantity.lower,
        None if quantity.lower is None else quantity.lower_inclusive,
        quantity.upper,
        None if quantity.upper is None else quantity.upper_inclusive,
        unit,
        low,
        high,
        name,
        condition(criterion.text, limit.start, quantity.start, quantity.end),
        criterion.text[limit.start : quantity.end].strip(),
    )
