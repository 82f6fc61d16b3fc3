"""What people write for each answer that the portal keeps, beside its code and its own words.

Codes of ethnicity and special needs are those of the school census.
Source: Department for Education, school census code sets (Open Government Licence v3.0).
"""

from __future__ import annotations

from collections.abc import Mapping

from participants.importing.text import key_of

Words = Mapping[str, tuple[str, ...]]

_UNDISCLOSED = (
    "prefer not to say",
    "prefer not to answer",
    "rather not say",
    "pnts",
    "refused",
    "refu",
    "declined",
    "not disclosed",
    "withheld",
)
_UNKNOWN = (
    "not known",
    "unknown",
    "dont know",
    "do not know",
    "not stated",
    "not reported",
    "not obtained",
    "nobt",
    "n a",
    "na",
    "unclassified",
    "not recorded",
)
_OPEN: dict[str, tuple[str, ...]] = {"undisclosed": _UNDISCLOSED, "unknown": _UNKNOWN}

ANSWER: Words = {
    "yes": ("yes", "y", "true", "t", "1", "x", "ticked", "tick", "agreed", "agree"),
    "no": ("no", "n", "false", "f", "0", "none", "not ticked", "disagree"),
} | _OPEN
# Where there are two answers only, as for consent: given, or not.
YES_NO: Words = {
    "yes": (*ANSWER["yes"], "given", "consent given", "granted", "consented"),
    "no": (*ANSWER["no"], "not given", "refused", "declined", "withdrawn", "withheld"),
}
GENDER: Words = {
    "female": ("female", "f", "girl", "woman", "girl or woman", "g", "w", "she her"),
    "male": ("male", "m", "boy", "man", "boy or man", "b", "he him"),
    "other": (
        "other", "in another way", "another way", "non binary", "nonbinary", "nb", "they them", "x",
        "self described", "prefer to self describe",
    ),
} | _OPEN  # fmt: skip
TAKES_PART_AS: Words = {
    "participant": ("participant", "young person", "member", "attendee", "p"),
    "volunteer": ("volunteer", "young volunteer", "young leader", "leader", "helper", "v"),
    "both": ("both", "participant and volunteer", "volunteer and participant"),
}
ETHNICITY: Words = {
    "WBRI": (
        "white english welsh scottish northern irish or british", "white british", "british",
        "english welsh scottish northern irish british", "english", "welsh", "scottish",
        "northern irish", "white english welsh scottish northern irish british", "wb",
    ),
    "WIRI": ("white irish", "irish"),
    "WIRT": (
        "white gypsy or irish traveller", "gypsy or irish traveller", "irish traveller", "gypsy",
        "traveller of irish heritage", "traveller",
    ),
    "WROM": ("white roma", "roma", "gypsy roma"),
    "WOTH": (
        "white any other white background", "any other white background", "white other",
        "other white", "other white background",
    ),
    "MWBC": ("mixed white and black caribbean", "white and black caribbean"),
    "MWBA": ("mixed white and black african", "white and black african"),
    "MWAS": ("mixed white and asian", "white and asian"),
    "MOTH": (
        "mixed any other mixed or multiple background", "any other mixed background",
        "any other mixed multiple ethnic background", "any other mixed or multiple background",
        "mixed other", "other mixed", "mixed any other mixed multiple ethnic background",
    ),
    "AIND": ("asian indian", "indian", "asian british indian", "asian or asian british indian"),
    "APKN": (
        "asian pakistani", "pakistani", "asian british pakistani",
        "asian or asian british pakistani",
    ),
    "ABAN": (
        "asian bangladeshi", "bangladeshi", "asian british bangladeshi",
        "asian or asian british bangladeshi",
    ),
    "CHNE": ("asian chinese", "chinese", "asian british chinese"),
    "AOTH": (
        "asian any other asian background", "any other asian background", "asian other",
        "other asian", "asian british any other asian background",
    ),
    "BAFR": (
        "black african", "african", "black british african", "black or black british african",
    ),
    "BCRB": (
        "black caribbean", "caribbean", "black british caribbean",
        "black or black british caribbean",
    ),
    "BOTH": (
        "black any other black background", "any other black background", "black other",
        "other black", "any other black african caribbean background",
    ),
    "OARA": ("other arab", "arab"),
    "OOTH": (
        "other any other ethnic group", "any other ethnic group", "other ethnic group", "other",
    ),
} | _OPEN  # fmt: skip
SEN_PROVISION: Words = {
    "E": (
        "education health and care plan", "ehcp", "ehc plan", "education health and care ehc plan",
        "statement",
    ),
    "K": ("sen support", "sen support sen without an ehc plan", "school action"),
    "N": (
        "no special educational need identified", "no special educational need", "no sen",
        "no sen provision", "no", "none", "no identified special educational need",
    ),
} | _OPEN  # fmt: skip
SEN_NEED: Words = {
    "ASD": (
        "autism", "autistic", "autistic spectrum disorder", "autism spectrum disorder",
        "autism spectrum condition", "asc",
    ),
    "HI": ("hearing impairment", "deaf"),
    "MLD": ("moderate learning difficulty",),
    "MSI": ("multi sensory impairment",),
    "PD": ("physical disability",),
    "PMLD": ("profound and multiple learning difficulty",),
    "SEMH": ("social emotional and mental health",),
    "SLCN": ("speech language and communication needs", "speech language and communication need"),
    "SLD": ("severe learning difficulty",),
    "SPLD": ("specific learning difficulty", "dyslexia", "dyspraxia", "dyscalculia"),
    "VI": ("vision impairment", "visual impairment", "blind"),
    "OTH": ("other difficulty or disability", "other", "other difficulty disability"),
    "NSA": (
        "support but no specialist assessment of the need",
        "sen support but no specialist assessment of type of need",
    ),
}  # fmt: skip
RELATIONSHIP: Words = {
    "mother": ("mother", "mum", "mam", "mom", "mummy"),
    "father": ("father", "dad", "daddy"),
    "step_parent": ("step parent", "stepmother", "stepfather", "step mum", "step dad", "stepmum"),
    "grandparent": ("grandparent", "grandmother", "grandfather", "nan", "gran", "grandad", "nana"),
    "sibling": ("grown up brother or sister", "brother", "sister", "sibling"),
    "relative": ("another relative", "relative", "aunt", "auntie", "uncle", "cousin", "family"),
    "foster_carer": ("foster carer", "foster mother", "foster father", "foster parent"),
    "carer": ("another carer", "carer", "guardian", "legal guardian"),
    "social_worker": ("social worker",),
    "partner": ("partner", "husband", "wife"),
    "friend": ("friend of the family", "friend", "family friend", "neighbour"),
    "themselves": ("the young person", "self", "themselves", "themself"),
    "school": ("school", "teacher"),
    "unknown": ("not known", "unknown", "parent", "other", "parent carer"),
}
COLLECTS: Words = {
    "yes": (*ANSWER["yes"], "may collect", "can collect"),
    "no": (*ANSWER["no"], "does not collect"),
    "never": ("must not collect", "never", "not allowed", "not to be collected by"),
}
STATUS: Words = {
    "present": ("present", "p", "yes", "y", "1", "x", "attended", "here", "true", "came", "tick"),
    "late": ("late", "l", "arrived late"),
    "left_early": ("left early", "le", "early"),
    "absent": ("absent", "a", "no", "n", "0", "did not attend", "dna", "false", "missing"),
    "excused": ("excused", "e", "authorised", "authorised absence", "apologies", "ill", "sick"),
}
ROLE: Words = {
    "participant": ("participant", "young person", "member", "p"),
    "volunteer": ("volunteer", "young volunteer", "young leader", "helper", "v"),
    "practitioner": ("artist or coach", "practitioner", "artist", "coach", "staff", "tutor"),
    "family": ("family", "parent", "carer", "relative"),
}
COUNTED_GROUP: Words = {
    "young_people": ("young people", "participants", "children", "young person", "pupils"),
    "audience": ("audience", "spectators"),
    "visitors": ("visitors", "visitor", "public"),
    "artists": ("artists", "artist", "staff", "practitioners"),
}
METHOD: Words = {
    "counted": ("counted", "count", "exact", "actual", "c"),
    "estimated": ("estimated", "estimate", "approx", "approximate", "about", "e"),
}


def by_key(words: Words) -> dict[str, str]:
    """What is written, as it is compared, to its code; the code itself is among it."""
    found = {key_of(word): code for code, spoken in words.items() for word in spoken}
    return found | {key_of(code): code for code in words}
