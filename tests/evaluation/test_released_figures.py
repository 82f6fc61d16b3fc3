"""Figures go up from a release alone, as it prints them, after a second look."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import Grant, Release, ReleasedFigure, ReleaseState, ReportRun, RunStatus
from evaluation.released import offer_of
from evaluation.reports.release import Words, make_release
from evaluation.reports.snapshot import freeze
from evaluation.services import figures as services
from evaluation.services.releases import ReleaseError, ReleaseRefusedError
from hubs.models import Hub
from tests import factories
from tests.pages import Page

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 8, 1)
FIRST, LAST = dt.date(2018, 9, 25), dt.date(2019, 7, 13)
UNITS = {
    "unique_participants": "people",
    "attendances": "attendances",
    "session_hours": "hours",
    "sessions": "sessions",
}


def exact_body(
    hubs: dict[Hub, tuple[int, int]] | None = None,
    first: dt.date = FIRST,
    last: dt.date = LAST,
    **figures: Any,
) -> dict[str, Any]:
    """An exact body with a programme's figures and, by hub, people reached and attendances."""
    named = {"unique_participants": 200, "attendances": 1842, "session_hours": "123.5"} | figures
    of_hubs = [
        {"id": str(hub.pk), "label": hub.name, "kind": "figure", "values": list(values)}
        for hub, values in (hubs or {}).items()
    ]
    people = sum(row["values"][0] for row in of_hubs)
    attended = sum(row["values"][1] for row in of_hubs)
    total = {"id": "total", "label": "Total", "kind": "total", "values": [people, attended]}
    columns = [
        {"id": id_, "label": id_, "unit": UNITS[id_]}
        for id_ in ("unique_participants", "attendances")
    ]
    table = {"id": "hub", "title": "By hub", "note": "", "columns": columns, "two_way": False}
    return {
        "kind": "internal",
        "about": {
            "programmes": [],
            "hubs": [],
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
        },
        "shape": {"name": "", "sections": []},
        "figures": named,
        "indicators": [
            {"id": id_, "label": id_, "unit": unit, "numerator": "", "denominator": ""}
            for id_, unit in UNITS.items()
        ],
        "tables": [table | {"rows": [*of_hubs, total]}] if of_hubs else [],
        "outcomes": [],
        "quotes": [],
        "method": [],
        "row_counts": {},
    }


def make_release_of(exact: dict[str, Any], grant: Grant | None = None, **fields: Any) -> Release:
    """A release that is out, of a run of one programme."""
    grant = grant or Grant.objects.first() or factories.make_grant()
    body = make_release(exact, method="rounded", words=Words()).body
    frozen = freeze(body)
    about = body["about"]
    run = ReportRun.objects.create(
        grant=grant,
        first_day=about["first_day"],
        last_day=about["last_day"],
        status=RunStatus.FAILED,
    )
    run.programmes.set(grant.programmes.all())
    defaults = {"state": ReleaseState.RELEASED, "released_at": NOW}
    return Release.objects.create(
        run=run, body=frozen.text, sha256=frozen.sha256, **(defaults | fields)
    )


def publish(release: Release, *keys: str, by: User) -> list[ReleasedFigure]:
    return services.publish_figures(release=release, keys=set(keys), by=by, now=NOW)


@pytest.fixture
def editor() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def staff(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


@pytest.fixture
def abbey() -> Hub:
    return factories.make_hub(name="Abbey", slug="abbey")


@pytest.fixture
def boulton() -> Hub:
    return factories.make_hub(name="Boulton", slug="boulton")


def test_publishing_writes_what_is_printed_and_who_did(editor: User) -> None:
    release = make_release_of(exact_body())
    (figure,) = publish(release, "programme:attendances", by=editor)
    assert (figure.label, figure.value, figure.amount) == ("Attendances", "1,840", 1840)
    assert (figure.first_day.isoformat(), figure.last_day.isoformat()) == (
        FIRST.isoformat(),
        LAST.isoformat(),
    )
    programme = release.run.programmes.get()
    assert figure.source == f"{programme.name} registers, 25 September 2018 to 13 July 2019"
    assert (figure.release, figure.run, figure.published_by) == (release, None, editor)
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.object_id, entry.actor_id) == (
        AuditKind.FIGURE_PUBLISHED,
        figure.pk,
        editor.pk,
    )


def test_the_source_is_in_english_whatever_the_page_before_was_in(editor: User) -> None:
    with override("pl"):
        (figure,) = publish(make_release_of(exact_body()), "programme:attendances", by=editor)
    assert figure.source.endswith("registers, 25 September 2018 to 13 July 2019")


