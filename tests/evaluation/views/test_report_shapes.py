from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from evaluation.forms.report_shapes import Draft
from evaluation.models import ReportTemplate
from evaluation.reports.templates import dump
from evaluation.services.report_shapes import load_shapes
from tests.factories import london, make_shape, make_user

pytestmark = pytest.mark.django_db
SECTIONS = [
    {
        "id": "first",
        "heading": "First",
        "parts": [
            {"kind": "headline", "figures": ["sessions", "attendances"]},
            {"kind": "table", "table": "hub"},
            {"kind": "narrative", "box": "text-1", "prompt": "Tell it."},
        ],
    },
    {"id": "second", "heading": "Second", "parts": [{"kind": "quotes"}]},
]


@pytest.fixture
def trust(client: Client) -> Client:
    client.force_login(make_user(Role.TRUST_STAFF))
    return client


@pytest.fixture
def shape() -> ReportTemplate:
    return make_shape(name="Ours", sections=SECTIONS)


def at(name: str, shape: ReportTemplate | None = None) -> str:
    return reverse(f"report_templates:{name}", kwargs={"pk": shape.pk} if shape else None)


def fields_of(draft: Draft) -> dict[str, Any]:
    """What a browser sends of a page with this draft."""
    sent: dict[str, Any] = {"sections": len(draft.sections)}
    for i, section in enumerate(draft.sections):
        sent |= {
            f"s{i}-id": section.id,
            f"s{i}-heading": section.heading,
            f"s{i}-parts": len(section.parts),
        }
        for j, part in enumerate(section.parts):
            start = f"s{i}-p{j}"
            sent |= {
                f"{start}-kind": part.kind,
                f"{start}-table": part.table,
                f"{start}-box": part.box,
                f"{start}-prompt": part.prompt,
                f"{start}-order": part.order,
                # As the boxes stand on the page, whatever their order was.
                f"{start}-figures": [id_ for id_, _, chosen in part.choices if chosen],
            }
    return sent


def press(client: Client, shape: ReportTemplate, page: Any, button: str, **typed: Any) -> Any:
    context = page.context
    sent = fields_of(context["draft"]) | {
        "name": context["form"]["name"].value(),
        "summary": context["form"]["summary"].value(),
        "seen": context["seen"],
        "do": button,
    }
    return client.post(at("edit", shape), sent | typed)


def headings(page: Any) -> list[str]:
    return [section.heading for section in page.context["draft"].sections]


def kinds(page: Any, section: int = 0) -> list[str]:
    return [part.kind for part in page.context["draft"].sections[section].parts]


def test_a_draft_is_worked_on_and_only_saving_writes_it(
    trust: Client, shape: ReportTemplate
) -> None:
    page = trust.get(at("edit", shape))
    assert headings(page) == ["First", "Second"]
    page = press(trust, shape, page, "down-0")
    assert headings(page) == ["Second", "First"]
    assert "Not saved yet." in page.text
    page = press(trust, shape, page, "up-1-2")
    assert kinds(page, 1) == ["headline", "narrative", "table"]
    page = press(trust, shape, page, "remove-1-2")
    page = press(trust, shape, page, "add", **{"s0-add": "table spend", "new-heading": "Money"})
    assert headings(page) == ["Second", "First", "Money"]
    assert kinds(page) == ["quotes", "table"]
    page = press(trust, shape, page, "add", **{"s2-add": "narrative", "s1-heading": "At first"})
    assert page.context["draft"].sections[2].parts[0].box == "text-2"
    shape.refresh_from_db()
    assert shape.sections == SECTIONS
    saved = press(trust, shape, page, "save", **{"s2-p0-prompt": "Why?", "name": "Theirs"})
    assert saved["Location"] == at("edit", shape)
    shape.refresh_from_db()
    assert shape.name == "Theirs"
    assert shape.sections == [
        SECTIONS[1] | {"parts": [{"kind": "quotes"}, {"kind": "table", "table": "spend"}]},
        SECTIONS[0] | {"heading": "At first", "parts": [SECTIONS[0]["parts"][i] for i in (0, 2)]},
        {
            "id": "money",
            "heading": "Money",
            "parts": [{"kind": "narrative", "box": "text-2", "prompt": "Why?"}],
        },
    ]


def test_what_was_chosen_but_not_added_is_saved_too(trust: Client, shape: ReportTemplate) -> None:
    page = trust.get(at("edit", shape))
    press(trust, shape, page, "save", **{"s1-add": "method"})
    shape.refresh_from_db()
    assert shape.sections[1]["parts"] == [{"kind": "quotes"}, {"kind": "method"}]


