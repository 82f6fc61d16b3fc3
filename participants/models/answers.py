"""Answers that people give about themselves; "not known" and "prefer not to say" stand apart."""

from __future__ import annotations

from django.db import models


class Gender(models.TextChoices):
    """As given by the young person or a parent; "not known" and "prefer not to say" differ."""

    FEMALE = "female", "Girl or woman"
    MALE = "male", "Boy or man"
    OTHER = "other", "In another way"
    UNDISCLOSED = "undisclosed", "Prefer not to say"
    UNKNOWN = "unknown", "Not known"


class Answer(models.TextChoices):
    """An answer to a yes-or-no question that nobody has to answer."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNDISCLOSED = "undisclosed", "Prefer not to say"
    UNKNOWN = "unknown", "Not known"


class TakesPartAs(models.TextChoices):
    """What a person mostly comes as. What they were at a session stands on its register."""

    PARTICIPANT = "participant", "Participant"
    VOLUNTEER = "volunteer", "Volunteer"
    BOTH = "both", "Both"


class Ethnicity(models.TextChoices):
    """The Department for Education's list, by its school-census codes.

    Source: Department for Education, school census code sets (Open Government Licence v3.0).
    """

    WBRI = "WBRI", "White: English, Welsh, Scottish, Northern Irish or British"
    WIRI = "WIRI", "White: Irish"
    WIRT = "WIRT", "White: Gypsy or Irish Traveller"
    WROM = "WROM", "White: Roma"
    WOTH = "WOTH", "White: any other White background"
    MWBC = "MWBC", "Mixed: White and Black Caribbean"
    MWBA = "MWBA", "Mixed: White and Black African"
    MWAS = "MWAS", "Mixed: White and Asian"
    MOTH = "MOTH", "Mixed: any other mixed or multiple background"
    AIND = "AIND", "Asian: Indian"
    APKN = "APKN", "Asian: Pakistani"
    ABAN = "ABAN", "Asian: Bangladeshi"
    CHNE = "CHNE", "Asian: Chinese"
    AOTH = "AOTH", "Asian: any other Asian background"
    BAFR = "BAFR", "Black: African"
    BCRB = "BCRB", "Black: Caribbean"
    BOTH = "BOTH", "Black: any other Black background"
    OARA = "OARA", "Other: Arab"
    OOTH = "OOTH", "Other: any other ethnic group"
    UNDISCLOSED = "undisclosed", "Prefer not to say"
    UNKNOWN = "unknown", "Not known"


class SenProvision(models.TextChoices):
    """Support for special educational needs, by the school census.

    Source: Department for Education, school census code sets (Open Government Licence v3.0).
    """

    PLAN = "E", "Education, health and care plan"
    SUPPORT = "K", "SEN support"
    NONE = "N", "No special educational need identified"
    UNDISCLOSED = "undisclosed", "Prefer not to say"
    UNKNOWN = "unknown", "Not known"


class SenNeed(models.TextChoices):
    """Kinds of special educational need, by the school census.

    Source: Department for Education, school census code sets (Open Government Licence v3.0).
    """

    ASD = "ASD", "Autism"
    HI = "HI", "Hearing impairment"
    MLD = "MLD", "Moderate learning difficulty"
    MSI = "MSI", "Multi-sensory impairment"
    PD = "PD", "Physical disability"
    PMLD = "PMLD", "Profound and multiple learning difficulty"
    SEMH = "SEMH", "Social, emotional and mental health"
    SLCN = "SLCN", "Speech, language and communication needs"
    SLD = "SLD", "Severe learning difficulty"
    SPLD = "SPLD", "Specific learning difficulty"
    VI = "VI", "Vision impairment"
    OTH = "OTH", "Other difficulty or disability"
    NSA = "NSA", "Support, but no specialist assessment of the need"
