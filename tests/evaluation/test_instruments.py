"""Instruments in the portal: loading, words, terms, putting into use, and their pages."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.instruments import DefinitionError, shipped
from evaluation.instruments.reading import FILES
from evaluation.instruments.words import WordingError, own_words
from evaluation.models import Instrument, RespondentKind
from evaluation.queries.instruments import (
    definition_of,
    instrument_rows,
    questionnaire,
    worded_forms,
)
from evaluation.services.instruments import (
    InstrumentError,
    accept_terms,
    import_wording,
    load_instruments,
    publish_instrument,
    withdraw_instrument,
)
from tests import factories
from tests.factories import london

pytestmark = pytest.mark.django_db

NOW = london(2019, 5, 14)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "instruments"
HEADINGS = "instrument,item,wording,labels\n"
# Words of nobody's: only the manner of the file is the standard's.
LONELINESS = (
    HEADINGS
    + "loneliness,companionship,Invented question A,Seldom|At times|Much\n"
    + "loneliness,left_out,Invented question B,Seldom|At times|Much\n"
    + "loneliness,isolated,Invented question C,Seldom|At times|Much\n"
    + "loneliness,direct,Invented question D,1|2|3|4|5\n"
).encode()


def trust() -> Any:
    return factories.make_user(Role.TRUST_STAFF)


def loaded(key: str) -> Instrument:
    load_instruments(now=NOW)
    return Instrument.objects.get(key=key)


def ons4_words(**changed: str) -> bytes:
    """A file of invented words in the format that the standard's come in."""
    lines = ["instrument,item,wording,low_label,high_label,min,max,min_age"]
    for item in shipped()["ons4", 1].items:
        text = changed.get(item.id, f"Invented {item.id}")
        lines.append(f"ons4,{item.id},{text},none,all,0,10,{item.min_age or 10}")
    return "\n".join(lines).encode()


def in_use(instrument: Instrument, **fields: Any) -> None:
    measure = factories.make_measure(instrument=instrument)
    hub = factories.make_hub()
    factories.make_response(measure, factories.make_participant(hub=hub), **fields)


# --- Loading ------------------------------------------------------------------------------------


def test_what_ships_is_loaded_once() -> None:
    first = load_instruments(now=NOW)
    assert [(one.instrument.key, one.what) for one in first] == [
        (key, "created") for key, _ in shipped()
    ]
    assert {one.instrument.key: one.words for one in first if one.words} == {"derby-life-skills": 5}
    again = load_instruments(now=london(2019, 6, 1))
    assert {(one.what, one.words) for one in again} == {("unchanged", 0)}
    assert set(Instrument.objects.values_list("loaded_at", flat=True)) == {NOW}
    entries = AuditEntry.objects.filter(kind=AuditKind.INSTRUMENT_LOADED)
    assert entries.count() == len(shipped())
    assert entries.filter(actor_id=None, reason="ons4 1: created").count() == 1


def test_what_is_in_the_database_reads_as_the_file() -> None:
    load_instruments(now=NOW)
    for instrument in Instrument.objects.all():
        assert definition_of(instrument) == shipped()[instrument.key, instrument.version]
        instrument.sha256 = f"{instrument.key:x>64}"
        assert definition_of(instrument) == shipped()[instrument.key, instrument.version]


def changed_file(folder: Path, key: str = "ons4", *, version: int = 1) -> Path:
    text = (FILES / f"{key}.1.toml").read_text()
    path = folder / f"{key}.{version}.toml"
    path.write_text(
        text.replace("weeks = 12", "weeks = 13").replace("version = 1", f"version = {version}")
    )
    return path


def test_a_changed_file_replaces_a_version_that_nobody_answered(tmp_path: Path) -> None:
    instrument = loaded("ons4")
    by = trust()
    import_wording(content=ons4_words(), source="w.csv", by=by, now=NOW)
    publish_instrument(instrument=instrument, by=by, now=NOW)
    (one,) = load_instruments(files=[changed_file(tmp_path)], now=london(2019, 6, 1))
    instrument.refresh_from_db()
    assert (one.what, one.instrument.pk) == ("replaced", instrument.pk)
    assert definition_of(instrument).weeks == 13
    assert instrument.published_at is None
    assert instrument.wordings.count() == 0


