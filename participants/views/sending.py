"""The page that asks for a second look before a document about a child leaves.

An export uses it so, below the decorators that say for whom it is and ask for a fresh sign-in:

    leaving = Leaving(document=Document("people"), title="...", holds=[...], back=...)
    answer = second_look(request, leaving)
    if isinstance(answer, HttpResponse):
        return answer
    ...  # `answer` holds recipient, address and why: `confirm` them, and send the file.

The first page asks who gets it, the second shows that again with what the document holds and who
in it must not be found, and wants a tick.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render

from accounts.audience import AuthedRequest
from participants.forms.sending import LookedForm, SendingForm
from participants.services.sending import Document

CHANGE = "change"
LOOKED = "looked"


@dataclass(frozen=True)
class Leaving:
    """A document that is about to leave, as the page describes it.

    `hidden` is how many people in it have an address that must stay hidden, and `effect` what
    that does to the document. `crumbs` are (label, address) of the pages above, `back` where to
    go instead.
    """

    document: Document
    title: str
    holds: list[str]
    back: str
    hidden: int = 0
    effect: str = "Everything that says where they live is left out."
    crumbs: list[tuple[str, str]] = field(default_factory=list)
    initial: dict[str, str] = field(default_factory=dict)
    act: str = "Release it"


@dataclass(frozen=True)
class Looked:
    """Somebody looked twice: who gets the document, where it goes and why."""

    recipient: str
    address: str
    why: str


def second_look(request: AuthedRequest, leaving: Leaving) -> Looked | HttpResponse:
    """Ask, show again, and answer with what was confirmed; until then with the page to show."""
    if request.method != "POST":
        return _page(request, leaving, SendingForm(initial=leaving.initial))
    form, step = SendingForm(request.POST), request.POST.get("step", "")
    if step == CHANGE or not form.is_valid():
        return _page(request, leaving, form)
    if step != LOOKED:
        looked = LookedForm(initial=form.cleaned_data, is_hidden=bool(leaving.hidden))
        return _page(request, leaving, looked, sent=form.cleaned_data)
    looked = LookedForm(request.POST, is_hidden=bool(leaving.hidden))
    if not looked.is_valid():
        return _page(request, leaving, looked, sent=form.cleaned_data)
    return Looked(**form.cleaned_data)


def _page(
    request: AuthedRequest,
    leaving: Leaving,
    form: SendingForm,
    *,
    sent: dict[str, str] | None = None,
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"leaving": leaving, "form": form, "sent": sent}
    return render(request, "participants/rights/second_look.html", context, status=status)
