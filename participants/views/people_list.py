"""The list of people, and finding somebody on it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import holds_any
from accounts.audience import AuthedRequest, fresh_sign_in, records_required, trust_staff_required
from accounts.models import AuditKind, Role
from accounts.services import record_audit
from accounts.tables import sort_and_page
from participants.filters import PeopleFilter
from participants.forms.records import SearchForm
from participants.models import Participant
from participants.people_export import csv_lines
from participants.queries.people_list import add_rows, listed_people, with_hubs
from participants.queries.people_search import find_people
from participants.services.sending import Document, confirm
from participants.tables import FoundTable, PeopleTable
from participants.views.sending import Leaving, Looked, second_look

PER_PAGE = 25
AT_ONCE = 500
UNPROCESSABLE = 422
# What a search found stays in the session as references, so that going back from a record works
# and no name is kept anywhere.
FOUND = "people_found"
DOCUMENT = Document("people")
EXPORTERS = frozenset({Role.TRUST_STAFF})
WRITERS = frozenset({Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF})


@require_safe
@records_required
def people(request: AuthedRequest) -> HttpResponse:
    """Everybody on the user's list, filtered and sorted as the address says."""
    found = _filtered(request)
    _write_down(request, ", ".join(["list", *found.in_force]))
    return _list(request, found, SearchForm())


@require_http_methods(["GET", "HEAD", "POST"])
@records_required
def search(request: AuthedRequest) -> HttpResponse:
    """Find people by name: the name comes as a form, what it found is shown by reference."""
    if request.method != "POST":
        return _found(request)
    form = SearchForm(request.POST)
    if not form.is_valid():
        return _list(request, _filtered(request), form, status=UNPROCESSABLE)
    with transaction.atomic():
        _write_down(request, "search by name")
        found = find_people(request.user, form.cleaned_data["q"])
    request.session[FOUND] = {"ids": [str(pk) for pk in found.ids], "more": found.more}
    return redirect("people:search")


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def export(request: AuthedRequest) -> HttpResponseBase:
    """What is listed, as a file, once trust staff have looked twice at who gets it.

    Records that are kept and not used stay out of it.
    """
    if not holds_any(request.user, EXPORTERS):
        raise PermissionDenied
    found = _filtered(request)
    people = with_hubs(found.qs).filter(restricted_at=None)
    people = people.order_by("family_name", "given_name", "pk")
    number, hidden = people.count(), people.filter(is_address_hidden=True).count()
    filters = ", ".join(found.in_force) or "everybody"
    answer = second_look(request, _leaving(number, hidden, filters))
    if not isinstance(answer, Looked):
        return answer
    with transaction.atomic():
        confirm(
            document=DOCUMENT,
            about=None,
            recipient=answer.recipient,
            address=answer.address,
            why=answer.why,
            by=request.user,
            had_hidden_address=hidden > 0,
        )
        record_audit(
            by=request.user,
            kind=AuditKind.PEOPLE_EXPORTED,
            about=Participant(pk=None),
            reason=f"{number} people; filters: {filters}",
        )
    lines: Iterator[str] = csv_lines(people.iterator(chunk_size=AT_ONCE))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="people.csv"'
    return response


def _leaving(number: int, hidden: int, filters: str) -> Leaving:
    return Leaving(
        document=DOCUMENT,
        title="Export people",
        holds=[
            "One person" if number == 1 else f"{number} people",
            f"Chosen by: {filters}",
            "Names, dates of birth, schools, hubs and postcodes, as a CSV file",
        ],
        back=reverse("people:people"),
        hidden=hidden,
        effect="Their postcodes are left out. Their schools and hubs are in it.",
        crumbs=[("People", reverse("people:people"))],
        act="Download it",
    )


def _filtered(request: AuthedRequest) -> PeopleFilter:
    listed = listed_people(request.user)
    return PeopleFilter(request.GET, listed, user=request.user, now=timezone.now())


def _list(
    request: AuthedRequest, found: PeopleFilter, form: SearchForm, status: int = 200
) -> HttpResponse:
    table = PeopleTable(found.qs)
    sort_and_page(request, table, rows=PER_PAGE)
    add_rows(row.record for row in table.paginated_rows)
    context = {"filter": found, "table": table, "search": form}
    context |= {"can_export": holds_any(request.user, EXPORTERS)}
    context |= {"can_add": holds_any(request.user, WRITERS)}
    return render(request, "participants/people/people.html", context, status=status)


def _found(request: AuthedRequest) -> HttpResponse:
    """What the last search found, as far as it may still be seen."""
    found = request.session.get(FOUND)
    if found is None:
        return redirect("people:people")
    _write_down(request, "what a search found")
    order = {UUID(pk): place for place, pk in enumerate(found["ids"])}
    people = listed_people(request.user).filter(pk__in=order)
    table = FoundTable(sorted(people, key=lambda person: order[person.pk]))
    sort_and_page(request, table, rows=PER_PAGE)
    add_rows(row.record for row in table.paginated_rows)
    context = {"table": table, "search": SearchForm(), "more": found["more"]}
    context |= {"can_add": holds_any(request.user, WRITERS)}
    return render(request, "participants/people/found.html", context)


def _write_down(request: AuthedRequest, reason: str) -> None:
    """That people were listed or searched, and by what kind of thing; never the words."""
    record_audit(
        by=request.user,
        kind=AuditKind.PEOPLE_SEARCHED,
        about=Participant(pk=None),
        reason=reason[:200],
    )
