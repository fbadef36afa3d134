"""Which variable each quantity of a criterion limits. What cannot be told for certain is left out. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from scraper.criteria_words import words
from scraper.threshold_ages import at_event, by_person, says_age, stated_for
from scraper.threshold_classes import STEPS, classed
from scraper.threshold_limits import PRESSURES, Limit, expanded
from scraper.threshold_quantities import Quantity, quantities
from scraper.threshold_units import fits, relative, standard
from scraper.threshold_variables import Mention

# Between a variable and its limit stand such words, and at most three others.
PLAIN = words(
    "of is was are be been must should shall level levels count counts value values scores score status test tests at "
    "screening baseline in the a an range ranges ranging between from performance class index rate result results and "
    "total or equal for with have has having patients patient subjects subject as defined by i.e ie e.g eg age aged "
    "ages who male female males females both years year than within if that to not no expected estimated calculated "
    "measured time on visit blood serum plasma resting sitting supine concentration body mean least at/above limit "
    "normal"
)
ODD_WORDS = 3
GAP = 80  # characters; the longest honest gap in the CHIA set is 61
BLOCKED = re.compile(
    r";|\.\s|\b(?:increas\w*|decreas\w*|chang\w*|drop\w*|reduc\w*|improv\w*|fall\w*|loss|gain\w*|differ\w*|declin\w*|"
    r"grade|domain|ratio|since|prior|before|after|doubl\w*|variab\w*|raised|delta|worsen\w*|respon\w*|percentile|"
    r"z-score|sd)\b|\bnot\s*(?:[<>≥≤]|\Z)|[δ∆]",
    re.IGNORECASE,
)
CHANGED = re.compile(
    r"\b(?:histor(?:y|ies) of(?!\sor\b)|hx of|(?:increas|decreas|chang|drop|reduc|improv|fall|loss|gain|differ|declin|"
    r"rise|elevat|variab|percent|percentile|median|mean|average)\w*\s(?:of|in|from)?(?:\sthe)?)[\w\s]{0,20}\Z",
    re.IGNORECASE,
)
BRACKETED = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?|[^()]{0,30}\)")
JOIN = re.compile(
    r"[\s,;)\]]{0,4}(?:and/or|and|or|but|to|&|nor)?(?:\s?(?:if|is|are|must be|also|not|be|years|either))?[\s,(]{0,3}",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"(?:(?:patients?|subjects?|participants?)\s)?(?:(?:must|should|do|does)\s)?"
    r"(?:no|not have|without|absence of|free of|free from|negative for)\b"
    r"(?!\s(?:more|less|greater|older|younger|later|lower|higher|longer|fewer|limit))",
    re.IGNORECASE,
)
STOP = re.compile(r"[.;]\s")
SHARED = re.compile(r"\s?(?:and/or|and|or|but)(?:\s(?:is|are|must be|also|not|be))?\s?", re.IGNORECASE)
SEX = (
    r"(?:for|in|if|among)?\s?(?:adult\s)?(?:men|women|males?|females?|boys|girls)?"
    r"(?:\s(?:patients|subjects|participants))?"
)
SEX_JOIN = re.compile(
    rf"[\s,;)(]{{0,4}}{SEX}[\s,;)(]{{0,3}}(?:and|or|but)?[\s,;(]{{0,3}}{SEX}[\s:(,]{{0,3}}", re.IGNORECASE
)
GESTATION = re.compile(
    r"\s{0,2}(?:completed\s|of\s|\(?wga\)?\s?){0,2}(?:gestation|pregnan|estimated gestational|ga\b)", re.IGNORECASE
)
REVERSED = re.compile(r"\s?(?P<sign><=|=<|≤|<|>=|=>|≥|>)\s?")
AFTER = re.compile(r"\s?(?:of|of the|or more|or fewer|different|systemic|in|total)?\s?", re.IGNORECASE)
OPENED = re.compile(r"\s?\(?\s?")
LIMITED = re.compile(
    r"[\s):]{0,5}(?:[<>≥≤=\d]|(?:of|between|less|more|greater|lower|higher|above|below|over|under|at)\b)", re.IGNORECASE
)
COUNTED = frozenset(["age", "life_expectancy", "gestational_age"])  # these alone are written in words
NEVER_NORMAL = frozenset(["age", "bmi", "weight", "gestational_age", "life_expectancy"])
PLAUSIBLE = {  # where the unit does not say what the number is
    "age": (0, 120), "bmi": (10, 100), "karnofsky": (10, 100), "lansky": (10, 100), "lvef": (0, 100),
    "systolic_bp": (50, 300), "diastolic_bp": (30, 200), "heart_rate": (25, 250), "qtc": (0.3, 800), "inr": (0.5, 20),
    "mmse": (1, 30), "egfr": (5, 200), "creatinine_clearance": (5, 200), "spo2": (50, 100), "fev1": (0, 150),
    "hemoglobin": (1, 300), "gestational_age": (1, 300), "hba1c": (3, 200), "alt": (5, 5000), "ast": (5, 5000),
    "alp": (5, 5000), "psa": (0, 5000), "weight": (1, 10000),
}  # fmt: skip


def linked(text: str, named: list[Mention], *, worded: bool) -> list[Limit]:
    """The limits of a text in order; quantities that belong to no variable are left out."""
    found = by_class(text, named)
    taken = [(limit.start, limit.quantity.end) for limit in found]
    starts = [mention.start for mention in named]
    ends = [mention.end for mention in named]
    last: Limit | None = None
    waiting: Quantity | None = None  # its variable may come with the next: "at least 18 and under 75 years old"
    for quantity in quantities(text, worded=worded):
        span = bisect_right(taken, (quantity.number, len(text))) - 1
        if span >= 0 and quantity.number < taken[span][1]:
            continue
        here = bisect_right(ends, quantity.number) - 1
        there = bisect_left(starts, quantity.number)
        before = outside(text, named, here, quantity)
        after = named[there] if there < len(named) else None
        limit = link(text, quantity, before, after, last)
        if limit and limit.variable == "age" and stated_for(text, quantity, found):
            limit = None
        if limit:
            if waiting and limit.start == quantity.start and shares(text, waiting, limit):
                found.append(Limit(limit.variable, waiting, waiting.start))
            found.extend(expanded(text, limit, named[here - 1] if here > 0 else None))
            last = limit
        waiting = None if limit or not quantity.compared else quantity
    denied = DENIED.match(text)
    if denied:  # "No hypertension (systolic > 160 mmHg)": what is wanted is the contrary, which we do not state
        found = [limit for limit in found if limit.variable == "age" or STOP.search(text, denied.end(), limit.start)]
    return sorted(found, key=lambda limit: limit.quantity.start)


def by_class(text: str, named: list[Mention]) -> list[Limit]:
    """Limits on scores of few steps, which are lists and Roman numerals rather than quantities."""
    found: list[Limit] = []
    end = -1
    for mention in named:
        if mention.variable in STEPS and mention.start >= end:
            quantity = classed(text, mention.variable, mention.end)
            if quantity:
                found.append(Limit(mention.variable, quantity, mention.start))
                end = quantity.end
    return found


def spelled(quantity: Quantity) -> str:
    """The quantity's unit in its one spelling."""
    return standard(quantity.unit) if quantity.unit else ""


