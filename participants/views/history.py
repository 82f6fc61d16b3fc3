"""One person at one session: when they came and left, and every mark that was ever made."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import LONDON, Session
from participants.forms import register as forms
from participants.models import Attendance, AttendanceRole, Participant
from participants.queries.history import MarkHistory, history_of, person_at
from participants.queries.people import likenesses
from participants.services.details import change_details as keep_details
from participants.services.errors import RegisterError
from participants.services.walk_ins import recognise_walk_in, remove_walk_in


@require_safe
@coordinator_required
def mark_history(request: AuthedRequest, pk: UUID, person: UUID) -> HttpResponse:
    """Everything marked of a person at a session, and what can be changed of it."""
    session = _session(request, pk)
    return _page(request, session, _person(session, person))


@require_POST
@coordinator_required
def change_details(request: AuthedRequest, pk: UUID, person: UUID) -> HttpResponse:
    """Say when somebody came and left, and in what role."""
    session = _session(request, pk)
    someone = _person(session, person)
    form = forms.DetailsForm(request.POST, session=session)
    if not form.is_valid() or not _keep(request, session, someone, form):
        return _page(request, session, someone, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, "Saved.")
    return redirect("participants:mark_history", session.pk, someone.pk)


@require_POST
@coordinator_required
def take_off(request: AuthedRequest, pk: UUID, person: UUID) -> HttpResponse:
    """Take a walk-in off the register who was added by mistake."""
    session = _session(request, pk)
    someone = _person(session, person)
    try:
        remove_walk_in(
            session=session, participant_id=someone.pk, by=request.user, now=timezone.now()
        )
    except RegisterError as error:
        messages.error(request, str(error))
        return redirect("participants:mark_history", session.pk, someone.pk)
    messages.success(request, "They are taken off this register.")
    return redirect("participants:session_register", session.pk)


@require_POST
@coordinator_required
def recognise(request: AuthedRequest, pk: UUID, person: UUID) -> HttpResponse:
    """Say that a walk-in is somebody the hub knows: they stand on the register in its place."""
    session = _session(request, pk)
    walk_in = _person(session, person)
    known = _chosen(session, walk_in, request.POST.get("known", ""))
    try:
        recognise_walk_in(
            session=session,
            participant_id=walk_in.pk,
            known_id=known.pk,
            by=request.user,
            now=timezone.now(),
        )
    except RegisterError as error:
        messages.error(request, str(error))
        return redirect("participants:mark_history", session.pk, walk_in.pk)
    messages.success(request, f"{known.register_name} is on this register in their place.")
    return redirect("participants:session_register", session.pk)


def _chosen(session: Session, walk_in: Participant, chosen: str) -> Participant:
    """One of those whom the page offered."""
    offered = likenesses(session, [walk_in]).get(walk_in.pk, [])
    known = next((one for one in offered if str(one.pk) == chosen), None)
    if known is None:
        raise Http404
    return known


def _session(request: AuthedRequest, pk: UUID) -> Session:
    sessions = Session.objects.visible_to(request.user).select_related("activity__hub")
    return get_object_or_404(sessions, pk=pk)


def _person(session: Session, pk: UUID) -> Participant:
    person = person_at(session, pk)
    if person is None:
        raise Http404
    return person


def _keep(
    request: AuthedRequest, session: Session, person: Participant, form: forms.DetailsForm
) -> bool:
    """Keep the details, or say on the form why they cannot be kept."""
    try:
        keep_details(
            session=session,
            person_id=person.pk,
            role=form.cleaned_data["role"],
            arrived_at=form.cleaned_data["arrived_at"],
            left_at=form.cleaned_data["left_at"],
            by=request.user,
            now=timezone.now(),
        )
    except RegisterError as error:
        form.add_error(None, str(error))
        return False
    return True


def _page(
    request: AuthedRequest,
    session: Session,
    person: Participant,
    form: forms.DetailsForm | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    record_audit(by=request.user, kind=AuditKind.HISTORY_READ, about=person)
    history = history_of(session, person)
    context = {
        "session": session,
        "history": history,
        "alike": _alike(session, history),
        "form": form or _form(session, history.standing),
    }
    return render(request, "participants/mark_history.html", context, status=status)


def _alike(session: Session, history: MarkHistory) -> list[Participant]:
    """Whom of the hub a walk-in may be, most of all one that was written down offline."""
    if not history.can_be_taken_off:
        return []
    return likenesses(session, [history.person]).get(history.person.pk, [])


def _form(session: Session, standing: Attendance | None) -> forms.DetailsForm:
    initial: dict[str, object] = {"role": AttendanceRole.PARTICIPANT}
    if standing is not None:
        initial["role"] = standing.role
        times = {"arrived": standing.arrived_at, "left": standing.left_at}
        initial |= {name: at.astimezone(LONDON).time() for name, at in times.items() if at}
    return forms.DetailsForm(session=session, initial=initial)
