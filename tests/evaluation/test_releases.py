"""Releases: written by one, signed off by another, remembered whatever happens; all or nothing."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import (
    Audience,
    Extract,
    Grant,
    Method,
    Narrative,
    Release,
    ReleasedFigure,
    ReleasedTable,
    ReleaseFile,
    ReleaseState,
    ReportRun,
    RunStatus,
    Snapshot,
    Study,
)
from evaluation.queries.releases import reasons_between
from evaluation.reports.snapshot import digest, freeze
from evaluation.services import figures, releases
from tests import factories
from tests.evaluation.reports.people import Someone, body_of
from tests.evaluation.reports.test_release import MANY
from tests.pages import Page

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 8, 1)


def quick(_document: Any, _body: Any) -> bytes:
    """Renderings are tried where they are written; here they only have to be kept."""
    return b"file"


@pytest.fixture(autouse=True)
def _quick_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "RENDERERS", {"pdf": quick, "csv": quick})


@pytest.fixture
def author() -> User:
    return factories.make_user(Role.TRUST_STAFF, name="Author")


@pytest.fixture
def checker() -> User:
    return factories.make_user(Role.TRUST_STAFF, name="Checker")


def make_run(people: list[Someone] | None = None, **fields: Any) -> ReportRun:
    """A finished report of one programme and its grant, of these people."""
    grant = fields.pop("grant", None) or Grant.objects.first() or factories.make_grant()
    programme = grant.programmes.get()
    first, last = dt.date(2018, 9, 25), fields.pop("last", dt.date(2019, 7, 13))
    named = [{"name": programme.name, "slug": programme.slug}]
    body = body_of(people or MANY, programmes=named, last_day=last.isoformat())
    frozen = freeze(body | fields.pop("body", {}))
    snapshot, _ = Snapshot.objects.get_or_create(
        sha256=frozen.sha256, defaults={"body": frozen.text}
    )
    defaults = {"status": RunStatus.DONE, "finished_at": NOW, "audience": Audience.FUNDER}
    run = ReportRun.objects.create(
        grant=grant, first_day=first, last_day=last, snapshot=snapshot, **(defaults | fields)
    )
    run.programmes.set([programme])
    return run


def make_draft(author: User, run: ReportRun | None = None, method: str = "rounded") -> Release:
    return releases.begin_release(run=run or make_run(), method=method, by=author, now=NOW)


def make_waiting(author: User, run: ReportRun | None = None, method: str = "rounded") -> Release:
    return releases.submit(release=make_draft(author, run, method), by=author, now=NOW)


def make_released(author: User, checker: User, run: ReportRun | None = None) -> Release:
    return releases.sign_off(release=make_waiting(author, run), by=checker, now=NOW)


def trail() -> list[tuple[str, Any, Any]]:
    return list(AuditEntry.objects.values_list("kind", "actor_id", "object_id"))


# --- Services ------------------------------------------------------------------------------------
def test_the_way_of_a_release_is_written_down(author: User, checker: User) -> None:
    release = make_draft(author)
    releases.write_narrative(release=release, box="learning", text=" Much. ", by=author, now=NOW)
    releases.submit(release=release, by=author, now=NOW)
    signed = releases.sign_off(release=release, by=checker, now=NOW)
    assert (signed.state, signed.checked_by, signed.version) == ("released", checker, 1)
    assert signed.sha256 == digest(signed.body)
    body = releases.body_of(signed)
    assert (body["kind"], body["narratives"]) == ("released", {"learning": "Much."})
    assert sorted(trail()) == sorted(
        [
            (AuditKind.RELEASE_MADE, author.pk, release.pk),
            (AuditKind.RELEASE_WRITTEN, author.pk, release.pk),
            (AuditKind.RELEASE_SUBMITTED, author.pk, release.pk),
            (AuditKind.RELEASE_SIGNED, checker.pk, release.pk),
        ]
    )
    files = ReleaseFile.objects.filter(release=release)
    assert {each.format for each in files} == {"pdf", "csv"}
    for each in files:
        with each.file.open() as kept:
            assert kept.read() == b"file"


def test_the_register_keeps_what_was_printed(author: User, checker: User) -> None:
    release = make_released(author, checker)
    told = {(each.table, each.measure): each for each in release.tables.all()}
    gender = told["gender", "unique_participants"]
    assert gender.rows == ["Row female", "Row male", "Row unknown"]
    assert gender.cells == [["70", "70"], ["70", "70"], ["0", "0"], ["145", "145"]]
    assert gender.scope == {"programmes": [release.run.grant.programmes.get().slug], "hubs": []}
    assert (gender.threshold, gender.method) == (5, Method.ROUNDED)
    assert told["ethnicity", "unique_participants"].threshold == 10
    assert not any(table == "part" for table, _ in told)


def test_nobody_signs_off_what_they_wrote(author: User, checker: User) -> None:
    release = make_draft(author)
    releases.write_narrative(release=release, box="learning", text="Me too.", by=checker, now=NOW)
    releases.submit(release=release, by=author, now=NOW)
    for own in (author, checker):
        with pytest.raises(PermissionDenied, match="Another person"):
            releases.sign_off(release=release, by=own, now=NOW)
    other = factories.make_user(Role.TRUST_STAFF)
    assert releases.sign_off(release=release, by=other, now=NOW).checked_by == other


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_STAFF])
def test_the_services_refuse_others(role: Role, author: User, checker: User) -> None:
    stranger, run = factories.make_user(role), make_run()
    draft, waiting = make_draft(author, run), make_waiting(author, run)
    out = make_released(author, checker, run)
    for act in (
        lambda: releases.begin_release(run=run, method="rounded", by=stranger, now=NOW),
        lambda: releases.write_narrative(
            release=draft, box="learning", text="x", by=stranger, now=NOW
        ),
        lambda: releases.submit(release=draft, by=stranger, now=NOW),
        lambda: releases.give_back(release=waiting, why="x", by=stranger, now=NOW),
        lambda: releases.sign_off(release=waiting, by=stranger, now=NOW),
        lambda: releases.give_up(release=draft, by=stranger),
        lambda: releases.withdraw(release=out, why="x", by=stranger, now=NOW),
        lambda: figures.publish_figures(release=out, keys={"x"}, by=stranger, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()


@pytest.mark.parametrize(
    "fields",
    [{"audience": Audience.HUB}, {"status": RunStatus.FAILED, "snapshot": None}],
    ids=["hub", "failed"],
)
def test_only_finished_reports_of_the_whole_can_be_released(
    fields: dict[str, Any], author: User
) -> None:
    run = make_run()
    ReportRun.objects.filter(pk=run.pk).update(**fields)
    run.refresh_from_db()
    with pytest.raises(releases.ReleaseError, match="Only a finished report"):
        make_draft(author, run)


def test_what_is_over_stays_as_it_is(author: User, checker: User) -> None:
    out = make_released(author, checker)
    for act in (
        lambda: releases.write_narrative(release=out, box="learning", text="x", by=author, now=NOW),
        lambda: releases.submit(release=out, by=author, now=NOW),
        lambda: releases.sign_off(release=out, by=checker, now=NOW),
        lambda: releases.give_up(release=out, by=author),
    ):
        with pytest.raises(releases.ReleaseError):
            act()
    assert Release.objects.get() == out
    assert not Narrative.objects.exists()


def test_a_box_that_the_report_lacks_is_no_box(author: User) -> None:
    with pytest.raises(releases.ReleaseError, match="no such box"):
        releases.write_narrative(
            release=make_draft(author), box="other", text="x", by=author, now=NOW
        )


def test_it_can_be_given_back_and_comes_again(author: User, checker: User) -> None:
    release = make_waiting(author)
    back = releases.give_back(release=release, why="Too long.", by=checker, now=NOW)
    assert (back.state, back.returned_why) == (ReleaseState.DRAFT, "Too long.")
    releases.submit(release=release, by=author, now=NOW)
    again = releases.sign_off(release=release, by=checker, now=NOW)
    assert (again.state, again.returned_why) == (ReleaseState.RELEASED, "")


def test_a_failure_leaves_nothing(
    author: User, checker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_document: Any, _body: Any) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(releases, "RENDERERS", {"pdf": quick, "csv": broken})
    release = make_waiting(author)
    with pytest.raises(OSError, match="disk full"):
        releases.sign_off(release=release, by=checker, now=NOW)
    release.refresh_from_db()
    assert (release.state, release.body, release.sha256) == (ReleaseState.WAITING, "", "")
    assert not ReleaseFile.objects.exists()
    assert not ReleasedTable.objects.exists()
    assert default_storage.listdir("releases")[1] == []
    assert AuditKind.RELEASE_SIGNED not in [kind for kind, _, _ in trail()]


def test_a_refusal_is_kept_with_its_reasons(author: User, checker: User) -> None:
    told = make_waiting(author, make_run(), "exact")
    releases.sign_off(release=told, by=checker, now=NOW)
    closer = make_waiting(author, make_run([*MANY, MANY[0]], last=dt.date(2019, 7, 14)), "exact")
    with pytest.raises(releases.ReleaseRefusedError) as refused:
        releases.sign_off(release=closer, by=checker, now=NOW)
    closer.refresh_from_db()
    assert closer.state == ReleaseState.WAITING
    assert closer.refusals == refused.value.reasons
    assert (AuditKind.RELEASE_REFUSED, checker.pk, closer.pk) in trail()
    assert not ReleasedTable.objects.filter(release=closer).exists()
    # In words that people use: what was counted, and programmes by name.
    programme = closer.run.programmes.get()
    assert "\u201ctotal\u201d in \u201cYoung people reached\u201d (" in " ".join(closer.refusals)
    assert all(programme.name in reason for reason in closer.refusals)
    assert not any(programme.slug in reason for reason in closer.refusals)


def test_an_ordinary_late_correction_goes_out_as_a_new_version(author: User, checker: User) -> None:
    first = make_released(author, checker)
    late = make_run([*MANY, *MANY[:60]])
    second = make_released(author, checker, late)
    assert (first.version, second.version) == (1, 2)
    changes = releases.body_of(second)["tables"][-1]
    said = {row["id"]: row["values"] for row in changes["rows"]}
    assert said["unique_participants"] == ["145", "205"]


def test_reasons_are_told_of_every_run_since_the_version_before(
    author: User, checker: User
) -> None:
    first, between, last = (make_run([*MANY, *MANY[:60]]) for _ in range(3))
    for run, earlier, labels in ((between, first, "ab"), (last, between, "bc")):
        run.changes = {"earlier": str(earlier.pk), "reasons": [{"label": each} for each in labels]}
        run.save()
    assert reasons_between(first, last) == ["a", "b", "c"]
    assert reasons_between(between, last) == ["b", "c"]
    assert reasons_between(last, first) == []


def test_withdrawing_keeps_the_register_and_takes_the_figures_down(
    author: User, checker: User
) -> None:
    release = make_released(author, checker)
    (figure,) = figures.publish_figures(
        release=release, keys={"programme:unique_participants"}, by=checker, now=NOW
    )
    tables = ReleasedTable.objects.count()
    releases.withdraw(release=release, why="A mistake.", by=author, now=NOW)
    release.refresh_from_db()
    figure.refresh_from_db()
    assert (release.state, release.withdrawn_why) == (ReleaseState.WITHDRAWN, "A mistake.")
    assert figure.withdrawn_at == NOW
    assert ReleasedTable.objects.count() == tables > 0
    assert (AuditKind.RELEASE_WITHDRAWN, author.pk, release.pk) in trail()
    assert (AuditKind.FIGURE_WITHDRAWN, author.pk, figure.pk) in trail()


def test_quotes_go_out_only_while_they_may_be_used(author: User, checker: User) -> None:
    """Nothing says any more that the words of the snapshot may be used: they stay inside."""
    assert releases.snapshot_of(make_draft(author))["quotes"]
    assert releases.body_of(make_released(author, checker))["quotes"] == []


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_off_at_once_release_once(author: User, checker: User) -> None:
    other, release = factories.make_user(Role.TRUST_STAFF), make_waiting(author)
    start, said = threading.Barrier(2), []

    def sign(by: User) -> None:
        try:
            start.wait()
            releases.sign_off(release=release, by=by, now=NOW)
            said.append("released")
        except releases.ReleaseError:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=sign, args=(by,)) for by in (checker, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["refused", "released"]
    assert ReleaseFile.objects.filter(release=release).count() == 2
    assert AuditEntry.objects.filter(kind=AuditKind.RELEASE_SIGNED).count() == 1


# --- Pages ---------------------------------------------------------------------------------------
@pytest.fixture
def staff(client: Client, author: User) -> Client:
    client.force_login(author)
    return client


@pytest.fixture
def second(checker: User) -> Client:
    client = Client()
    client.force_login(checker)
    return client


def page_of(client: Client, name: str, *args: Any) -> Page:
    return Page(client.get(reverse(f"releases:{name}", args=args)))


def test_from_a_report_to_a_file(staff: Client, second: Client, author: User) -> None:
    run = make_run()
    begun = staff.post(reverse("releases:begin", args=[run.pk]), {"method": "rounded"})
    release = Release.objects.get()
    assert begun["Location"] == reverse("releases:words", args=[release.pk])
    assert "What was learnt?" in page_of(staff, "words", release.pk).html
    box = reverse("releases:write", args=[release.pk, "learning"])
    staff.post(box, {"learning-text": "Much was learnt."})
    shown = page_of(staff, "preview", release.pk).html
    assert "Much was learnt." in shown
    assert "145" in shown
    assert "144" not in shown
    staff.post(reverse("releases:submit", args=[release.pk]))
    check = reverse("releases:check", args=[release.pk])
    assert staff.get(check).status_code == 403
    assert "Much was learnt." in second.get(check).text
    assert second.post(check).status_code == 422
    second.post(check, {"looked": "on"})
    address = reverse("releases:file", args=[release.pk, "pdf"])
    fetched = staff.get(address)
    assert b"".join(fetched.streaming_content) == b"file"
    assert (AuditKind.RELEASE_EXPORTED, author.pk, release.pk) in trail()
    assert "145" in page_of(staff, "read", release.pk).html
    staff.post(reverse("releases:withdraw", args=[release.pk]), {"why": "A mistake."})
    assert staff.get(address).status_code == 404
    assert "A mistake." in page_of(staff, "detail", release.pk).html


def test_giving_back_says_why(staff: Client, second: Client, author: User) -> None:
    release = make_waiting(author)
    back = reverse("releases:give_back", args=[release.pk])
    assert second.post(back).status_code == 422
    second.post(back, {"why": "The second sentence names a school."})
    assert "names a school" in page_of(staff, "detail", release.pk).html


def test_a_refusal_stands_on_the_page(second: Client, author: User) -> None:
    release = make_waiting(author)
    Release.objects.filter(pk=release.pk).update(refusals=["Row A differs by a few people."])
    page = page_of(second, "detail", release.pk)
    assert "Row A differs by a few people." in page.html
    assert "cannot go out" in page.html


def test_a_page_says_how_far_a_hidden_cell_can_be_narrowed(
    staff: Client, author: User, checker: User
) -> None:
    few = [each._replace(gender="unknown") for each in MANY[:3]]
    release = make_released(author, checker, make_run([*MANY, *few]))
    told = release.tables.get(table="gender", measure="unique_participants")
    page = page_of(staff, "hidden", release.pk, told.pk)
    assert "Row unknown" in page.html
    assert "&lt;5" in page.html


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_however_long(
    rows: int,
    staff: Client,
    author: User,
    checker: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        make_released(author, checker, make_run(grant=factories.make_grant(slug=f"g{number}")))
    with django_assert_num_queries(6):
        page = page_of(staff, "list")
    assert page.count("tr[release-row]") == rows
    # Names of programmes and of hubs besides.
    with django_assert_num_queries(8):
        register = page_of(staff, "register")
    assert register.count("tr[told-row]") == min(50, ReleasedTable.objects.count())


def test_a_release_that_is_begun_is_gone_on_with(staff: Client, author: User) -> None:
    run = make_run()
    before = staff.get(reverse("releases:begin", args=[run.pk])).content.decode()
    draft = releases.begin_release(run=run, method="rounded", by=author, now=NOW)
    address = reverse("releases:detail", args=[draft.pk])
    assert address not in before
    assert address in staff.get(reverse("releases:begin", args=[run.pk])).content.decode()
    page = staff.get(reverse("evaluation:report_detail", args=[run.pk])).content.decode()
    assert address in page
    assert "Make another release" in page


def test_tables_of_one_release_stand_together_in_its_order(
    staff: Client, author: User, checker: User
) -> None:
    for number in range(2):
        make_released(author, checker, make_run(grant=factories.make_grant(slug=f"g{number}")))
    page = staff.get(reverse("releases:register")).context["table"].page
    shown = [row.record.pk for row in page.object_list]
    latest, first = Release.objects.order_by("-released_at", "-pk")
    assert (
        shown
        == [each.pk for release in (latest, first) for each in release.tables.order_by("pk")][:50]
    )


def test_extracts_for_research_stand_in_the_register(staff: Client, author: User) -> None:
    study = Study.objects.create(
        programme=factories.make_programme(), title="A study", purpose="P",
        ethics_reference="E", started_by=author,
    )  # fmt: skip
    day = dt.date(2019, 5, 1)
    shared: dict[str, Any] = {"study": study, "last_day": day, "requested_by": author}
    Extract.objects.create(
        first_day=day, released_at=NOW, released_by=author, manifest={"people": 210}, **shared
    )
    Extract.objects.create(first_day=dt.date(2018, 1, 1), **shared)
    page = page_of(staff, "register")
    assert "A study, 1 May 2019" in page.html
    assert "210 people" in page.html
    assert "2018" not in page.html


@pytest.fixture(params=[role for role in Role if role is not Role.TRUST_STAFF])
def stranger(request: pytest.FixtureRequest) -> Client:
    client = Client()
    client.force_login(factories.make_user(request.param))
    return client


def test_strangers_see_nothing(stranger: Client, author: User, checker: User) -> None:
    release = make_released(author, checker)
    told = release.tables.first()
    assert told is not None
    for name, *args in (
        ("list",),
        ("register",),
        ("begin", release.run.pk),
        ("detail", release.pk),
        ("words", release.pk),
        ("preview", release.pk),
        ("check", release.pk),
        ("read", release.pk),
        ("file", release.pk, "pdf"),
        ("hidden", release.pk, told.pk),
        ("figures", release.pk),
    ):
        assert stranger.get(reverse(f"releases:{name}", args=args)).status_code == 403
    for name in ("submit", "give_back", "give_up", "withdraw", "publish"):
        assert stranger.post(reverse(f"releases:{name}", args=[release.pk])).status_code == 403
    assert not ReleasedFigure.objects.exists()
