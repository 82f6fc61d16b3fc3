"""Figures go out rounded, after a second look, and never where they tell of a few children."""

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
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.indicators import Unit
from evaluation.models import Grant, ReleasedFigure, ReportRun, RunStatus, Snapshot
from evaluation.released import as_shown, refusals
from evaluation.reports.snapshot import freeze
from evaluation.services import figures as services
from hubs.models import Hub
from tests import factories
from tests.pages import Page

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 8, 1)
FIRST, LAST = dt.date(2018, 9, 25), dt.date(2019, 7, 13)


def headline(**figures: Any) -> dict[str, Any]:
    return {"unique_participants": 200, "attendances": 1842, "session_hours": "123.5"} | figures


def body(
    hubs: dict[str, tuple[int, int]] | None = None,
    first: dt.date = FIRST,
    last: dt.date = LAST,
    **figures: Any,
) -> dict[str, Any]:
    """A snapshot with a programme's figures and, by hub, people reached and attendances."""
    rows: list[dict[str, Any]] = [
        {"label": name, "known": True, "reconciling": False, "values": list(values)}
        for name, values in (hubs or {}).items()
    ]
    rows.append({"label": "Less", "known": True, "reconciling": True, "values": [-2, 0]})
    columns = [
        {"id": "unique_participants", "label": "Young people reached", "unit": "people"},
        {"id": "attendances", "label": "Attendances", "unit": "attendances"},
    ]
    return {
        "grant": {"programme": "#ThisIsDerby"},
        "period": {"first_day": first.isoformat(), "last_day": last.isoformat()},
        "headline": headline(**figures),
        "breakdowns": [{"id": "hub", "columns": columns, "rows": rows}],
    }


def the_grant() -> Grant:
    """One for all, so that reports are of one programme."""
    return Grant.objects.first() or factories.make_grant()


def make_run(content: dict[str, Any], grant: Grant | None = None) -> ReportRun:
    frozen = freeze(content)
    period = content["period"]
    return ReportRun.objects.create(
        grant=grant or the_grant(),
        first_day=period["first_day"],
        last_day=period["last_day"],
        status=RunStatus.DONE,
        finished_at=timezone.now(),
        snapshot=Snapshot.objects.create(sha256=frozen.sha256, body=frozen.text),
    )


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


def publish(run: ReportRun, *keys: str, by: User) -> list[ReleasedFigure]:
    return services.publish_figures(run=run, keys=keys, by=by, now=NOW)


@pytest.mark.parametrize(
    ("value", "unit", "text", "amount"),
    [
        (0, Unit.PEOPLE, "0", 0),
        (1, Unit.PEOPLE, "<5", None),
        (4, Unit.ATTENDANCES, "<5", None),
        (5, Unit.PEOPLE, "5", 5),
        (7, Unit.PEOPLE, "5", 5),
        (8, Unit.PEOPLE, "10", 10),
        (2168, Unit.PEOPLE, "2,170", 2170),
        ("4.9", Unit.HOURS, "<5", None),
        ("4437.6", Unit.HOURS, "4,440", 4440),
        (9, Unit.HUBS, "9", 9),
        (3, Unit.SESSIONS, "<5", None),
        ("81.5", Unit.PERCENT, "82 %", 82),
    ],
)
def test_what_is_shown(value: Any, unit: Unit, text: str, amount: int | None) -> None:
    shown = as_shown(Decimal(value), unit)
    assert (shown.text, shown.amount) == (text, amount)


@given(st.integers(0, 10_000_000), st.sampled_from([Unit.PEOPLE, Unit.ATTENDANCES, Unit.HOURS]))
def test_what_is_shown_never_tells_the_exact_count(value: int, unit: Unit) -> None:
    shown = as_shown(Decimal(value), unit)
    if shown.amount is None:
        assert 0 < value < 5
    else:
        assert shown.amount % 5 == 0
        assert abs(shown.amount - value) <= 2


def test_publishing_writes_what_is_shown_and_who_did(editor: User) -> None:
    run = make_run(body())
    (figure,) = publish(run, "programme:attendances", by=editor)
    assert (figure.label, figure.value) == ("Attendances", "1,840")
    assert figure.amount == 1840
    assert (figure.first_day, figure.last_day) == (FIRST, LAST)
    assert figure.source == "#ThisIsDerby registers, 25 September 2018 to 13 July 2019"
    assert (figure.run, figure.published_by, figure.published_at) == (run, editor, NOW)
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.object_id, entry.actor_id) == (
        AuditKind.FIGURE_PUBLISHED,
        figure.pk,
        editor.pk,
    )


