"""Bank holidays from GOV.UK's file: all or nothing."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from activities.models import Closure, ClosureKind
from tests import factories

pytestmark = pytest.mark.django_db
CHRISTMAS = {"title": "Christmas Day", "date": "2027-12-27", "notes": "Substitute day"}
EASTER = {"title": "Easter Monday", "date": "2027-03-29", "notes": "", "bunting": True}


def written(tmp_path: Path, *events: Any, **content: Any) -> Path:
    division = {"division": "england-and-wales", "events": list(events)}
    scotland = {"events": [{"title": "2nd January", "date": "2027-01-04", "notes": ""}]}
    file = tmp_path / "bank-holidays.json"
    whole = {"england-and-wales": division, "scotland": scotland} | content
    file.write_text(json.dumps(whole))
    return file


def load(file: Path) -> str:
    out = io.StringIO()
    call_command("load_bank_holidays", file=file, stdout=out)
    return out.getvalue().strip()


def test_loads_derbys_part_once(tmp_path: Path) -> None:
    file = written(tmp_path, CHRISTMAS, EASTER)
    assert load(file) == "Bank holidays: 2 created, 0 renamed, 0 unchanged."
    assert load(file) == "Bank holidays: 0 created, 0 renamed, 2 unchanged."
    rows = Closure.objects.values_list("hub", "kind", "name", "first_on", "last_on")
    easter, christmas = dt.date(2027, 3, 29), dt.date(2027, 12, 27)
    assert list(rows) == [
        (None, "bank_holiday", "Easter Monday", easter, easter),
        (None, "bank_holiday", "Christmas Day (substitute day)", christmas, christmas),
    ]


def test_renames_and_leaves_alone_what_is_somebody_elses(tmp_path: Path) -> None:
    day = dt.date(2027, 3, 29)
    for hub, kind in ((None, ClosureKind.INSET), (factories.make_hub(), ClosureKind.BANK_HOLIDAY)):
        Closure.objects.create(hub=hub, kind=kind, name="Ours", first_on=day, last_on=day)
    load(written(tmp_path, EASTER | {"title": "Easter"}))
    assert load(written(tmp_path, EASTER)) == "Bank holidays: 0 created, 1 renamed, 0 unchanged."
    assert sorted(Closure.objects.values_list("name", flat=True)) == [
        "Easter Monday", "Ours", "Ours",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (EASTER | {"date": "29 March"}, "event 2: its date is '29 March', not one such as"),
        (EASTER | {"date": None}, "event 2: its date is None"),
        (EASTER | {"date": "1066-10-14"}, "event 2: 1066-10-14 is not between 2000 and 2099."),
        (EASTER | {"title": ""}, "event 2: its title is not a text of 1 to 60 letters."),
        (EASTER | {"title": "x" * 61}, "event 2: its title"),
        ("Easter", "event 2: it is not an event."),
        (CHRISTMAS, "england-and-wales: 2027-12-27 is there twice."),
    ],
)
def test_a_bad_event_changes_nothing(tmp_path: Path, event: Any, says: str) -> None:
    with pytest.raises(CommandError) as refused:
        load(written(tmp_path, CHRISTMAS, event))
    assert says in str(refused.value)
    assert str(refused.value).endswith("Nothing was changed.")
    assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", 'it has no "england-and-wales"'),
        ("{", "it is not JSON"),
        ('{"england-and-wales": {}}', 'it has no list of "events"'),
        ('{"england-and-wales": {"events": []}}', "it has no bank holidays."),
        ("\udcff", "it is not UTF-8 text."),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CommandError, match="Nothing was changed") as refused:
        load(file)
    assert says in str(refused.value)
    with pytest.raises(CommandError, match="it cannot be read"):
        load(tmp_path / "nowhere.json")