def test_a_changed_file_of_a_version_in_use_is_refused_and_nothing_of_the_rest_comes_in(
    tmp_path: Path,
) -> None:
    instrument = loaded("ons4")
    in_use(instrument)
    files = [changed_file(tmp_path, "gse", version=2), changed_file(tmp_path)]
    with pytest.raises(InstrumentError) as refused:
        load_instruments(files=files, now=NOW)
    assert str(refused.value) == (
        "ons4.1.toml: ons4 1 is in use and its file has changed. Make version 2."
    )
    instrument.refresh_from_db()
    assert definition_of(instrument).weeks == 12
    assert not Instrument.objects.filter(version=2).exists()


def test_another_version_stands_beside_the_one_in_use(tmp_path: Path) -> None:
    in_use(loaded("ons4"))
    load_instruments(files=[changed_file(tmp_path, version=2)], now=NOW)
    assert list(Instrument.objects.filter(key="ons4").values_list("version", flat=True)) == [2, 1]


def test_terms_that_changed_are_to_be_accepted_again(tmp_path: Path) -> None:
    instrument = loaded("swemwbs")
    accept_terms(instrument=instrument, reference="1234", by=trust(), now=NOW)
    load_instruments(files=[changed_file(tmp_path, "swemwbs")], now=NOW)
    instrument.refresh_from_db()
    assert instrument.terms_accepted_at == NOW
    path = tmp_path / "swemwbs.1.toml"
    path.write_text(path.read_text().replace("registers every use", "allows no use"))
    load_instruments(files=[path], now=NOW)
    instrument.refresh_from_db()
    assert (instrument.terms_accepted_by, instrument.terms_accepted_at) == (None, None)


def test_our_own_words_that_somebody_answered_are_not_replaced(tmp_path: Path) -> None:
    in_use(loaded("derby-life-skills"), form="8-12")
    for path in FILES.glob("derby-life-skills.1.*"):
        (tmp_path / path.name).write_text(
            path.read_text().replace("I finish what I", "I end what I")
        )
    with pytest.raises(
        InstrumentError, match=r"answered derby-life-skills 1 in other words \(form '8-12'"
    ):
        load_instruments(files=[tmp_path / "derby-life-skills.1.toml"], now=NOW)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('form = "staff"', 'form = "teacher"', "forms[5].form: names 'teacher', which is no form"),
        ('calm = "', 'angry = "', "forms[1].items.angry: is not a known key"),
        ('"Nearly always"]', "]", "forms[1].labels: are not 5, as 'keep_going' needs"),
        ('"Nearly always"]', '""]', "forms[1].labels: are not text"),
        ('form = "5-7"', 'form = "easy"', "forms: have no words for '5-7'"),
    ],
)
def test_damaged_words_of_ours_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = FILES / "derby-life-skills.1.words.toml"
    (tmp_path / path.name).write_text(path.read_text().replace(old, new, 1))
    definition = shipped()["derby-life-skills", 1]
    with pytest.raises(DefinitionError) as refused:
        own_words(tmp_path / "derby-life-skills.1.toml", definition)
    assert str(refused.value) == f"derby-life-skills.1.words.toml: {message}"


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    out = StringIO()
    call_command("load_instruments", stdout=out)
    assert "ONS4 personal well-being, version 1: created\n" in out.getvalue()
    assert "Derby life skills reflection, version 1: created, words of 5 forms" in out.getvalue()
    out = StringIO()
    call_command("load_instruments", changed_file(tmp_path), stdout=out)
    assert out.getvalue() == (
        "ONS4 personal well-being, version 1: replaced\n"
        "  Its words were removed, and it is no longer published.\n"
    )
    (tmp_path / "ons4.1.toml").write_text("id = 3")
    with pytest.raises(CommandError) as refused:
        call_command("load_instruments", tmp_path / "ons4.1.toml")
    assert str(refused.value) == "ons4.1.toml: id: is not text\nNothing was changed."


# --- Words --------------------------------------------------------------------------------------


