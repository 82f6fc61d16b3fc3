"""What stands round every section of a person's record: whose it is, and where the others are.

A view of a section is written so:

    @require_safe
    @records_required
    @on_record
    def consents(request: AuthedRequest, person: Participant) -> HttpResponse:
        open_section(person=person, section=Section.CONSENTS, by=request.user)
        context = {"frame": record_frame(request, person, Section.CONSENTS), ...}
        return render(request, "participants/people/consents.html", context)

and its template extends `participants/people/base_record.html`, with its words in block `section`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse

from accounts.access import holds_any
from accounts.audience import SAFE_METHODS, AuthedRequest
from activities.models import Session
from participants.access import section_rights
from participants.models import Participant
from participants.models.rights import ANSWERS_FOR_DATA
from participants.queries.legal_holds import is_held
from participants.queries.records import record_of
from participants.sections import Act, Section

P = ParamSpec("P")
RecordView = Callable[Concatenate[AuthedRequest, Participant, P], HttpResponse]

LABELS: dict[Section, str] = {
    Section.IDENTITY: "Who they are",
    Section.CONTACTS: "Contacts and collection",
    Section.CARE: "Care notes",
    Section.EQUALITY: "Equality monitoring",
    Section.CONSENTS: "Consents",
    Section.ATTENDANCE: "Attendance",
    Section.OUTCOMES: "Outcomes",
    Section.HISTORY: "Changes",
}
# Shorter, for the links: they stand above the telephone numbers on a phone.
SHORT: dict[Section, str] = LABELS | {
    Section.IDENTITY: "Who",
    Section.CONTACTS: "Contacts",
    Section.EQUALITY: "Equality",
}
ADDRESSES: dict[Section, str] = {
    Section.IDENTITY: "people:person",
    Section.CONTACTS: "people:contacts",
    Section.CARE: "people:care",
    Section.EQUALITY: "people:equality",
    Section.CONSENTS: "consents:consents",
    Section.ATTENDANCE: "people:attendance",
    Section.OUTCOMES: "outcomes:person",
    Section.HISTORY: "people:history",
}
READS = {Act.READ, Act.READ_FOR_A_REASON}
# Sections whose pages serve whoever may only write: they show a form without what is there.
WRITE_ONLY = {Section.EQUALITY}


@dataclass(frozen=True)
class SectionLink:
    """A section that the reader may open; `is_locked` where it asks for a reason first."""

    label: str
    address: str
    is_current: bool
    is_locked: bool


@dataclass(frozen=True)
class RecordFrame:
    """The frame of a page: whose record, which section, and the sections that may be opened.

    `can_write` is about the section that is open, and false for records that are not to be used.
    """

    person: Participant
    section: Section
    label: str
    links: list[SectionLink]
    can_write: bool
    # For those who answer for data only.
    is_held: bool
    # Where what was asked about the data is answered; empty for who does not answer for data.
    rights: str

    @property
    def name(self) -> str:
        """How the person is called in the heading."""
        if self.person.anonymised_at:
            return "Somebody who is not named any more"
        return self.person.full_name


def record_frame(request: AuthedRequest, person: Participant, section: Section) -> RecordFrame:
    """The frame round a section of a record, for the reader. Three queries at most."""
    rights = section_rights(request.user, person)
    links = [_link(each, person, section, rights[each]) for each in Section]
    return RecordFrame(
        person=person,
        section=section,
        label=LABELS[section],
        links=[link for link in links if link is not None],
        can_write=Act.WRITE in rights[section] and can_be_changed(person),
        is_held=is_held(request.user, person),
        rights=_rights_address(request, person),
    )


def _rights_address(request: AuthedRequest, person: Participant) -> str:
    if person.anonymised_at or not holds_any(request.user, ANSWERS_FOR_DATA):
        return ""
    return reverse("rights:person", args=[person.pk])


def can_be_changed(person: Participant) -> bool:
    """Whether a record is in use: not restricted, and still about somebody."""
    return person.restricted_at is None and person.anonymised_at is None


def session_of(request: AuthedRequest) -> Session | None:
    """The session of the register that the reader came from, and goes back to."""
    try:
        pk = UUID(request.GET.get("session", ""))
    except ValueError:
        return None
    return Session.objects.visible_to(request.user).filter(pk=pk).first()


def on_record(view: RecordView[P]) -> Callable[Concatenate[AuthedRequest, UUID, P], HttpResponse]:
    """Give a view the root person in place of an id; strangers get 404.

    The address of a record that was merged leads on to its root's.
    """

    @wraps(view)
    def wrapper(
        request: AuthedRequest, pk: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        person = record_of(request.user, pk)
        if person is None:
            raise Http404
        if person.pk != pk and request.method in SAFE_METHODS and request.resolver_match:
            address = reverse(request.resolver_match.view_name, kwargs={**kwargs, "pk": person.pk})
            return redirect(address)
        return view(request, person, *args, **kwargs)

    return cast("Any", wrapper)


def _link(
    section: Section, person: Participant, current: Section, rights: frozenset[Act]
) -> SectionLink | None:
    opens = bool(rights & READS) or (section in WRITE_ONLY and Act.WRITE in rights)
    if not opens:
        return None
    try:
        address = reverse(ADDRESSES[section], args=[person.pk])
    except NoReverseMatch:
        return None
    is_locked = Act.READ not in rights and Act.READ_FOR_A_REASON in rights
    return SectionLink(SHORT[section], address, section == current, is_locked)