def test_the_source_is_in_english_whatever_the_page_before_was_in(editor: User) -> None:
    with override("pl"):
        (figure,) = publish(make_run(body()), "programme:attendances", by=editor)
    assert figure.source == "#ThisIsDerby registers, 25 September 2018 to 13 July 2019"


def test_publishing_the_same_again_replaces(editor: User) -> None:
    run = make_run(body())
    (old,) = publish(run, "programme:attendances", by=editor)
    (new,) = publish(make_run(body(attendances=1900)), "programme:attendances", by=editor)
    old.refresh_from_db()
    assert old.withdrawn_at == NOW
    assert list(ReleasedFigure.objects.public()) == [new]
    assert new.value == "1,900"


def test_withdrawing_is_written_down(editor: User) -> None:
    (figure,) = publish(make_run(body()), "programme:attendances", by=editor)
    services.withdraw_figure(figure=figure, by=editor, now=NOW)
    services.withdraw_figure(figure=figure, by=editor, now=NOW)
    assert not ReleasedFigure.objects.public().exists()
    assert AuditEntry.objects.filter(kind=AuditKind.FIGURE_WITHDRAWN).count() == 1


@pytest.mark.parametrize("few", [1, 4])
def test_fewer_than_five_never_go_out(editor: User, few: int) -> None:
    with pytest.raises(services.ReleaseRefusedError, match="Fewer than five"):
        publish(make_run(body(attendances=few)), "programme:attendances", by=editor)
    assert not ReleasedFigure.objects.exists()


def test_a_share_needs_twenty(editor: User) -> None:
    run = make_run(body(attendances=19, attendance_rate="80.0"))
    with pytest.raises(services.ReleaseRefusedError, match="at least 20"):
        publish(run, "programme:attendance_rate", by=editor)


def test_hubs_go_out_where_all_are_large(editor: User, abbey: Hub, boulton: Hub) -> None:
    run = make_run(body({"Abbey": (100, 900), "Boulton": (102, 942)}))
    keys = ["programme:attendances", "abbey:attendances", "boulton:unique_participants"]
    published = publish(run, *keys, by=editor)
    assert [(each.hub, each.value) for each in published] == [
        (None, "1,840"),
        (boulton, "100"),
        (abbey, "900"),
    ]


@pytest.mark.parametrize("small", [(3, 900), (100, 4)], ids=["people", "attendances"])
def test_no_hub_goes_out_where_one_is_small(
    editor: User, abbey: Hub, boulton: Hub, small: tuple[int, int]
) -> None:
    run = make_run(body({"Abbey": (100, 900), "Boulton": small}))
    with pytest.raises(services.ReleaseRefusedError, match="One of the hubs"):
        publish(run, "abbey:attendances", by=editor)


def test_a_citywide_row_counts_as_a_small_hub(editor: User, abbey: Hub) -> None:
    run = make_run(body({"Abbey": (100, 900), "Citywide": (2, 9)}))
    with pytest.raises(services.ReleaseRefusedError, match="One of the hubs"):
        publish(run, "abbey:attendances", by=editor)


def test_what_is_left_must_not_be_few_even_over_two_releases(abbey: Hub, boulton: Hub) -> None:
    """Without the check of each row: the whole less the hubs that are out leaves three."""
    release = services.release_of_body(
        body({"Abbey": (100, 897), "Boulton": (50, 3)}), factories.make_programme()
    )
    harmless = [each for each in release.candidates if each.key == "programme:attendances"]
    assert refusals(release, harmless, set()) == []
    assert "tell of fewer than five" in refusals(release, harmless, {"abbey:attendances"})[0]


@pytest.mark.parametrize(
    ("attendances", "is_refused"), [(1845, True), (1842, False), (1900, False)]
)
def test_overlapping_periods_must_not_differ_by_a_few(
    editor: User, attendances: int, is_refused: bool
) -> None:
    publish(make_run(body()), "programme:attendances", by=editor)
    longer = make_run(body(last=LAST + dt.timedelta(days=1), attendances=attendances))
    if is_refused:
        with pytest.raises(services.ReleaseRefusedError, match="Beside the figure"):
            publish(longer, "programme:attendances", by=editor)
    else:
        publish(longer, "programme:attendances", by=editor)
        assert ReleasedFigure.objects.public().count() == 2