def test_the_standards_own_file_comes_in() -> None:
    path = SHARED / "ons4_wording.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    instrument = loaded("ons4")
    (wording,) = import_wording(content=path.read_bytes(), source=path.name, by=trust(), now=NOW)
    assert wording.instrument == instrument
    assert list(wording.words["items"]) == ["satisfied", "worthwhile", "happy", "anxious"]
    assert wording.words["labels"]["happy"][0] == "not at all happy"
    assert wording.words["labels"]["happy"][1:-1] == [""] * 9


def test_words_come_in_once_and_are_written_down() -> None:
    instrument, by = loaded("loneliness"), trust()
    (wording,) = import_wording(content=LONELINESS, source="lonely.csv", by=by, now=NOW)
    assert (wording.form, wording.language, wording.source) == ("10-15", "en-gb", "lonely.csv")
    assert (wording.imported_by, wording.imported_at) == (by, NOW)
    assert wording.words == {
        "title": "Loneliness (government standard)",
        "intro": "",
        "items": {
            "companionship": "Invented question A",
            "left_out": "Invented question B",
            "isolated": "Invented question C",
            "direct": "Invented question D",
        },
        "labels": {
            "companionship": ["Seldom", "At times", "Much"],
            "left_out": ["Seldom", "At times", "Much"],
            "isolated": ["Seldom", "At times", "Much"],
            "direct": ["1", "2", "3", "4", "5"],
        },
    }
    assert import_wording(content=LONELINESS, source="again.csv", by=by, now=NOW) == []
    entry = AuditEntry.objects.get(kind=AuditKind.WORDING_IMPORTED)
    assert (entry.actor_id, entry.object_id) == (by.pk, instrument.pk)
    assert entry.reason == "loneliness 1: 10-15 in en-gb"


