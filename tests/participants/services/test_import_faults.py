"""Twenty thousand people, and a hundred kinds of fault among them: each with its row and reason."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from django.db import connection

from accounts.models import Role
from participants.importing import faults as f
from participants.models import ImportBatch, ImportKind, ImportState
from participants.services import imports
from participants.services.imports.checking import check
from tests import factories

pytestmark = pytest.mark.django_db

ROWS = 20_000
NOW = factories.london(2026, 6, 1, 12)
TABLES = (
    "participants_participant", "participants_participantevent", "participants_registration",
    "participants_registrationevent", "participants_contact", "participants_contactevent",
    "participants_consent", "participants_attendance", "activities_session",
    "activities_headcount", "hubs_hub",
)  # fmt: skip
GOOD = {
    "First name": "Comet", "Last name": "Quince", "Known as": "", "Date of birth": "",
    "School year": "Year 7", "School": "Ivy House", "Takes part as": "participant",
    "Hub": "Acorn", "Registered on": "01/09/2018", "Address": "1 The Street",
    "Postcode": "DE1 3GX", "Address must stay hidden": "no", "May walk home alone": "yes",
    "Collection word": "pear", "Gender": "girl", "Ethnicity": "WBRI",
    "Special needs or disability": "yes", "Support in school": "K", "Kinds of need": "ASD",
    "Looked after or care leaver": "no", "Free school meals": "yes", "Alternative provision": "no",
    "Young carer": "no", "English as an additional language": "no", "Languages at home": "English",
    "First contact: name": "Medlar Quince", "First contact: relationship": "mum",
    "First contact: telephone": "01632 960001", "First contact: e-mail": "medlar@example.org",
    "First contact: may collect": "yes", "First contact: parental responsibility": "yes",
    "Second contact: name": "Sloe Quince", "Second contact: relationship": "dad",
    "Second contact: telephone": "01632 960002", "Second contact: e-mail": "sloe@example.org",
    "Second contact: may collect": "never", "Second contact: parental responsibility": "no",
    "Consent: taking part": "yes", "Consent: emergency treatment": "yes",
    "Consent: photographs inside the hub": "no", "Consent: photographs in public": "no",
    "Consent: surveys": "yes", "Consent: sharing with the school": "no",
    "Consent: sharing with the University": "no", "Consent: messages": "yes",
    "Day of consent": "02/09/2018",
}  # fmt: skip
WORDS = [
    "Takes part as", "Hub", "Address must stay hidden", "May walk home alone", "Gender",
    "Ethnicity", "Special needs or disability", "Support in school", "Kinds of need",
    "Looked after or care leaver", "Free school meals", "Alternative provision", "Young carer",
    "English as an additional language", "First contact: relationship",
    "First contact: may collect", "First contact: parental responsibility",
    "Second contact: relationship", "Second contact: may collect",
    "Second contact: parental responsibility", "Consent: taking part",
    "Consent: emergency treatment", "Consent: photographs inside the hub",
    "Consent: photographs in public", "Consent: surveys", "Consent: sharing with the school",
    "Consent: sharing with the University", "Consent: messages",
]  # fmt: skip
LONGEST = {
    "First name": 80, "Last name": 80, "Known as": 80, "School": 120, "Address": 300,
    "Collection word": 40, "Languages at home": 120, "First contact: name": 120,
    "Second contact: name": 120, "First contact: e-mail": 254, "Second contact: e-mail": 254,
    "First contact: telephone": 30, "Second contact: telephone": 30,
}  # fmt: skip
DATES = ("Date of birth", "Registered on", "Day of consent")
BAD_DATES = {
    "31/02/2010": f.NO_SUCH_DAY, "some day": f.NOT_A_DATE, "1 Feb": f.NO_YEAR,
    "01/01/2027": f.IN_THE_FUTURE, "01/01/1900": f.TOO_LONG_AGO,
}  # fmt: skip
PHONES = ("First contact: telephone", "Second contact: telephone")
EMAILS = ("First contact: e-mail", "Second contact: e-mail")

# What a row says otherwise, and what is then wrong: (cells, column, reason).
Kind = tuple[dict[str, str], str, str]


def kinds() -> list[Kind]:
    """Every kind of fault: a column and what is wrong with it."""
    found: list[Kind] = [({column: "quibble"}, column, f.UNKNOWN_WORD) for column in WORDS]
    found += [({c: "x" * (n + 1)}, c, f.too_long(n)) for c, n in LONGEST.items()]
    found += [({c: bad}, c, why) for c in DATES for bad, why in BAD_DATES.items()]
    found += [({c: "ask"}, c, f.NOT_A_PHONE) for c in PHONES]
    found += [({c: "12"}, c, f.SHORT_PHONE) for c in PHONES]
    found += [({c: "at home"}, c, f.NOT_AN_EMAIL) for c in EMAILS]
    shown = [*LONGEST, "Postcode", "School year", *DATES, "Gender", "Ethnicity", "Hub"]
    found += [({c: "#N/A"}, c, f.BROKEN_CELL) for c in shown]
    found += [({c: "a\x07b"}, c, f.LETTERS) for c in ("First name", "School", "Address")]
    return [
        *found,
        ({"First name": ""}, "First name", f.NO_NAME),
        ({"Hub": ""}, "Hub", f.NEEDS_HUB),
        ({"School year": "15"}, "School year", f.NOT_A_YEAR),
        ({"Postcode": "Derby"}, "Postcode", f.NOT_A_POSTCODE),
        ({"Date of birth": "02/09/2018"}, "Registered on", f.BORN_AFTER),
        ({"Date of birth": "01/10/2018", "Registered on": ""}, "Day of consent", f.BORN_AFTER),
        ({"First contact: name": ""}, "First contact: name", f.NO_CONTACT_NAME),
        ({"Second contact: name": ""}, "Second contact: name", f.NO_CONTACT_NAME),
        (dict.fromkeys((PHONES[0], EMAILS[0]), ""), "First contact: name", f.NO_CONTACT_WAY),
        (dict.fromkeys((PHONES[1], EMAILS[1]), ""), "Second contact: name", f.NO_CONTACT_WAY),
        (
            {"Second contact: name": "Medlar Quince", PHONES[1]: "01632 960001"},
            "Second contact: name",
            f.SAME_CONTACT,
        ),
        ({"Support in school": "N"}, "Kinds of need", f.NEEDS_WITHOUT),
        (
            {"Looked after or care leaver": "yes", "Consent: photographs in public": "yes"},
            "Consent: photographs in public",
            f.LOOKED_AFTER,
        ),
        (
            {"Looked after or care leaver": "yes", "Consent: photographs inside the hub": "yes"},
            "Consent: photographs inside the hub",
            f.LOOKED_AFTER,
        ),
        (
            {column: "" for column in GOOD if column.startswith("Consent:")},
            "Day of consent",
            f.NO_DAY_OF_CONSENT,
        ),
    ]


def state() -> dict[str, tuple[int, str]]:
    """Row count and checksum of every table that an import writes to."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            rows = [row[0] for row in cursor.fetchall()]
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def test_every_fault_has_its_row_and_the_database_is_untouched() -> None:
    staff = factories.make_user(Role.TRUST_STAFF)
    person = factories.make_participant(hub=factories.make_hub(name="Acorn"))
    factories.make_attendance(factories.make_session(), person)
    wrong = {3 + 150 * index: kind for index, kind in enumerate(kinds())}
    assert len({(column, reason) for _, column, reason in wrong.values()}) >= 100
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(GOOD)
    for row in range(2, ROWS + 1):
        born = f"{row % 28 + 1:02}/{row % 12 + 1:02}/{2004 + row % 10}"
        good = GOOD | {"First name": f"Comet{row}", "Date of birth": born}
        writer.writerow((good | (wrong[row][0] if row in wrong else {})).values())
    # The last row repeats the one before it.
    repeated = GOOD | {"First name": f"Comet{ROWS}", "Date of birth": born}
    writer.writerow(repeated.values())
    before = state()
    batch = imports.receive_file(
        kind=ImportKind.PEOPLE, file=io.BytesIO(out.getvalue().encode("cp1252")),
        file_name="people.csv", hub=None, by=staff, now=NOW,
    )  # fmt: skip
    assert len(batch.matched) == len(GOOD)
    imports.match_columns(batch=batch, matched=batch.matched, options={}, by=staff, now=NOW)
    ImportBatch.objects.update(claim=batch.pk)
    batch.refresh_from_db()
    check(batch, lambda _: None, NOW)
    batch.refresh_from_db()
    expected = [[row, column, reason] for row, (_, column, reason) in wrong.items()]
    assert batch.faults == [*expected, [ROWS + 1, "", f.repeats(ROWS)]]
    assert (batch.state, batch.faults_total) == (ImportState.FAULTY, len(expected) + 1)
    assert batch.summary.get("makes", {})["people"] == ROWS - len(batch.faults)
    assert state() == before
