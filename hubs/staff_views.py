"""Who works here: the list, an account's page and what is changed there, and invitations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SAFEGUARDING_ROLES, holds_any
from accounts.audience import AuthedRequest, for_roles, fresh_sign_in, link_only
from accounts.models import AuditKind, ClearanceKind, Role, RoleProposal, User
from accounts.services import record_audit
from accounts.services import staff as accounts_staff
from accounts.services.invitations import (
    accept_invitation,
    close_invitations,
    invite,
    open_invitation,
)
from accounts.services.roles import (
    LEAD,
    SECONDS,
    can_decide,
    can_propose,
    decide_role,
    end_role,
    give_role,
    propose_role,
)
from accounts.services.staff_errors import StaffError
from accounts.tables import sort_and_page
from hubs import staff_forms as forms
from hubs import staff_services as services
from hubs.models import Hub, HubMembership
from hubs.staff_access import (
    EVERY_ACCOUNT,
    can_end,
    can_look_after,
    hubs_to_give,
    roles_to_give,
    staff_visible_to,
)
from hubs.staff_filters import StaffFilter, StaffTable
from hubs.staff_queries import staff_list

ROWS = 50
readers = for_roles(
    "who looks after staff",
    *(Role.ADMINISTRATOR, Role.HUB_LEAD, Role.AUDITOR, Role.SAFEGUARDING_LEAD),
)
keepers = for_roles("who invites staff", Role.ADMINISTRATOR, Role.HUB_LEAD)
administrators = for_roles("who ends accounts", Role.ADMINISTRATOR)
proposers = for_roles("who decides on safeguarding roles", *sorted(SECONDS))


@readers
@require_GET
def staff(request: AuthedRequest) -> HttpResponse:
    """The staff that is this reader's business, to filter and sort."""
    now = timezone.now()
    hubs = (
        Hub.objects.all() if holds_any(request.user, EVERY_ACCOUNT) else hubs_to_give(request.user)
    )
    found = StaffFilter(
        request.GET, staff_list(staff_visible_to(request.user), now), hubs=hubs, now=now
    )
    table = StaffTable(found.qs, today=timezone.localdate(now))
    sort_and_page(request, table, rows=ROWS)
    context = {"filter": found, "table": table, "can_invite": roles_to_give(request.user)}
    return render(request, "staff/staff.html", context)


@keepers
@require_http_methods(["GET", "POST"])
@fresh_sign_in
def invite_member(request: AuthedRequest) -> HttpResponse:
    """Invite somebody, by a link that is mailed to them."""
    form = forms.InviteForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            user, token = _invite(form, request.user)
        except (StaffError, ValidationError) as error:
            form.add_error(None, _words(error))
        else:
            _mail_link(request, user, token)
            return redirect("staff:member", pk=user.pk)
    status = 422 if form.errors else 200
    return render(request, "staff/invite.html", {"form": form}, status=status)