def test_what_is_not_about_children_keeps_its_digits(editor: User) -> None:
    release = make_release_of(exact_body(sessions=2298))
    hours, sessions = publish(release, "programme:session_hours", "programme:sessions", by=editor)
    assert (hours.value, hours.amount) == ("123.5", Decimal("123.5"))
    assert (sessions.value, sessions.amount) == ("2,298", 2298)


def test_publishing_the_same_again_replaces(editor: User) -> None:
    (old,) = publish(make_release_of(exact_body()), "programme:attendances", by=editor)
    later = make_release_of(exact_body(attendances=1900))
    (new,) = publish(later, "programme:attendances", by=editor)
    old.refresh_from_db()
    assert old.withdrawn_at == NOW
    assert list(ReleasedFigure.objects.public()) == [new]
    assert new.value == "1,900"


def test_withdrawing_is_written_down(editor: User) -> None:
    (figure,) = publish(make_release_of(exact_body()), "programme:attendances", by=editor)
    services.withdraw_figure(figure=figure, by=editor, now=NOW)
    services.withdraw_figure(figure=figure, by=editor, now=NOW)
    assert not ReleasedFigure.objects.public().exists()
    assert AuditEntry.objects.filter(kind=AuditKind.FIGURE_WITHDRAWN).count() == 1


@pytest.mark.parametrize("few", [1, 4])
def test_fewer_than_five_never_go_up(editor: User, few: int) -> None:
    release = make_release_of(exact_body(unique_participants=few))
    for key in ("programme:unique_participants", "programme:attendances"):
        with pytest.raises(ReleaseRefusedError, match="does not show it"):
            publish(release, key, by=editor)
    assert not ReleasedFigure.objects.exists()


def test_hubs_go_up_as_they_are_printed(editor: User, abbey: Hub, boulton: Hub) -> None:
    release = make_release_of(exact_body({abbey: (103, 901), boulton: (3, 941)}))
    published = publish(release, "abbey:unique_participants", by=editor)
    assert [(each.hub, each.value) for each in published] == [(abbey, "105")]
    with pytest.raises(ReleaseRefusedError, match="does not show it"):
        publish(release, "boulton:unique_participants", by=editor)


def test_a_release_of_some_hubs_says_nothing_of_the_whole(abbey: Hub) -> None:
    exact = exact_body({abbey: (103, 901)})
    exact["about"]["hubs"] = [{"name": "Abbey", "slug": "abbey"}]
    body = make_release(exact, method="rounded", words=Words()).body
    offer = offer_of(body, factories.make_programme(), [abbey])
    assert {each.hub for each in offer.candidates} == {abbey}


def test_an_exact_body_offers_nothing() -> None:
    with pytest.raises(ValueError, match="Only what was released"):
        offer_of(exact_body(), factories.make_programme(), [])


@pytest.mark.parametrize("state", [ReleaseState.DRAFT, ReleaseState.WITHDRAWN])
def test_only_what_is_out_can_go_up(editor: User, staff: Client, state: str) -> None:
    release = make_release_of(exact_body(), state=state)
    with pytest.raises(ReleaseError, match="Only what is released"):
        publish(release, "programme:attendances", by=editor)
    assert staff.get(reverse("releases:figures", args=[release.pk])).status_code == 404


def test_a_release_of_several_programmes_is_of_none_of_them(editor: User) -> None:
    release = make_release_of(exact_body())
    release.run.programmes.add(factories.make_programme())
    with pytest.raises(ReleaseError, match="several programmes"):
        publish(release, "programme:attendances", by=editor)


def test_figures_of_two_programmes_stand_beside_each_other(editor: User) -> None:
    (figure,) = publish(make_release_of(exact_body()), "programme:attendances", by=editor)
    elsewhere = make_release_of(exact_body(), factories.make_grant())
    (other,) = publish(elsewhere, "programme:attendances", by=editor)
    assert figure.programme != other.programme
    assert set(ReleasedFigure.objects.public()) == {figure, other}


@pytest.mark.parametrize("keys", [[], ["nowhere:attendances"], ["programme:registers_missing"]])
def test_something_that_can_be_published_has_to_be_chosen(editor: User, keys: list[str]) -> None:
    with pytest.raises(ReleaseRefusedError, match="at least one"):
        publish(make_release_of(exact_body()), *keys, by=editor)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_STAFF])
def test_the_service_refuses_others(editor: User, role: Role) -> None:
    stranger, release = factories.make_user(role), make_release_of(exact_body())
    with pytest.raises(PermissionDenied):
        publish(release, "programme:attendances", by=stranger)
    (figure,) = publish(release, "programme:attendances", by=editor)
    with pytest.raises(PermissionDenied):
        services.withdraw_figure(figure=figure, by=stranger, now=NOW)


