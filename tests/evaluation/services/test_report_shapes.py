from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.services.errors import ChangedMeanwhileError
from evaluation.models import ReportTemplate
from evaluation.reports.shipped_shapes import shipped_shapes
from evaluation.reports.templates import ShapeError, parse
from evaluation.services import report_shapes
from evaluation.services.report_shapes import fingerprint_of_shape, load_shapes
from tests.factories import london, make_shape, make_user

pytestmark = pytest.mark.django_db
NOW = london(2019, 6, 1)
MONEY = parse([{"id": "m", "heading": "Money", "parts": [{"kind": "table", "table": "spend"}]}])


@pytest.fixture
def by() -> User:
    return make_user(Role.TRUST_STAFF)


def whats() -> list[str]:
    return [one.what for one in load_shapes(now=NOW)]


def test_shapes_that_ship_are_loaded_once_and_follow_their_files() -> None:
    assert whats() == ["created"] * 5
    assert whats() == ["unchanged"] * 5
    newer = [replace(shape, summary="Newer") for shape in shipped_shapes()]
    assert [one.what for one in load_shapes(now=NOW, shapes=newer)] == ["replaced"] * 5
    assert set(ReportTemplate.objects.values_list("summary", flat=True)) == {"Newer"}
    assert AuditEntry.objects.filter(kind=AuditKind.REPORT_TEMPLATE_CHANGED).count() == 10


def test_what_trust_staff_changed_or_retired_is_kept(by: User) -> None:
    load_shapes(now=NOW)
    standard, arts, *_ = ReportTemplate.objects.all()
    report_shapes.put_shape(
        by=by,
        shape=standard,
        name="Ours",
        summary="",
        sections=MONEY,
        seen=fingerprint_of_shape(standard),
        now=NOW,
    )
    report_shapes.retire_shape(by=by, shape=arts, now=NOW)
    assert whats() == ["kept", "kept", "unchanged", "unchanged", "unchanged"]
    standard.refresh_from_db()
    assert (standard.name, standard.slug) == ("Ours", "standard")
    assert ReportTemplate.objects.in_use().count() == 4


def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_report_shapes")
    assert "Standard evaluation report: created" in capsys.readouterr().out


def test_one_wrong_shape_changes_nothing() -> None:
    wrong = [replace(shape, sections=MONEY) for shape in shipped_shapes()]
    bad = parse([{"id": "m", "heading": "M", "parts": [{"kind": "table", "table": "cake"}]}])
    with pytest.raises(ShapeError, match="no table “cake”"):
        load_shapes(now=NOW, shapes=[*wrong, replace(wrong[0], slug="bad", sections=bad)])
    assert not ReportTemplate.objects.exists()


def test_a_shape_is_changed_copied_retired_and_brought_back(by: User) -> None:
    shape = make_shape(name="Ours")
    copies = [report_shapes.copy_shape(by=by, shape=shape, now=NOW) for _ in range(2)]
    assert [(copy.name, copy.slug) for copy in copies] == [
        ("Copy of Ours", "copy-of-ours"),
        ("Copy of Ours", "copy-of-ours-2"),
    ]
    assert copies[0].sections == shape.sections
    seen = fingerprint_of_shape(copies[0])
    changes = {"name": "Theirs", "summary": "S", "sections": MONEY, "seen": seen, "now": NOW}
    changed = report_shapes.put_shape(by=by, shape=copies[0], **changes)
    assert (changed.name, changed.changed_by, changed.changed_at) == ("Theirs", by, NOW)
    assert changed.sections[0]["heading"] == "Money"
    with pytest.raises(ChangedMeanwhileError):
        report_shapes.put_shape(by=by, shape=copies[0], **changes)
    assert report_shapes.retire_shape(by=by, shape=shape, now=NOW).retired_at == NOW
    assert shape not in ReportTemplate.objects.in_use()
    assert report_shapes.bring_back_shape(by=by, shape=shape, now=NOW).retired_at is None
    kinds = AuditEntry.objects.values_list("kind", flat=True)
    assert list(kinds).count(AuditKind.REPORT_TEMPLATE_CHANGED) == 5


def test_a_shape_names_only_what_there_is(by: User) -> None:
    shape = make_shape()
    raw = [{"id": "a", "heading": "A", "parts": [{"kind": "headline", "figures": ["cake"]}]}]
    with pytest.raises(ShapeError, match="no figure “cake”"):
        report_shapes.put_shape(
            by=by,
            shape=shape,
            name="N",
            summary="",
            sections=parse(raw),
            seen=fingerprint_of_shape(shape),
            now=NOW,
        )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_changes_shapes(role: Role) -> None:
    by, shape = make_user(role), make_shape()
    for act in (report_shapes.copy_shape, report_shapes.retire_shape):
        with pytest.raises(PermissionDenied):
            act(by=by, shape=shape, now=NOW)
    with pytest.raises(PermissionDenied):
        report_shapes.bring_back_shape(by=by, shape=shape, now=NOW)
    with pytest.raises(PermissionDenied):
        report_shapes.put_shape(
            by=by, shape=shape, name="N", summary="", sections=MONEY, seen="", now=NOW
        )