ROW = "loneliness,direct,Invented D,1|2|3|4|5\n"


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"", [(1, "The column 'instrument' is missing."), (1, "The column 'item' is missing."),
               (1, "The column 'wording' is missing.")]),
        ((HEADINGS.strip() + ",colour\n").encode(), [(1, "There is no column 'colour' here.")]),
        (b"instrument,item,wording,item\n", [(1, "A column is there twice.")]),
        (HEADINGS.encode(), [(1, "There is no line under the headings.")]),
        (b"\xff\xfe", [(1, "The file is not UTF-8 text.")]),
        (b"x" * 1_000_001, [(1, "The file is larger than 1 MB.")]),
        ((HEADINGS + "loneliness,direct\n").encode(), [(2, "There are 2 values and 4 headings.")]),
        ((HEADINGS + 'loneliness,"direct').encode(), [(2, "This is not CSV: unexpected end of data.")]),
        (LONELINESS.replace(b"loneliness,direct", b"grit,direct"),
         [(5, "There is no instrument 'grit' here to bring words in for.")]),
        (LONELINESS.replace(b",direct", b",sad"),
         [(5, "Loneliness (government standard) has no item 'sad'.")]),
        (LONELINESS.replace(b"Invented question D", b" "), [(5, "The wording is empty.")]),
        (LONELINESS.replace(b"1|2|3|4|5", b"1|2||4|5"), [(5, "labels has 4; 5 are needed.")]),
        (LONELINESS.replace(b"1|2|3|4|5", b""),
         [(5, "labels is empty; 5 are needed, separated by |.")]),
        (LONELINESS + ROW.encode(), [(6, "'direct' is there already.")]),
        (LONELINESS[: LONELINESS.rindex(b"loneliness")],
         [(2, "'direct' has no wording in form '10-15' in 'en-gb'.")]),
        (LONELINESS.replace(b"left_out", b"x").replace(b"isolated", b"y"),
         [(3, "Loneliness (government standard) has no item 'x'."),
          (4, "Loneliness (government standard) has no item 'y'.")]),
        (ons4_words().replace(b",0,10,16", b",0,10,10"), [(5, "min_age is 10; the definition has 16.")]),
        (ons4_words().replace(b",0,10,16", b",1,10,16"), [(5, "min is 1; the definition has 0.")]),
        (ons4_words().replace(b"none,all,0,10,16", b",all,0,10,16"),
         [(5, "low_label or high_label is empty; both ends need their words.")]),
        (b"instrument,item,wording,form\nderby-life-skills,calm,C,9-12\n",
         [(2, "The form is none of 8-12, 13-18, 5-7, easy, staff.")]),
        (b"instrument,item,wording,language\nons4,happy,H,tlh\n",
         [(2, "The language is none of en-gb, en-easy, pl, pa, ur, sk, ro, cs, lv.")]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_line_by_line(
    content: bytes, faults: list[tuple[int, str]]
) -> None:
    loaded("loneliness")
    with pytest.raises(WordingError) as refused:
        import_wording(content=content, source="w.csv", by=trust(), now=NOW)
    assert [(fault.line, fault.reason) for fault in refused.value.faults] == faults
    assert Instrument.objects.get(key="loneliness").wordings.count() == 0


def test_a_spreadsheets_mark_and_spaces_do_no_harm() -> None:
    loaded("ons4")
    content = (
        b"\xef\xbb\xbf"
        + ons4_words().replace(b"ons4,happy,", b" ons4 , happy ,")
        + b"\n\n,,,,,,,\n"
    )
    (wording,) = import_wording(content=content, source="w.csv", by=trust(), now=NOW)
    assert wording.words["items"]["happy"] == "Invented happy"


def test_words_that_somebody_answered_are_not_replaced() -> None:
    instrument, by = loaded("ons4"), trust()
    import_wording(content=ons4_words(), source="w.csv", by=by, now=NOW)
    other = ons4_words(happy="Changed")
    import_wording(content=other, source="w.csv", by=by, now=NOW)
    in_use(instrument)
    assert import_wording(content=other, source="w.csv", by=by, now=NOW) == []
    with pytest.raises(InstrumentError, match="Somebody answered ons4 1 in other words"):
        import_wording(content=ons4_words(), source="w.csv", by=by, now=NOW)
    polish = ons4_words().replace(b",min_age", b",min_age,language").replace(b",0,10,", b",0,10,")
    lines = polish.decode().splitlines()
    content = "\n".join([lines[0], *(f"{line},pl" for line in lines[1:])]).encode()
    (wording,) = import_wording(content=content, source="w.csv", by=by, now=NOW)
    assert wording.language == "pl"


def test_one_bad_instrument_in_a_file_keeps_the_other_out() -> None:
    loaded("ons4")
    lines = [f"swemwbs,{item.id},W,1|2|3|4|5" for item in shipped()["swemwbs", 1].items]
    content = LONELINESS + "\n".join(lines).encode()
    with pytest.raises(InstrumentError, match="accept the owner's terms of SWEMWBS"):
        import_wording(content=content, source="w.csv", by=trust(), now=NOW)
    assert Instrument.objects.get(key="loneliness").wordings.count() == 0


@pytest.mark.parametrize("role", [role for role in Role if role != Role.TRUST_STAFF])
def test_only_trust_staff_decide(role: Role) -> None:
    instrument, by = loaded("swemwbs"), factories.make_user(role)
    with pytest.raises(PermissionDenied):
        import_wording(content=LONELINESS, source="w.csv", by=by, now=NOW)
    with pytest.raises(PermissionDenied):
        accept_terms(instrument=instrument, reference="1", by=by, now=NOW)
    with pytest.raises(PermissionDenied):
        publish_instrument(instrument=instrument, by=by, now=NOW)
    with pytest.raises(PermissionDenied):
        withdraw_instrument(instrument=instrument, by=by, now=NOW)


def test_the_wording_command(tmp_path: Path) -> None:
    loaded("loneliness")
    by, out = trust(), StringIO()
    path = tmp_path / "words.csv"
    path.write_bytes(LONELINESS)
    call_command("import_wording", path, by=by.email, stdout=out)
    call_command("import_wording", path, by=by.email.upper(), stdout=out)
    assert out.getvalue() == (
        "Loneliness (government standard), version 1: 10-15 in en-gb\n"
        "Nothing changed: these words are here already.\n"
    )
    path.write_bytes(LONELINESS.replace(b",direct", b",sad"))
    with pytest.raises(CommandError) as refused:
        call_command("import_wording", path, by=by.email)
    assert str(refused.value) == (
        "words.csv, Line 5: Loneliness (government standard) has no item 'sad'.\n"
        "Nothing was changed."
    )
    with pytest.raises(CommandError, match=r"There is no account nobody@example\.org\."):
        call_command("import_wording", path, by="nobody@example.org")
    with pytest.raises(CommandError, match="does not decide what is measured"):
        call_command("import_wording", path, by=factories.make_user(Role.EVALUATOR).email)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_wording", tmp_path / "none.csv", by=by.email)


def test_the_wording_command_accepts_terms_in_somebodys_name(tmp_path: Path) -> None:
    instrument, by = loaded("swemwbs"), trust()
    lines = [f"swemwbs,{item.id},W,1|2|3|4|5" for item in shipped()["swemwbs", 1].items]
    path = tmp_path / "words.csv"
    path.write_text(HEADINGS + "\n".join(lines))
    with pytest.raises(CommandError, match="Somebody has to accept the owner's terms"):
        call_command("import_wording", path, by=by.email)
    with pytest.raises(CommandError, match="There is no instrument grit"):
        call_command("import_wording", path, by=by.email, accept_terms=["grit", "1"])
    terms = ["swemwbs", "licence 1234"]
    call_command("import_wording", path, by=by.email, accept_terms=terms, stdout=StringIO())
    instrument.refresh_from_db()
    assert (instrument.terms_accepted_by, instrument.terms_reference) == (by, "licence 1234")
    assert instrument.wordings.count() == 1


# --- Terms, and putting into use ----------------------------------------------------------------


def test_terms_are_accepted_once_by_a_named_person() -> None:
    instrument, by = loaded("swemwbs"), trust()
    with pytest.raises(InstrumentError, match="Say which licence or permission it is"):
        accept_terms(instrument=instrument, reference=" ", by=by, now=NOW)
    accept_terms(instrument=instrument, reference=" licence 1234 ", by=by, now=NOW)
    instrument.refresh_from_db()
    assert instrument.terms_accepted_by == by
    assert (instrument.terms_accepted_at, instrument.terms_reference) == (NOW, "licence 1234")
    entry = AuditEntry.objects.get(kind=AuditKind.TERMS_ACCEPTED)
    assert (entry.actor_id, entry.object_id, entry.reason) == (by.pk, instrument.pk, "swemwbs 1")
    with pytest.raises(InstrumentError, match="accepted already"):
        accept_terms(instrument=instrument, reference="2", by=trust(), now=NOW)
    with pytest.raises(InstrumentError, match="no acceptance"):
        accept_terms(instrument=Instrument.objects.get(key="ons4"), reference="2", by=by, now=NOW)


def test_without_words_nothing_is_put_into_use() -> None:
    instrument, by = loaded("ons4"), trust()
    with pytest.raises(InstrumentError, match=r"^Words are missing for: Young people\.$"):
        publish_instrument(instrument=instrument, by=by, now=NOW)
    assert not Instrument.objects.published().exists()
    import_wording(content=ons4_words(), source="w.csv", by=by, now=NOW)
    publish_instrument(instrument=instrument, by=by, now=NOW)
    assert list(Instrument.objects.published()) == [instrument]
    with pytest.raises(InstrumentError, match="in use already"):
        publish_instrument(instrument=instrument, by=by, now=NOW)


def test_without_terms_nothing_is_put_into_use() -> None:
    instrument = loaded("swemwbs")
    with pytest.raises(InstrumentError, match="accept the owner's terms"):
        publish_instrument(instrument=instrument, by=trust(), now=NOW)


def test_what_a_programme_measures_by_is_not_withdrawn() -> None:
    instrument, by = loaded("derby-life-skills"), trust()
    with pytest.raises(InstrumentError, match=r"^It is not in use\.$"):
        withdraw_instrument(instrument=instrument, by=by, now=NOW)
    publish_instrument(instrument=instrument, by=by, now=NOW)
    measure = factories.make_measure(instrument=instrument)
    with pytest.raises(InstrumentError, match="still measures by it"):
        withdraw_instrument(instrument=instrument, by=by, now=NOW)
    measure.ended_at = NOW
    measure.save()
    withdraw_instrument(instrument=instrument, by=by, now=NOW)
    assert not Instrument.objects.published().exists()
    publish_instrument(instrument=instrument, by=by, now=NOW)
    assert Instrument.objects.published().exists()
    kinds = AuditEntry.objects.filter(actor_id=by.pk).values_list("kind", flat=True)
    assert sorted(kinds) == sorted(
        [
            *(AuditKind.INSTRUMENT_PUBLISHED, AuditKind.INSTRUMENT_WITHDRAWN),
            AuditKind.INSTRUMENT_PUBLISHED,
        ]
    )


# --- Questions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "language", "form", "edition"),
    [
        (5, "en-gb", "5-7", "en-gb"),
        (7, "en-easy", "5-7", "en-gb"),
        (8, "en-gb", "8-12", "en-gb"),
        (12, "pl", "8-12", "en-gb"),
        (13, "en-gb", "13-18", "en-gb"),
        (13, "en-easy", "easy", "en-easy"),
        (25, "en-gb", "13-18", "en-gb"),
        (None, "en-gb", "8-12", "en-gb"),
        (None, "en-easy", "easy", "en-easy"),
    ],
)
def test_the_form_is_for_the_age_and_the_edition(
    age: int | None, language: str, form: str, edition: str
) -> None:
    measure = factories.make_measure(instrument=loaded("derby-life-skills"))
    found = questionnaire(measure, age=age, language=language)
    assert found is not None
    assert (found.form, found.language) == (form, edition)
    assert len(found.questions) == 18
    assert [value for value, _ in found.shared_options] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("age", [4, 26])