def test_figures_stay_in_their_order_and_new_ones_come_after(
    trust: Client, shape: ReportTemplate
) -> None:
    page = trust.get(at("edit", shape))
    chosen = {"s0-p0-figures": ["unique_participants", "attendances", "sessions"]}
    press(trust, shape, page, "save", **chosen)
    shape.refresh_from_db()
    assert shape.sections[0]["parts"][0]["figures"] == [
        "sessions",
        "attendances",
        "unique_participants",
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"s0-heading": " "}, "Section 1: the heading is empty."),
        ({"s0-p2-prompt": ""}, "Section 1 (“First”), part 3: what to write there is empty."),
        ({"s0-p0-figures": []}, "Section 1 (“First”), part 1: choose at least one figure."),
        ({"s0-p1-table": "cake"}, "“First”: there is no table “cake”."),
        ({"new-heading": "Empty"}, "Section 3 (“Empty”) holds nothing."),
        ({"name": ""}, "This field is required."),
        ({"sections": "999"}, "A shape has at most 30 sections."),
        ({"sections": "x"}, "A shape needs at least one section."),
        ({"s1-p0-kind": "cake"}, "part 1: there is no kind of part “cake”."),
    ],
    ids=str,
)
def test_what_cannot_be_saved_says_why_and_loses_nothing(
    trust: Client, shape: ReportTemplate, typed: dict[str, Any], sentence: str
) -> None:
    page = trust.get(at("edit", shape))
    refused = press(trust, shape, page, "save", **({"summary": "Kept as typed"} | typed))
    assert refused.status_code == 422
    assert sentence in refused.text
    assert "Kept as typed" in refused.text
    shape.refresh_from_db()
    assert (shape.name, shape.sections) == ("Ours", SECTIONS)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    trust: Client, shape: ReportTemplate
) -> None:
    page = trust.get(at("edit", shape))
    ReportTemplate.objects.update(summary="Theirs")
    drafted = press(trust, shape, page, "down-0")
    clash = press(trust, shape, drafted, "save")
    assert clash.status_code == 409
    assert headings(clash) == ["Second", "First"]
    assert "Somebody else changed this" in clash.text
    assert press(trust, shape, clash, "save").status_code == 302
    shape.refresh_from_db()
    assert [each["id"] for each in shape.sections] == ["second", "first"]


@pytest.mark.parametrize("button", ["up-0", "down-9", "remove-x", "up-0-99", "remove-7-1", "x", ""])
def test_buttons_that_name_nothing_change_nothing(
    trust: Client, shape: ReportTemplate, button: str
) -> None:
    page = press(trust, shape, trust.get(at("edit", shape)), button)
    assert headings(page) == ["First", "Second"]
    assert len(page.context["draft"].sections[0].parts) == 3


def test_every_shape_that_ships_goes_through_the_form_unchanged() -> None:
    for loaded in load_shapes(now=london(2019, 6, 1)):
        sent = QueryDict(mutable=True)
        for name, value in fields_of(Draft.of(loaded.shape)).items():
            sent.setlist(name, value if isinstance(value, list) else [str(value)])
        assert dump(Draft.sent(sent).parsed()) == loaded.shape.sections


def test_a_shape_is_copied_retired_and_brought_back(trust: Client, shape: ReportTemplate) -> None:
    answer = trust.post(at("copy", shape))
    copy = ReportTemplate.objects.exclude(pk=shape.pk).get()
    assert answer["Location"] == at("edit", copy)
    trust.post(at("retire", copy))
    assert "Retired" in trust.get(at("list")).text
    copy.refresh_from_db()
    assert copy.retired_at is not None
    trust.post(at("bring_back", copy))
    copy.refresh_from_db()
    assert copy.retired_at is None


def test_the_list_takes_as_many_queries_for_three_as_for_one(
    trust: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert "There is no shape yet." in trust.get(at("list")).text
    queries = []
    for number in (1, 2, 3):
        make_shape(name=f"Shape {number} of these", changed_by=make_user(name="Somebody Else"))
        with django_assert_max_num_queries(30) as found:
            page = trust.get(at("list")).text
        queries.append(len(found))
    assert queries[0] == queries[2]
    assert page.count("Changed by Somebody Else") == 3


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_sees_or_changes_shapes(
    client: Client, shape: ReportTemplate, role: Role
) -> None:
    client.force_login(make_user(role))
    addresses = [at(name, shape) for name in ("edit", "copy", "retire", "bring_back")]
    for address in (at("list"), *addresses):
        answers = [client.get(address), client.post(address)]
        assert {answer.status_code for answer in answers} <= {403, 405}
        assert not any("Ours" in answer.text for answer in answers)
    shape.refresh_from_db()
    assert shape.retired_at is None
    assert ReportTemplate.objects.count() == 1