@pytest.mark.parametrize(
    ("attendances", "is_refused"), [(1842, False), (1844, True), (1847, True), (1848, False)]
)
def test_a_figure_of_no_report_may_be_anything_that_is_shown_so(
    editor: User, attendances: int, is_refused: bool
) -> None:
    """1,840 may stand for as many as 1,842, and 1,842 itself is shown as 1,840."""
    programme = the_grant().programme
    services.publish_body(body=body(), programme=programme, keys={"programme:attendances"}, now=NOW)
    run = make_run(body(last=LAST + dt.timedelta(days=1), attendances=attendances))
    if is_refused:
        with pytest.raises(services.ReleaseRefusedError, match="Beside the figure"):
            publish(run, "programme:attendances", by=editor)
    else:
        publish(run, "programme:attendances", by=editor)
        assert ReleasedFigure.objects.public().count() == 2


@pytest.mark.parametrize(("attendances", "is_refused"), [(1842, True), (1844, True), (1900, False)])
def test_shares_are_compared_by_what_they_are_shares_of(
    editor: User, attendances: int, is_refused: bool
) -> None:
    publish(make_run(body(attendance_rate="80.1")), "programme:attendance_rate", by=editor)
    longer = body(last=LAST + dt.timedelta(days=1), attendances=attendances, attendance_rate="78.2")
    if is_refused:
        with pytest.raises(services.ReleaseRefusedError, match="Beside the figure"):
            publish(make_run(longer), "programme:attendance_rate", by=editor)
    else:
        publish(make_run(longer), "programme:attendance_rate", by=editor)


@pytest.mark.parametrize("indicator", ["attendances", "attendance_rate"])
def test_much_that_few_people_did_is_about_few_people(editor: User, indicator: str) -> None:
    run = make_run(body(unique_participants=4, attendances=60, attendance_rate="90.0"))
    with pytest.raises(services.ReleaseRefusedError, match="Fewer than five young people"):
        publish(run, f"programme:{indicator}", by=editor)
    publish(run, "programme:session_hours", by=editor)


def test_figures_of_two_programmes_stand_beside_each_other(editor: User) -> None:
    """They neither replace each other nor tell of each other's people."""
    (figure,) = publish(make_run(body()), "programme:attendances", by=editor)
    run = make_run(body(attendances=1845), factories.make_grant())
    (other,) = publish(run, "programme:attendances", by=editor)
    assert (figure.programme, other.programme) == (
        the_grant().programme,
        run.grant.programmes.get(),
    )
    assert set(ReleasedFigure.objects.public()) == {figure, other}


def test_what_is_left_is_of_one_programme(editor: User, abbey: Hub, boulton: Hub) -> None:
    large = body({"Abbey": (100, 1839), "Boulton": (50, 6)}, attendances=1845)
    publish(make_run(large), "abbey:attendances", by=editor)
    small = body({"Abbey": (100, 1839), "Boulton": (50, 3)}, attendances=1842)
    mine = services.release_of_body(small, the_grant().programme)
    with pytest.raises(services.ReleaseRefusedError, match="what is left when the hubs"):
        services.check_release(mine, {"programme:attendances"})
    other = services.release_of_body(small, factories.make_programme())
    assert len(services.check_release(other, {"programme:attendances"})) == 1


def test_a_figure_of_an_unknown_programme_may_be_of_this_one(editor: User) -> None:
    publish(make_run(body()), "programme:attendances", by=editor)
    ReleasedFigure.objects.update(programme=None)
    with pytest.raises(services.ReleaseRefusedError, match="Beside the figure"):
        publish(make_run(body(attendances=1845)), "programme:attendances", by=editor)


def test_what_was_taken_back_is_not_forgotten(editor: User) -> None:
    (figure,) = publish(make_run(body()), "programme:attendances", by=editor)
    services.withdraw_figure(figure=figure, by=editor, now=NOW)
    with pytest.raises(services.ReleaseRefusedError, match="Beside the figure"):
        publish(make_run(body(attendances=1845)), "programme:attendances", by=editor)


@pytest.mark.parametrize("keys", [[], ["nowhere:attendances"], ["programme:registers_missing"]])
def test_something_that_can_be_published_has_to_be_chosen(editor: User, keys: list[str]) -> None:
    with pytest.raises(services.ReleaseRefusedError, match="at least one"):
        publish(make_run(body()), *keys, by=editor)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_STAFF])
def test_the_service_refuses_others(editor: User, role: Role) -> None:
    stranger, run = factories.make_user(role), make_run(body())
    with pytest.raises(PermissionDenied):
        publish(run, "programme:attendances", by=stranger)
    (figure,) = publish(run, "programme:attendances", by=editor)
    with pytest.raises(PermissionDenied):
        services.withdraw_figure(figure=figure, by=stranger, now=NOW)