def test_nobody_outside_the_ages_is_asked(age: int) -> None:
    measure = factories.make_measure(instrument=loaded("derby-life-skills"))
    assert questionnaire(measure, age=age, language="en-gb") is None


def test_staff_are_asked_what_they_saw_and_carers_nothing() -> None:
    instrument = loaded("derby-life-skills")
    staff = factories.make_measure(instrument=instrument, respondent=RespondentKind.STAFF)
    found = questionnaire(staff, age=9, language="en-easy")
    assert found is not None
    assert (found.form, found.title) == ("staff", "What you have seen")
    carer = factories.make_measure(instrument=instrument, respondent=RespondentKind.CARER)
    assert questionnaire(carer, age=9, language="en-gb") is None


@pytest.mark.parametrize(
    ("age", "asked"), [(10, False), (15, False), (16, True), (25, True), (None, False)]
)
def test_only_from_16_is_anybody_asked_about_anxiety(age: int | None, asked: bool) -> None:
    instrument = loaded("ons4")
    import_wording(content=ons4_words(), source="w.csv", by=trust(), now=NOW)
    found = questionnaire(factories.make_measure(instrument=instrument), age=age, language="en-gb")
    assert found is not None
    ids = ["satisfied", "worthwhile", "happy", *["anxious"] * asked]
    assert [question.id for question in found.questions] == ids
    assert found.questions[0].options[0] == (0, "0")
    assert found.questions[0].options[-1] == (10, "10")
    assert (found.questions[0].low_label, found.questions[0].high_label) == ("none", "all")