def test_from_a_release_over_a_second_look_to_the_public(staff: Client, abbey: Hub) -> None:
    release = make_release_of(exact_body({abbey: (100, 1842)}))
    choose = reverse("releases:figures", args=[release.pk])
    offered = staff.get(choose).text
    assert "1,840" in offered
    assert "1,842" not in offered
    assert "1842" not in offered
    keys = {"figures": ["programme:attendances", "abbey:attendances"]}
    look = Page(staff.post(choose, keys))
    assert look.texts_of("stat__value") == ["1,840", "1,840"]
    assert not ReleasedFigure.objects.exists()
    response = staff.post(reverse("releases:publish", args=[release.pk]), keys)
    assert response["Location"] == reverse("evaluation:figure_list")
    public = Page(Client().get(reverse("community:story_so_far")))
    assert public.texts_of("stat__value") == ["1,840"]
    figure = ReleasedFigure.objects.public().get(hub=None)
    staff.post(reverse("evaluation:figure_withdraw", kwargs={"pk": figure.pk}))
    assert "1,840" not in Client().get(reverse("community:story_so_far")).text


NUMBER = re.compile(r"\d{1,3}(?:[,\xa0\u202f ]\d{3})+|\d+")
PARTS = ((FIRST, dt.date(2018, 12, 31)), (dt.date(2019, 1, 1), LAST))


def released_pages(editor: User, send: Hub, abbey: Hub, off: int) -> list[str]:
    """The community pages in a few editions, of counts that lie `off` from what is shown of them.

    Everything that was published for them is taken back.
    """
    hubs = {send: (230 + off, 2000 + off), abbey: (1925 + off, 18_765 + off)}
    whole = exact_body(hubs, unique_participants=2150 + off, attendances=20_765 + off)
    halves = [
        exact_body(
            {send: (150 + off, people + off), abbey: (900 + off, 9_210 + off)},
            *period,
            attendances=people + 9_210 + off,
        )
        for period, people in zip(PARTS, (1210, 790), strict=True)
    ]
    keys = [f"{place}:attendances" for place in ("programme", "send", "abbey")]
    addresses = ["/story-so-far/", "/community/send/", f"/community/{abbey.ward.slug}/"]
    with transaction.atomic():
        publish(make_release_of(whole), *keys, "send:unique_participants", by=editor)
        for half in halves:
            publish(make_release_of(half), *keys, by=editor)
        pages = [
            Client().get(f"{prefix}{address}").content.decode()
            for prefix in ("", "/en-easy", "/pl")
            for address in addresses
        ]
        transaction.set_rollback(True)
    return pages


def test_community_pages_hold_nothing_more_exact_than_what_is_shown(
    editor: User, abbey: Hub
) -> None:
    """Whatever is rounded alike makes the same pages, charts and all, to the last letter."""
    send = factories.make_hub(name="SEND", slug="send", kind="send")
    factories.make_grant()
    shown, *others = (released_pages(editor, send, abbey, off) for off in (0, -2, -1, 1, 2))
    assert [pages == shown for pages in others] == [True] * 4
    assert [html.count('<svg class="chart"') for html in shown[:3]] == [1, 1, 1]
    assert ">230<" in shown[1]
    assert "2,000" in shown[1]


def test_no_exact_count_of_a_report_stands_on_a_community_page(editor: User, abbey: Hub) -> None:
    send = factories.make_hub(name="SEND", slug="send", kind="send")
    factories.make_grant()
    exact = ("229", "1999", "1924", "18764", "2149", "20764", "149", "1209", "789", "899", "9209")
    for html in released_pages(editor, send, abbey, -1):
        numbers = {re.sub(r"\D", "", each) for each in NUMBER.findall(html)}
        assert not numbers & {*exact, "10419", "9999"}


@pytest.mark.parametrize("keys", [[], ["programme:unique_participants"], ["made:up"]])
def test_what_cannot_go_up_is_said_on_the_page(staff: Client, keys: list[str]) -> None:
    release = make_release_of(exact_body(unique_participants=3))
    response = staff.post(reverse("releases:figures", args=[release.pk]), {"figures": keys})
    assert response.status_code == 422
    assert b"These cannot be published" in response.content
    staff.post(reverse("releases:publish", args=[release.pk]), {"figures": keys})
    assert not ReleasedFigure.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(
    staff: Client, editor: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        hub = factories.make_hub(name=f"Hub of {number}")
        release = make_release_of(exact_body({hub: (100, 900)}))
        publish(release, f"{hub.slug}:attendances", by=editor)
    with django_assert_num_queries(5):
        page = Page(staff.get(reverse("evaluation:figure_list")))
    assert page.count("tr[figure-row]") == rows