def link(
    text: str, quantity: Quantity, before: Mention | None, after: Mention | None, last: Limit | None
) -> Limit | None:
    """The variable that a quantity limits: the one named before it, the one of its unit, or the one named after it."""
    unit = spelled(quantity)
    if not quantity.compared:
        return turned(text, quantity, after, unit)
    if after and after.variable in ("systolic_bp", "diastolic_bp") and beside(text, quantity, after, unit):
        return Limit(after.variable, quantity, quantity.start)
    if last and (before is None or before.end <= last.quantity.end) and joins(text, last, quantity, unit):
        return Limit(last.variable, quantity, quantity.start)
    if GESTATION.match(text, quantity.end) or "gestation" in quantity.unit.lower():
        return Limit("gestational_age", quantity, quantity.start) if unit in ("w", "d", "") else None
    timed = unit in ("y", "mo", "w", "d", "h")
    if timed and says_age(text, quantity) and not (before and before.variable == "gestational_age"):
        return None if at_event(text, quantity) else Limit("age", quantity, quantity.start)
    if before and before.variable and names_it(text, before, quantity, unit, last):
        return Limit(before.variable, quantity, before.start)
    named_after = after.variable if after and AFTER.fullmatch(text, quantity.end, after.start) else None
    if named_after in ("weight", "prior_therapies") and fits(named_after, unit):
        return Limit(named_after, quantity, quantity.start)
    blocked = (
        before is not None and before.variable is None and quantity.start - before.end < 30
    )  # "bone age > 14 years"
    if unit in ("y", "mo", "") and not blocked and by_person(text, quantity):
        return Limit("age", quantity, quantity.start)
    return None


def beside(text: str, quantity: Quantity, after: Mention, unit: str) -> bool:
    """Whether a pressure is named right after its number: "> 140 mmHg systolic"; but not "> 140, DBP > 90"."""
    if unit not in ("mmhg", "") or not OPENED.fullmatch(text, quantity.end, after.start):
        return False
    return LIMITED.match(text, after.end) is None


