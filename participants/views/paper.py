"""Registers on paper: printing one, and typing it in again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import AuthedRequest, coordinator_required
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import Session
from activities.templatetags.listing import long_date, time_range
from participants.forms.paper import KeyBackForm, SheetCodeForm
from participants.models import Participant, PrintedRegister
from participants.paper.codes import row_code, tidy_sheet_code
from participants.paper.sheet import Sheet, SheetLine, render_sheet
from participants.paper.typed import TypedSheet
from participants.queries.paper import plan_for, sheet_with, sheets_of
from participants.school_years import YEAR_GROUPS
from participants.services import paper as services
from participants.services.errors import RegisterError

SAVE = "save"
CHANGE = "change"


@require_POST
@coordinator_required
def print_register(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Make a sheet of the register as it stands and send it as a PDF."""
    session = _session(request, pk)
    try:
        printed = services.print_register(
            session=session,
            is_large="large" in request.POST,
            by=request.user,
            now=timezone.now(),
        )
    except RegisterError as error:
        messages.error(request, str(error))
        return redirect("participants:session_register", pk=session.pk)
    response = HttpResponse(render_sheet(_sheet(session, printed)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="register-{printed.code}.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def find_sheet(request: AuthedRequest) -> HttpResponse:
    """Find a sheet by the code in its corner."""
    form = SheetCodeForm(request.POST or None)
    if form.is_valid():
        sheet = sheet_with(request.user, form.cleaned_data["code"])
        if sheet:
            return redirect(_address(sheet))
        form.add_error("code", "No sheet of your hubs has this code. Check it, letter by letter.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "participants/paper/find.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def key_back(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Type a sheet in: its codes, then a look at the names, then it is saved."""
    session = _session(request, pk)
    sheets = list(sheets_of(session))
    asked = tidy_sheet_code(request.POST.get("sheet") or request.GET.get("sheet", ""))
    sheet = next((each for each in sheets if asked in {"", each.code}), None)
    if sheet is None:
        return render(request, "participants/paper/none.html", {"session": session})
    sheet.session = session
    if request.method != "POST":
        return _typing(request, sheet, sheets, KeyBackForm(sheet=sheet))
    form = KeyBackForm(request.POST, sheet=sheet)
    if not form.is_valid() or request.POST.get("action") == CHANGE:
        return _typing(request, sheet, sheets, form)
    if request.POST.get("action") == SAVE:
        return _save(request, sheet, form)
    return _look(request, sheet, form)


def _session(request: AuthedRequest, pk: UUID) -> Session:
    sessions = Session.objects.visible_to(request.user).select_related("activity__hub")
    return get_object_or_404(sessions, pk=pk)


def _sheet(session: Session, printed: PrintedRegister) -> Sheet:
    hub = session.activity.hub
    return Sheet(
        code=printed.code,
        title=session.activity.title,
        hub=hub.name if hub else "Citywide",
        date=long_date(session.starts_at),
        time=time_range(session),
        lines=_lines(printed),
        is_large=printed.is_large,
        printed_at=printed.printed_at,
    )


def _lines(printed: PrintedRegister) -> tuple[SheetLine, ...]:
    rows = list(printed.rows.select_related("participant"))
    namesakes = Counter(row.participant.register_name for row in rows)
    return tuple(
        SheetLine(row_code(printed.code, row.number), _name(row.participant, namesakes))
        for row in rows
    )


def _name(person: Participant, namesakes: Mapping[str, int]) -> str:
    """As on the register; with the school year only where two are called the same."""
    name = person.register_name
    if namesakes[name] == 1 or person.year_group is None:
        return name
    return f"{name}, {dict(YEAR_GROUPS)[person.year_group]}"


def _address(sheet: PrintedRegister) -> str:
    address = reverse("participants:key_back", args=[sheet.session_id])
    return f"{address}?sheet={sheet.code}"


def _typing(
    request: AuthedRequest,
    sheet: PrintedRegister,
    sheets: list[PrintedRegister],
    form: KeyBackForm,
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"session": sheet.session, "sheet": sheet, "sheets": sheets, "form": form}
    return render(request, "participants/paper/type.html", context, status=status)


def _look(request: AuthedRequest, sheet: PrintedRegister, form: KeyBackForm) -> HttpResponse:
    """Show the names and counts, and ask where the register says something else."""
    record_audit(by=request.user, kind=AuditKind.REGISTER_READ, about=sheet.session)
    typed: TypedSheet = form.cleaned_data["typed"]
    plan = plan_for(sheet, typed)
    context = {
        "session": sheet.session,
        "sheet": sheet,
        "form": form,
        "typed": typed,
        "plan": plan,
        "conflicts": [(line, request.POST.get(line.field_name)) for line in plan.conflicts],
        "walk_ins": [(each, request.POST.get(each.field_name)) for each in plan.walk_ins],
    }
    return render(request, "participants/paper/look.html", context)


def _save(request: AuthedRequest, sheet: PrintedRegister, form: KeyBackForm) -> HttpResponse:
    try:
        done = services.key_back(
            sheet=sheet,
            typed=form.cleaned_data["typed"],
            choices=request.POST.dict(),
            by=request.user,
            now=timezone.now(),
        )
    except services.NotChosenError as error:
        messages.warning(request, str(error))
        return _look(request, sheet, form)
    except RegisterError as error:
        messages.error(request, str(error))
        return redirect(_address(sheet))
    _tell(request, sheet, done)
    return redirect("participants:session_register", pk=sheet.session_id)


def _tell(request: AuthedRequest, sheet: PrintedRegister, done: services.KeyedBack) -> None:
    parts = [f"Sheet {sheet.code} is typed in. Marks saved: {done.saved}."]
    if done.unchanged:
        parts.append(f"Left as they were: {done.unchanged}.")
    if done.walk_ins:
        parts.append(f"New people: {done.walk_ins}.")
    messages.success(request, " ".join([*parts, "Shred the sheet now."]))
    for problem in done.problems:
        messages.warning(request, problem)