def test_without_words_there_are_no_questions() -> None:
    measure = factories.make_measure(instrument=loaded("ons4"))
    assert questionnaire(measure, age=12, language="en-gb") is None


def test_wordings_have_names() -> None:
    instrument = loaded("derby-life-skills")
    assert [name for _, name in worded_forms(instrument)] == [
        "Ages 13 to 18, and to 25 with special needs or as a care leaver",
        "Ages 5 to 7, read together with an adult",
        "Ages 8 to 12",
        "Easy Read, ages 8 to 25",
        "Observed by staff",
    ]


# --- Pages --------------------------------------------------------------------------------------


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(trust())
    return client


def test_the_list_says_how_far_each_is(staff: Client) -> None:
    in_use(loaded("derby-life-skills"))
    page = staff.get(reverse("instruments:list")).content.decode()
    assert page.count('<th scope="row">') == len(shipped())
    assert "5 of 5 forms" in page
    assert "To be accepted" in page


@pytest.mark.parametrize("count", [1, 3])
def test_rows_take_three_queries(django_assert_num_queries: Any, count: int) -> None:
    for _ in range(count):
        in_use(factories.make_instrument())
    with django_assert_num_queries(3):
        rows = instrument_rows(Instrument.objects.all())
    assert [(row.worded, row.answered, row.state, row.terms) for row in rows] == [
        (3, 1, "in use", "none")
    ] * count