def outside(text: str, named: list[Mention], here: int, quantity: Quantity) -> Mention | None:
    """The mention that counts: none in a bracket closed before the quantity when another stands before the bracket."""
    while here >= 0:
        mention = named[here]
        if quantity.start - mention.end > 200:
            return mention
        gap = text[mention.end : quantity.start]
        closed = gap.find(")")
        if closed < 0 or "(" in gap[:closed]:
            return mention
        opened = text.rfind("(", max(0, mention.start - 100), mention.start)
        if opened < 0 or not here or not 0 <= opened - named[here - 1].end <= 3:
            return mention
        here -= 1
    return None


def names_it(text: str, mention: Mention, quantity: Quantity, unit: str, last: Limit | None) -> bool:
    """Whether a quantity states a limit on the variable named before it."""
    variable = mention.variable or ""
    if variable in STEPS or variable == "prior_therapies" or (last and mention.end <= last.quantity.end):
        return False
    if quantity.start - mention.end > 2 * GAP:
        return False
    gap = text[mention.end : quantity.start]
    closed = gap.find(")")
    if closed >= 0 and "(" not in gap[:closed]:  # named inside a bracket: "Body mass index (BMI, in kg/m2) of 18 to 30"
        gap = gap[closed + 1 :]
    if len(gap) > GAP or odd(gap) > (0 if "," in gap else ODD_WORDS) or BLOCKED.search(gap):
        return False
    if CHANGED.search(text, max(0, mention.start - 45), mention.start):
        return False
    normal = relative(quantity.unit)
    if text[quantity.number].isalpha() and variable not in COUNTED and not normal:
        return False
    if variable == "bp":
        return unit in ("mmhg", "")
    if normal:
        return variable not in NEVER_NORMAL
    if variable == "age" and at_event(text, quantity):
        return False
    return fits(variable, unit) and plausible(variable, quantity, unit)


def odd(gap: str) -> int:
    """How many words between a variable and its limit are no usual ones; bracketed ones do not count."""
    gap = BRACKETED.sub(" ", gap)
    return sum(word.lower().strip(":,.-=") not in PLAIN and any(map(str.isalpha, word)) for word in gap.split())


def plausible(variable: str, quantity: Quantity, unit: str) -> bool:
    """Whether a number without unit can be a value of the variable at all."""
    if unit not in ("", "%", "y"):
        return True
    low, high = PLAUSIBLE.get(variable, (0, 1e9))
    return all(value is None or low <= value <= high for value in (quantity.lower, quantity.upper))


def joins(text: str, last: Limit, quantity: Quantity, unit: str) -> bool:
    """Whether a quantity goes on with the limit before it: "< 18 or > 65", "12 (men), 11 (women)"."""
    start, end = last.quantity.end, quantity.start
    if not 0 <= end - start < 60 or not (JOIN.fullmatch(text, start, end) or SEX_JOIN.fullmatch(text, start, end)):
        return False
    known = spelled(last.quantity)
    if relative(quantity.unit):
        return relative(last.quantity.unit) is not None
    if unit != known and unit and known and "(" in text[start:end]:
        return False  # the same limit in another unit
    if last.variable == "age" and unit in ("y", "mo", "w", "d"):
        return True
    return unit in ("", known) or (known == "" and (last.variable in PRESSURES or fits(last.variable, unit)))


def shares(text: str, waiting: Quantity, limit: Limit) -> bool:
    """Whether an earlier bound has the variable of the next: "at least 18 and not older than 75 years old"."""
    if limit.variable not in COUNTED or spelled(waiting) not in ("", spelled(limit.quantity)):
        return False
    return SHARED.fullmatch(text, waiting.end, limit.quantity.start) is not None


def turned(text: str, quantity: Quantity, after: Mention | None, unit: str) -> Limit | None:
    """A limit that stands before its variable: "18 <= BMI"."""
    sign = REVERSED.match(text, quantity.end)
    if not sign or not after or not after.variable or after.start != sign.end() or after.variable == "bp":
        return None
    if not fits(after.variable, unit):
        return None
    inclusive = "=" in sign["sign"] or sign["sign"] in "≤≥"
    bound = quantity._replace(end=after.end, lower=None, upper=None, lower_inclusive=False, upper_inclusive=False)
    if "<" in sign["sign"] or sign["sign"] == "≤":
        bound = bound._replace(lower=quantity.lower, lower_inclusive=inclusive)
    else:
        bound = bound._replace(upper=quantity.lower, upper_inclusive=inclusive)
    return Limit(after.variable, bound, quantity.start)