def test_from_a_report_over_a_second_look_to_the_public(staff: Client, abbey: Hub) -> None:
    run = make_run(body({"Abbey": (100, 1842)}))
    choose = reverse("evaluation:figure_choose", kwargs={"pk": run.pk})
    offered = staff.get(choose).content.decode()
    assert "1,840" in offered
    assert "1,842" not in offered
    assert "1842" not in offered
    keys = {"figures": ["programme:attendances", "abbey:attendances"]}
    look = Page(staff.post(choose, keys))
    assert look.texts_of("stat__value") == ["1,840", "1,840"]
    assert not ReleasedFigure.objects.exists()
    publish_address = reverse("evaluation:figure_publish", kwargs={"pk": run.pk})
    response = staff.post(publish_address, keys)
    assert response["Location"] == reverse("evaluation:figure_list")
    public = Page(Client().get(reverse("community:story_so_far")))
    assert public.texts_of("stat__value") == ["1,840"]
    figure = ReleasedFigure.objects.public().get(hub=None)
    staff.post(reverse("evaluation:figure_withdraw", kwargs={"pk": figure.pk}))
    assert "1,840" not in Client().get(reverse("community:story_so_far")).content.decode()


NUMBER = re.compile(r"\d{1,3}(?:[,\xa0\u202f ]\d{3})+|\d+")
PARTS = ((FIRST, dt.date(2018, 12, 31)), (dt.date(2019, 1, 1), LAST))


def released_pages(editor: User, send: Hub, abbey: Hub, off: int) -> list[str]:
    """The community pages in a few editions, of counts that lie `off` from what is shown of them.

    Everything that was published for them is taken back.
    """
    hubs = {send.name: (230 + off, 2000 + off), abbey.name: (1925 + off, 18_765 + off)}
    whole = body(hubs, unique_participants=2150 + off, attendances=20_765 + off)
    halves = [
        body(
            {send.name: (150 + off, people + off), abbey.name: (900 + off, 9_210 + off)},
            *period,
            attendances=people + 9_210 + off,
        )
        for period, people in zip(PARTS, (1210, 790), strict=True)
    ]
    keys = [f"{place}:attendances" for place in ("programme", "send", "abbey")]
    addresses = ["/story-so-far/", "/community/send/", f"/community/{abbey.ward.slug}/"]
    with transaction.atomic():
        publish(make_run(whole), *keys, "send:unique_participants", by=editor)
        for half in halves:
            publish(make_run(half), *keys, by=editor)
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
    the_grant()
    shown, *others = (released_pages(editor, send, abbey, off) for off in (0, -2, -1, 1, 2))
    assert [pages == shown for pages in others] == [True] * 4
    assert [html.count('<svg class="chart"') for html in shown[:3]] == [1, 1, 1]
    assert ">230<" in shown[1]
    assert "2,000" in shown[1]


def test_no_exact_count_of_a_report_stands_on_a_community_page(editor: User, abbey: Hub) -> None:
    send = factories.make_hub(name="SEND", slug="send", kind="send")
    exact = ("229", "1999", "1924", "18764", "2149", "20764", "149", "1209", "789", "899", "9209")
    for html in released_pages(editor, send, abbey, -1):
        numbers = {re.sub(r"\D", "", each) for each in NUMBER.findall(html)}
        assert not numbers & {*exact, "10419", "9999"}


@pytest.mark.parametrize("keys", [[], ["programme:attendances"], ["made:up"]])
def test_what_cannot_go_out_is_said_on_the_page(staff: Client, keys: list[str]) -> None:
    run = make_run(body(attendances=3))
    address = reverse("evaluation:figure_choose", kwargs={"pk": run.pk})
    response = staff.post(address, {"figures": keys})
    assert response.status_code == 422
    assert b"These cannot be published" in response.content
    staff.post(reverse("evaluation:figure_publish", kwargs={"pk": run.pk}), {"figures": keys})
    assert not ReleasedFigure.objects.exists()


def test_an_unfinished_report_offers_nothing(staff: Client) -> None:
    grant = factories.make_grant()
    run = ReportRun.objects.create(grant=grant, first_day=FIRST, last_day=LAST)
    address = reverse("evaluation:figure_choose", kwargs={"pk": run.pk})
    assert staff.get(address).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(
    staff: Client, editor: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        hub = factories.make_hub(name=f"Hub of {number}")
        publish(make_run(body({hub.name: (100, 900)})), f"{hub.slug}:attendances", by=editor)
    with django_assert_num_queries(5):
        page = Page(staff.get(reverse("evaluation:figure_list")))
    assert page.count("tr[figure-row]") == rows
