"""The words of headings and lead-ins that carry no condition of their own."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """A set of words written as one text."""
    return frozenset(text.split())


# A section heading made of these alone says no more than its kind, and is not kept.
PLAIN_WORDS = words(
    "inclusion inclusions exclusion exclusions criteria criterion criterias criterium non noninclusion key main major "
    "general eligibility the include includes including exclude excludes are is as follows follow following and or of "
    "for study list"
)
# A lead-in made of these alone only says that a list follows ("Patients will be excluded if they:"). Numbers and
# "either" are not among them: "one of the following" says how many.
GENERIC_WORDS = PLAIN_WORDS | words(
    "a all also an any be been below but by can cannot could did do does each eligible enroll enrolled enrolling "
    "enrolment enrollment enter entered entering entry excluded excluding exclusionary fulfil fulfill fulfilled "
    "fulfilling from had has have he her his if in included individual individuals ineligible into it its list listed "
    "may meet meeting meets met must no none not on only other participant participants participate participated "
    "participating participation patient patients people person persons present qualify qualified requirement "
    "requirements satisfied satisfy satisfying she should subject subjects that their them there these they this those "
    "to trial trials under volunteer volunteers was were when where which who whom will with women men would you your "
    "above considered apply applies true admitted admission recruited recruitment randomized candidate candidates "
    "adults children specific additional condition conditions reason reasons characteristics protocol unless otherwise "
    "noted stated phase phases indicated specified exist exists being investigation clinical research"
)