def test_a_page_leads_from_terms_to_words_to_use(staff: Client) -> None:
    instrument = loaded("swemwbs")
    page = reverse("instruments:detail", args=[instrument.pk])
    assert "Next: somebody accepts the owner" in staff.get(page).content.decode()
    words = reverse("instruments:import", args=[instrument.pk])
    assert "<form" not in main_of(staff.get(words).content.decode())
    terms = reverse("instruments:terms", args=[instrument.pk])
    refused = staff.post(terms, {"reference": "licence 1234"})
    assert refused.status_code == 422
    assert "Tick this to accept the terms." in refused.content.decode()
    assert staff.post(terms, {"reference": "licence 1234", "accepted": "on"}).url == page
    assert "Next: bring its words in." in staff.get(page).content.decode()
    lines = [
        f"swemwbs,{item.id},Word {item.id},1|2|3|4|5" for item in shipped()["swemwbs", 1].items
    ]
    content = (HEADINGS + "\n".join(lines)).encode()
    bad = staff.post(words, {"file": upload(content.replace(b",useful", b",usefull"))})
    assert bad.status_code == 422
    assert "Line 3: SWEMWBS (short mental well-being scale) has no item &#x27;usefull&#x27;." in (
        bad.content.decode()
    )
    assert staff.post(words, {"file": upload(content)}).url == page
    assert "Everything is here." in staff.get(page).content.decode()
    publish = reverse("instruments:publish", args=[instrument.pk])
    assert staff.post(publish).url == page
    shown = staff.get(page).content.decode()
    assert "In use: programmes may measure by it now." in shown
    assert "licence 1234" in shown
    assert "29 is 26.02" in shown
    preview = reverse("instruments:words", args=[instrument.pk, instrument.wordings.get().pk])
    assert "Word useful" in staff.get(preview).content.decode()
    withdraw = reverse("instruments:withdraw", args=[instrument.pk])
    staff.post(withdraw)
    assert "Withdrawn. Answers that were given stay." in staff.get(page).content.decode()


def test_a_file_for_another_instrument_is_refused(staff: Client) -> None:
    instrument = loaded("ons4")
    words = reverse("instruments:import", args=[instrument.pk])
    refused = staff.post(words, {"file": upload(LONELINESS)})
    assert refused.status_code == 422
    assert "There is no instrument &#x27;loneliness&#x27; here to bring words in for." in (
        refused.content.decode()
    )
    assert staff.post(words, {"file": upload(b"x" * 1_000_001)}).status_code == 422
    assert staff.post(words, {}).status_code == 422


def test_refusals_are_said_on_the_page(staff: Client) -> None:
    instrument = loaded("ons4")
    page = reverse("instruments:detail", args=[instrument.pk])
    staff.post(reverse("instruments:publish", args=[instrument.pk]))
    assert "Words are missing for: Young people." in staff.get(page).content.decode()
    staff.post(reverse("instruments:withdraw", args=[instrument.pk]))
    assert "It is not in use." in staff.get(page).content.decode()
    terms = reverse("instruments:terms", args=[instrument.pk])
    staff.post(terms, {"reference": "1", "accepted": "on"})
    assert "The owner asks for no acceptance of terms." in staff.get(page).content.decode()


def test_anothers_wording_is_not_shown_below_an_instrument(staff: Client) -> None:
    instrument, other = factories.make_instrument(), factories.make_instrument()
    address = reverse("instruments:words", args=[instrument.pk, other.wordings.first().pk])
    assert staff.get(address).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role != Role.TRUST_STAFF])
def test_strangers_see_no_instrument(client: Client, role: Role) -> None:
    instrument = factories.make_instrument()
    client.force_login(factories.make_user(role, hubs=(factories.make_hub(),)))
    assert client.get(reverse("instruments:list")).status_code == 403
    for name in ("detail", "terms", "import"):
        address = reverse(f"instruments:{name}", args=[instrument.pk])
        assert client.get(address).status_code == 403
    assert client.post(reverse("instruments:publish", args=[instrument.pk])).status_code == 403
    assert not Instrument.objects.visible_to(factories.make_user(role)).exists()


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("words.csv", content, content_type="text/csv")


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]