@readers
@require_GET
def member(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """An account: its roles, hubs and checks."""
    found = _member(request, pk)
    record_audit(by=request.user, kind=AuditKind.STAFF_READ, about=found)
    return _page(request, found)


@keepers
@require_POST
def invite_again(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Mail a new link; the old one stops working."""
    found = _member(request, pk)

    def do() -> str:
        services.refuse_strangers(by=request.user, member=found)
        if found.has_usable_password() or not found.is_active:
            raise StaffError("They have a password already, or left.")
        _mail_link(request, found, invite(user=found, by=request.user, now=timezone.now()))
        return ""

    return _done(request, found, do)


@keepers
@require_POST
def close_invitation(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let the link that was mailed open nothing any more."""
    found = _member(request, pk)

    def do() -> str:
        services.refuse_strangers(by=request.user, member=found)
        close_invitations(user=found, now=timezone.now())
        return "The invitation is closed: its link opens nothing any more."

    return _done(request, found, do)


@keepers
@require_POST
@fresh_sign_in
def role_give(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Give somebody a role."""
    found = _member(request, pk)
    form = forms.RoleForm(request.POST, by=request.user)

    def do() -> str:
        services.refuse_strangers(by=request.user, member=found)
        role = Role(_cleaned(form)["role"])
        give_role(user=found, role=role, by=request.user)
        return f"{found} is {role.label} now."

    return _done(request, found, do)


@keepers
@require_POST
def role_end(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """End a role of somebody's."""
    found = _member(request, pk)

    def do() -> str:
        services.refuse_strangers(by=request.user, member=found)
        role = Role(request.POST.get("role", ""))
        if role not in roles_to_give(request.user):
            raise StaffError("This role is not yours to end. It ends with the account.")
        end_role(user=found, role=role, by=request.user, now=timezone.now())
        return f"{found} is {role.label} no longer."

    return _done(request, found, do)


@keepers
@require_POST
def hub_give(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let somebody work at a hub."""
    found = _member(request, pk)
    form = forms.HubForm(request.POST, by=request.user)

    def do() -> str:
        services.refuse_strangers(by=request.user, member=found)
        hub: Hub = _cleaned(form)["hub"]
        services.add_to_hub(
            user=found, hub=hub, until=form.until_moment(), by=request.user, now=timezone.now()
        )
        return f"{found} works at {hub} now."

    return _done(request, found, do)


@keepers
@require_POST
def hub_end(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """End somebody's work at a hub."""
    found = _member(request, pk)
    now = timezone.now()
    held = HubMembership.objects.held(now).filter(user=found, hub__in=hubs_to_give(request.user))

    def do() -> str:
        services.refuse_strangers(by=request.user, member=found)
        membership = held.filter(hub__slug=request.POST.get("hub", "")).first()
        if membership is None:
            raise StaffError("They do not work there, or the hub is not yours.")
        services.end_at_hub(membership=membership, by=request.user, now=now)
        return f"{found} works at {membership.hub} no longer."

    return _done(request, found, do)


@keepers
@require_POST
def clearance_record(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Record until when somebody's check or training is good."""
    found = _member(request, pk)
    form = forms.ClearanceForm(request.POST)

    def do() -> str:
        services.refuse_strangers(by=request.user, member=found)
        cleaned = _cleaned(form)
        kind, day = ClearanceKind(cleaned["kind"]), cleaned["expires_on"]
        accounts_staff.record_clearance(user=found, kind=kind, expires_on=day, by=request.user)
        return f"{kind.label} recorded until {day.day} {day:%B %Y}."

    return _done(request, found, do)


@administrators
@require_POST
@fresh_sign_in
def factors_reset(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let somebody who lost phone and codes set up a second step anew."""
    found = _member(request, pk)

    def do() -> str:
        accounts_staff.reset_second_factors(user=found, by=request.user)
        return f"{found} sets up a second step at the next sign-in."

    return _done(request, found, do)


@administrators
@require_http_methods(["GET", "POST"])
@fresh_sign_in
def account_end(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """End a leaver's account, in one act, after a page that says what ends."""
    found = _member(request, pk)
    if request.method == "GET":
        return render(request, "staff/end.html", {"member": found})

    def do() -> str:
        services.end_account(user=found, by=request.user, now=timezone.now())
        return f"The account of {found} is ended: nothing lets them in any more."

    return _done(request, found, do)


@readers
@require_POST
@fresh_sign_in
def propose(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Propose somebody for a safeguarding role; the lead also ends one here."""
    found = _member(request, pk)
    form = forms.ProposalForm(request.POST)

    def do() -> str:
        role = Role(_cleaned(form)["role"])
        if "end" in request.POST:
            end_role(user=found, role=role, by=request.user, now=timezone.now())
            return f"{found} is {role.label} no longer."
        propose_role(user=found, role=role, by=request.user)
        return "Proposed. It counts when a second person has agreed."

    return _done(request, found, do)


@proposers
@require_GET
def proposals(request: AuthedRequest) -> HttpResponse:
    """Safeguarding roles that wait for a second person."""
    waiting = RoleProposal.objects.filter(decided_at=None).select_related("user", "proposed_by")
    rows = [
        {"proposal": each, "can_decide": can_decide(request.user, each)}
        for each in waiting.order_by("proposed_at")
    ]
    return render(request, "staff/proposals.html", {"rows": rows})


@proposers
@require_POST
@fresh_sign_in
def decide(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Agree to a proposed role, or refuse it."""
    proposal = get_object_or_404(RoleProposal.objects.select_related("user", "proposed_by"), pk=pk)
    agrees = request.POST.get("answer") == "agree"
    try:
        decide_role(proposal=proposal, agrees=agrees, by=request.user, now=timezone.now())
    except StaffError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Agreed: the role counts now." if agrees else "Refused.")
    return redirect("staff:proposals")


@link_only
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation leads: choose a password, then sign in and set up the second step."""
    now = timezone.now()
    invitation = open_invitation(token, now)
    if invitation is None:
        raise Http404
    form = forms.WelcomeForm(request.POST or None, user=invitation.user)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["password1"]
        if not accept_invitation(invitation=invitation, password=password, now=now):
            raise Http404
        return render(request, "staff/welcomed.html")
    context = {"form": form, "name": invitation.user.name, "address": request.path}
    return render(request, "staff/welcome.html", context, status=422 if form.errors else 200)


def _member(request: AuthedRequest, pk: UUID) -> User:
    return get_object_or_404(staff_visible_to(request.user), pk=pk)


def _invite(form: forms.InviteForm, by: User) -> tuple[User, str]:
    cleaned = form.cleaned_data
    return services.invite_staff(
        email=cleaned["email"],
        name=cleaned["name"],
        role=Role(cleaned["role"]),
        hubs=cleaned["hubs"],
        good_through=form.good_through(),
        by=by,
        now=timezone.now(),
    )


def _mail_link(request: AuthedRequest, user: User, token: str) -> None:
    """Mail the link once it is kept. It holds nothing but a greeting and the link."""
    if not token:
        messages.success(request, f"{user} has an account already: role and hubs are added.")
        return
    link = request.build_absolute_uri(reverse("staff:welcome", kwargs={"token": token}))
    words = render_to_string("staff/invitation.txt", {"name": user.name, "link": link})
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}You are invited"
    transaction.on_commit(lambda: send_mail(subject, words, None, [user.email]))
    messages.success(request, f"A link is on its way to {user.email}. It works for seven days.")


def _done(request: AuthedRequest, found: User, do: Callable[[], str]) -> HttpResponse:
    """Do it, say what was done or why not, and go back to the account."""
    try:
        with transaction.atomic():
            words = do()
    except (StaffError, ValidationError, ValueError) as error:
        messages.error(request, _words(error))
    else:
        if words:
            messages.success(request, words)
    return redirect("staff:member", pk=found.pk)


def _cleaned(form: Form) -> dict[str, Any]:
    """What a short form holds; StaffError with its first problem."""
    if form.is_valid():
        return form.cleaned_data
    problem = next(iter(form.errors.values()))[0]
    raise StaffError(str(problem))


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return str(error) if isinstance(error, StaffError) else "That could not be read. Try again."


def _page(request: AuthedRequest, found: User) -> HttpResponse:
    now = timezone.now()
    person = get_object_or_404(staff_list(staff_visible_to(request.user), now), pk=found.pk)
    keeps = can_look_after(request.user, found)
    own_roles = roles_to_give(request.user)
    context = {
        "member": person,
        "today": timezone.localdate(now),
        "roles": [(grant, grant.role in own_roles and keeps) for grant in person.roles_now],  # type: ignore[attr-defined]
        "clearances": _latest(found),
        "invitation": _open_invitation(found, now),
        "proposals": found.role_proposals.filter(decided_at=None).select_related("proposed_by"),
        "keeps": keeps and found.is_active,
        "can_end": can_end(request.user, found) and found.is_active,
        "ends_safeguarding": holds_any(request.user, LEAD) and found.pk != request.user.pk,
        "safeguarding_roles": SAFEGUARDING_ROLES,
        "can_propose": can_propose(request.user) and found.is_active,
        "role_form": forms.RoleForm(by=request.user),
        "hub_form": forms.HubForm(by=request.user),
        "clearance_form": forms.ClearanceForm(),
        "proposal_form": forms.ProposalForm(),
    }
    return render(request, "staff/member.html", context)


def _latest(found: User) -> list[tuple[ClearanceKind, dt.date | None]]:
    """The last day of each check, of what was recorded last."""
    recorded = found.clearances.order_by("recorded_at").values_list("kind", "expires_on")
    latest = dict(recorded)
    return [(kind, latest.get(kind.value)) for kind in ClearanceKind]


def _open_invitation(found: User, now: dt.datetime) -> object:
    return found.invitations.filter(accepted_at=None, closed_at=None, expires_at__gt=now).first()
