"""Kinds of entries of the audit trail, in groups; which of them somebody is told of, and when."""

from __future__ import annotations

from django.db import models

from accounts.models import AuditKind

# What shows one person's data. A register is expected work and shows first names: it is no opening.
OPENINGS = frozenset(
    {
        AuditKind.IDENTITY_READ,
        AuditKind.CONTACTS_READ,
        AuditKind.CARE_READ,
        AuditKind.EQUALITY_READ,
        AuditKind.CONSENTS_READ,
        AuditKind.ATTENDANCE_READ,
        AuditKind.OUTCOMES_READ,
        AuditKind.CHANGES_READ,
        AuditKind.HISTORY_READ,
        AuditKind.PHOTOGRAPH_READ,
        AuditKind.PAIR_READ,
        AuditKind.RIGHT_READ,
        AuditKind.BUNDLE_READ,
        AuditKind.CONCERN_READ,
    }
)
# More records than these within an hour, and an auditor is told.
MANY = 50
# A list shows some 25 people at a time: page by page it gives everybody away. Finding somebody by
# name is two entries, so this is twenty searches within an hour.
LISTS = frozenset({AuditKind.PEOPLE_SEARCHED})
MANY_LISTS = 40
# What leaves the portal as a file about many, or with everything about one.
EXPORTS = frozenset(
    {
        AuditKind.PEOPLE_EXPORTED,
        AuditKind.REPORT_EXPORTED,
        AuditKind.BUNDLE_EXPORTED,
        AuditKind.EXTRACT_EXPORTED,
        AuditKind.REPORT_ROWS_EXPORTED,
        AuditKind.RELEASE_EXPORTED,
    }
)


def _beginning(*parts: str) -> frozenset[AuditKind]:
    """Kinds whose word starts so, up to the point."""
    return frozenset(kind for kind in AuditKind if kind.value.partition(".")[0] in parts)


SIGN_INS = _beginning("sign_in", "second_factor", "password")
CONCERNS = _beginning("concern")


class KindGroup(models.TextChoices):
    """What the trail can be narrowed to. A kind may stand in two; none stands in none."""

    OPENINGS = "openings", "Records of people opened"
    SEARCHES = "searches", "Searches and lists of people"
    EXPORTS = "exports", "Exports"
    REGISTERS = "registers", "Registers and bookings"
    CHANGES = "changes", "Records, consents and links changed"
    SIGN_INS = "sign-ins", "Sign-ins"
    STAFF = "staff", "Staff and roles"
    CONCERNS = "concerns", "Safeguarding concerns"
    IMPORTS = "imports", "Imports and duplicates"
    RIGHTS = "rights", "Rights, retention and breaches"
    OUTCOMES = "outcomes", "Surveys, quotes and research"
    PROGRAMME = "programme", "Sessions, figures, pages and reports"
    TRAIL = "trail", "The trail itself"


KINDS: dict[str, frozenset[AuditKind]] = {
    KindGroup.OPENINGS: OPENINGS,
    KindGroup.SEARCHES: LISTS,
    KindGroup.EXPORTS: EXPORTS,
    KindGroup.REGISTERS: _beginning("register", "mark", "booking"),
    KindGroup.CHANGES: _beginning(
        "participant", "record", "care", "consent", "parent_link", "photograph"
    )
    - OPENINGS,
    KindGroup.SIGN_INS: SIGN_INS,
    KindGroup.STAFF: _beginning("staff", "role", "clearance", "membership"),
    KindGroup.CONCERNS: CONCERNS,
    KindGroup.IMPORTS: _beginning("import", "pair")
    | {AuditKind.RECORDS_MERGED, AuditKind.MERGE_UNDONE},
    KindGroup.RIGHTS: _beginning(
        *("right", "bundle", "disclosure", "removal", "hold", "retention", "complaint", "breach")
    ),
    KindGroup.OUTCOMES: _beginning(
        *("instrument", "survey", "feedback", "quote", "study", "extract", "own_record")
    )
    - EXPORTS,
    KindGroup.PROGRAMME: _beginning(
        *("session", "activity", "schedule", "closure", "hub", "numbers", "report", "figure"),
        *("release", "grant", "programme", "story", "page", "recording", "language"),
    ),
    KindGroup.TRAIL: _beginning("audit", "alert"),
}
