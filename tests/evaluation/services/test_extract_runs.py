"""Extracts are made once, of who agreed, and say nothing that they should not."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import RoleGrant
from evaluation.models import Extract, ExtractStatus, Pseudonym
from evaluation.services import extract_runs
from evaluation.services.extract_runs import (
    GIVEN_UP,
    NOT_ALLOWED,
    TOO_FEW,
    make_extract,
    queue_forsaken_extracts,
)
from evaluation.services.studies import KEYS_GONE, drop_keys
from participants.models import Participant, Purpose
from tests import factories
from tests.evaluation.research.cohort import (
    DESCRIPTOR,
    NOW,
    agree,
    ask,
    assert_rows_are_as_described,
    content_of,
    descriptor_of,
    files_in,
    make,
    make_cohort,
    make_person,
    make_study,
    rows_of,
    withdraw,
    words_of,
)
from tests.factories import london

pytestmark = pytest.mark.django_db(transaction=True)


# --- What is in it -------------------------------------------------------------------------------
def test_people_attendance_and_responses_of_who_agreed() -> None:
    study, measure, _people = make_cohort(6, gender="female", ethnicity="WBRI", special_needs="no")
    extract = make(study)
    content = content_of(extract)
    words = words_of(content)
    assert len(set(words)) == 6
    assert rows_of(content, "people")[0] == {
        "pseudonym": words[0],
        "age_band": "8 to 12",
        "gender": "girl or woman",
        "ethnic_group": "White",
        "imd_quintile": "other or not known",
        "hub": measure.programme.activities.get().hub.name,
        "send": "no",
        "disadvantaged": "not known",
        "dose_band": "1",
        "sessions": "1",
        "contact_hours": "2",
    }
    assert rows_of(content, "attendance")[0] == {
        "pseudonym": words[0],
        "month": "2019-05",
        "sessions": "1",
        "minutes": "90",
    }
    first, second, *_ = rows_of(content, "responses")
    assert (first["wave"], first["month"], first["weeks_since_baseline"]) == (
        *("baseline", "2019-02", "0"),
    )
    assert (second["wave"], second["number"], second["weeks_since_baseline"]) == (
        *("follow_up", "2", "13"),
    )
    assert [tuple(row.values())[1:] for row in rows_of(content, "items")[:4]] == [
        ("1", "one", "3", "answered"),
        ("1", "two", "3", "answered"),
        ("2", "one", "5", "answered"),
        ("2", "two", "", "skipped"),
    ]
    assert [tuple(row.values())[1:] for row in rows_of(content, "scores")[:2]] == [
        ("1", "mean", "3", ""),
        ("2", "mean", "", ""),
    ]


def test_the_package_is_what_its_description_says() -> None:
    study, *_ = make_cohort(6)
    extract = make(study)
    content = content_of(extract)
    descriptor = descriptor_of(content)
    jsonschema.validate(descriptor, DESCRIPTOR)
    assert_rows_are_as_described(content)
    assert [resource["name"] for resource in descriptor["resources"]] == [
        *("people", "attendance", "responses", "items", "scores", "codebook"),
    ]
    for resource in descriptor["resources"]:
        held = files_in(content)[resource["path"]]
        assert resource["bytes"] == len(held)
        assert resource["hash"] == f"sha256:{hashlib.sha256(held).hexdigest()}"


def test_the_codebook_and_readme_say_what_a_reader_must_know() -> None:
    study, measure, _ = make_cohort(6)
    files = files_in(content_of(make(study)))
    readme, codebook = files["README.md"].decode(), files["codebook.md"].decode()
    for said in (
        "# Do hubs change how young people see themselves?",
        "Ethics approval: CHEP-2019-07",
        "level 1 on the Maryland Scientific Methods Scale",
        "never that the programme caused it",
        "Restricted: for the named study only",
        "k = 6: everybody shares",
    ):
        assert said in readme
    name = f"{measure.instrument.key} 1"
    assert f"| instrument | {name}, item | one | integer | 1 to 5 |" in codebook
    assert f"| instrument | {name}, score | mean | number | Mean. Mean of the items" in codebook
    described = {
        (resource["name"], field["name"])
        for resource in descriptor_of(content_of(Extract.objects.get()))["resources"][:-1]
        for field in resource["schema"]["fields"]
    }
    assert all(f"| {table} | {field} |" in codebook for table, field in described)


def test_the_figures_on_the_row_are_those_of_the_file() -> None:
    study, *_ = make_cohort(6)
    extract = make(study)
    content = content_of(extract)
    assert extract.sha256 == hashlib.sha256(content).hexdigest()
    assert extract.manifest["people"] == 6
    assert extract.manifest["bytes"] == len(content)
    assert extract.manifest["rows"] == [
        ["People", 6],
        ["Attendance by month", 6],
        ["Responses", 12],
        ["Answers to items", 24],
        ["Scores", 12],
    ]
    assert extract.manifest["anonymity"] == descriptor_of(content)["anonymity"]
    assert (extract.manifest["anonymity"]["k"], extract.held.count()) == (6, 6)
    assert extract.expires_at == extract.made_at + dt.timedelta(days=14)


def test_the_same_data_give_the_same_bytes() -> None:
    study, *_ = make_cohort(6)
    first, second = make(study), make(study)
    assert first.sha256 == second.sha256
    assert first.file.name != second.file.name
    with zipfile.ZipFile(io.BytesIO(content_of(second))) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_second_extract_tells_no_more_than_the_released_one() -> None:
    study, *_ = make_cohort(6)
    first = make(study)
    assert {row["hub"] for row in rows_of(content_of(first), "people")} != {""}
    manifest = first.manifest | {
        "anonymity": first.manifest["anonymity"] | {"levels": [0, 0, 0, 0, 1, 0]}
    }
    Extract.objects.filter(pk=first.pk).update(manifest=manifest, released_at=NOW)
    second = make(study)
    assert {row["hub"] for row in rows_of(content_of(second), "people")} == {""}


# --- Who is in it --------------------------------------------------------------------------------
def _no_survey(person: Participant) -> None:
    withdraw(person, Purpose.SURVEYS)


def _no_university(person: Participant) -> None:
    withdraw(person, Purpose.SHARING_UNIVERSITY)


def _moment(field: str) -> Any:
    def set_it(person: Participant) -> None:
        Participant.objects.filter(pk=person.pk).update(**{field: NOW})

    return set_it


@pytest.mark.parametrize(
    "leave",
    [_no_survey, _no_university, _moment("objected_at"), _moment("restricted_at"),
     _moment("anonymised_at")],
    ids=["surveys", "university", "objected", "restricted", "anonymised"],
)  # fmt: skip
def test_who_may_not_be_in_it_is_not(leave: Any) -> None:
    study, _, people = make_cohort(7)
    leave(people[0])
    extract = make(study)
    assert set(extract.held.values_list("participant", flat=True)) == {
        each.pk for each in people[1:]
    }
    assert len(words_of(content_of(extract))) == 6
    assert not Pseudonym.objects.filter(participant=people[0]).exists()


def test_who_did_not_come_in_the_period_or_programme_is_not_in_it() -> None:
    study, measure, _people = make_cohort(6)
    elsewhere = factories.make_session(starts_at=london(2019, 5, 14))
    late = factories.make_session(
        activity=study.programme.activities.get(), starts_at=london(2019, 7, 2)
    )
    for session in (elsewhere, late):
        factories.make_response(measure, make_person(session))
    agree(factories.make_participant())
    extract = make(study)
    assert extract.manifest["people"] == 6


def test_answers_that_do_not_stand_or_lie_outside_are_not_in_it() -> None:
    study, measure, people = make_cohort(6)
    one = people[0]
    factories.make_response(measure, one, set_aside_at=NOW, wave="follow_up")
    factories.make_response(measure, one, finished_at=None, wave="follow_up")
    factories.make_response(measure, one, at=london(2019, 7, 1), wave="follow_up")
    factories.make_response(factories.make_measure(), one)
    assert len(rows_of(content_of(make(study)), "responses")) == 12


def test_a_baseline_before_the_period_counts_its_weeks() -> None:
    study, measure, people = make_cohort(6)
    factories.make_response(measure, people[0], at=london(2018, 12, 4))
    weeks = {row["weeks_since_baseline"] for row in rows_of(content_of(make(study)), "responses")}
    assert weeks == {"0", "13", "10", "23"}


def test_fewer_than_five_give_nothing_and_nobody_a_word() -> None:
    study, *_ = make_cohort(4)
    extract = ask(study)
    assert not make_extract(extract.pk)
    extract.refresh_from_db()
    assert (extract.status, extract.failed_why) == (ExtractStatus.FAILED, TOO_FEW)
    assert not Pseudonym.objects.exists()
    assert not extract.file


def test_nothing_that_says_who_somebody_is_is_in_any_byte() -> None:
    told = {
        "given_name": "Zebedee",
        "family_name": "Quillfeather",
        "known_as": "Zebbo",
        "home_postcode": "DE23 8XQ",
        "school": "Wobbleton Academy",
        "address": "17 Nettlebank Close",
        "languages": "Klingonese",
        "birth_date": dt.date(2008, 11, 29),
        "collection_word": "marmalade",
    }
    study, measure, people = make_cohort(6, **told)
    content = content_of(make(study))
    everything = b"\n".join(files_in(content).values()).lower() + content.lower()
    secrets = [
        *(str(value) for value in told.values()),
        "29/11/2008", "DE238XQ", "Quill", "2019-05-14", "2019-02-12", "Sample Parent",
        study.started_by.email, study.started_by.name,
        *(str(each) for person in people for each in (person.pk, person.pk.hex)),
        *(str(each.pk) for person in people for each in person.responses.all()),
        str(measure.pk), str(study.pk),
    ]  # fmt: skip
    assert [secret for secret in secrets if secret.lower().encode() in everything] == []


# --- Pseudonyms ----------------------------------------------------------------------------------
def test_pseudonyms_are_the_same_in_each_extract_and_others_in_another_study() -> None:
    study, _, _people = make_cohort(6)
    first, second = words_of(content_of(make(study))), words_of(content_of(make(study)))
    assert first == second
    other = make_study(study.programme, study.started_by)
    assert not set(words_of(content_of(make(other)))) & set(first)


def test_merging_and_undoing_change_no_pseudonym() -> None:
    study, _, people = make_cohort(7)
    before = words_of(content_of(make(study)))
    root, merged = people[0], people[1]
    names = {each.participant_id: each.word for each in Pseudonym.objects.all()}
    earliest = Pseudonym.objects.filter(participant__in=[root, merged]).order_by("made_at", "pk")[0]
    Participant.objects.filter(pk=merged.pk).update(merged_into=root)
    together = words_of(content_of(make(study)))
    other = ({names[root.pk], names[merged.pk]} - {earliest.word}).pop()
    assert set(together) == set(before) - {other}
    Participant.objects.filter(pk=merged.pk).update(merged_into=None)
    assert words_of(content_of(make(study))) == before


def test_somebody_merged_before_the_first_extract_has_one_name_and_then_their_own() -> None:
    study, _, people = make_cohort(7)
    root, merged = people[0], people[1]
    Participant.objects.filter(pk=merged.pk).update(merged_into=root)
    together = words_of(content_of(make(study)))
    assert len(together) == 6
    Participant.objects.filter(pk=merged.pk).update(merged_into=None)
    apart = words_of(content_of(make(study)))
    assert set(together) < set(apart)
    assert len(apart) == 7


def test_a_merged_persons_rows_stand_under_one_name() -> None:
    study, _, people = make_cohort(7)
    Participant.objects.filter(pk=people[1].pk).update(merged_into=people[0])
    content = content_of(make(study))
    sizes = sorted(
        sum(row["pseudonym"] == word for row in rows_of(content, "responses"))
        for word in words_of(content)
    )
    assert sizes == [2, 2, 2, 2, 2, 4]
    assert_rows_are_as_described(content)


# --- Being made ----------------------------------------------------------------------------------
def test_a_second_message_changes_nothing() -> None:
    study, *_ = make_cohort(6)
    extract = make(study)
    assert not make_extract(extract.pk)
    assert not make_extract(uuid4())
    again = Extract.objects.get(pk=extract.pk)
    assert (again.file.name, again.attempts) == (extract.file.name, 1)


def test_rights_are_checked_again_when_it_runs() -> None:
    study, *_ = make_cohort(6)
    extract = ask(study)
    RoleGrant.objects.filter(user=study.started_by).delete()
    assert not make_extract(extract.pk)
    extract.refresh_from_db()
    assert (extract.status, extract.failed_why) == (ExtractStatus.FAILED, NOT_ALLOWED)


def test_consents_are_checked_again_once_everything_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study, _, people = make_cohort(6)
    name = extract_runs._name

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        withdraw(people[0])
        return name(*args, **kwargs)

    monkeypatch.setattr(extract_runs, "_name", meanwhile)
    extract = make(study)
    assert extract.manifest["people"] == 5
    assert not Pseudonym.objects.filter(participant=people[0]).exists()


def test_after_the_key_is_destroyed_nothing_more_is_made() -> None:
    study, *_ = make_cohort(6)
    extract = ask(study)
    drop_keys(study=study, by=study.started_by, now=NOW)
    assert not make_extract(extract.pk)
    extract.refresh_from_db()
    assert (extract.status, extract.failed_why) == (ExtractStatus.FAILED, KEYS_GONE)


def test_what_stops_it_is_told_by_its_kind_only(monkeypatch: pytest.MonkeyPatch) -> None:
    study, *_ = make_cohort(6)
    extract = ask(study)

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise KeyError("Zebedee")

    monkeypatch.setattr(extract_runs, "write", broken)
    with pytest.raises(KeyError):
        make_extract(extract.pk)
    extract.refresh_from_db()
    assert extract.status == ExtractStatus.FAILED
    assert extract.failed_why == "It could not be made (KeyError). The worker's log says why."


def test_a_worker_that_lost_its_claim_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    study, *_ = make_cohort(6)
    extract = ask(study)
    write = extract_runs.write

    def taken_over(*args: Any, **kwargs: Any) -> Any:
        Extract.objects.filter(pk=extract.pk).update(claim=uuid4())
        return write(*args, **kwargs)

    monkeypatch.setattr(extract_runs, "write", taken_over)
    assert not make_extract(extract.pk)
    extract.refresh_from_db()
    assert (extract.status, bool(extract.file)) == (ExtractStatus.RUNNING, False)
    assert list(Path(settings.MEDIA_ROOT).rglob("*.zip")) == []


def test_forsaken_extracts_are_queued_again_and_given_up_in_the_end() -> None:
    study, *_ = make_cohort(1)
    now = timezone.now()
    fresh, lost, dying = ask(study), ask(study), ask(study)
    Extract.objects.filter(pk=fresh.pk).update(queued_at=now)
    Extract.objects.filter(pk=lost.pk).update(queued_at=now - dt.timedelta(minutes=5))
    Extract.objects.filter(pk=dying.pk).update(
        status="running", heartbeat_at=now - dt.timedelta(minutes=5), attempts=5
    )
    assert queue_forsaken_extracts(now=now) == [lost.pk]
    lost.refresh_from_db()
    dying.refresh_from_db()
    assert (lost.status, lost.queued_at) == (ExtractStatus.QUEUED, now)
    assert (dying.status, dying.failed_why) == (ExtractStatus.FAILED, GIVEN_UP)
