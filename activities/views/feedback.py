"""What young people said after sessions, as staff of their hubs read and answer it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required
from activities.feedback_forms import (
    FeedbackFilter,
    NewSaidDidForm,
    SaidDidForm,
    SaidDidWordsForm,
    ShowForm,
    SuggestionFilter,
)
from activities.models import (
    SaidDid,
    SaidDidText,
    Session,
    Suggestion,
    SuggestionState,
    london_today,
)
from activities.planning_forms.describing import CheckForm
from activities.qr import code_of
from activities.queries import feedback as queries
from activities.services import feedback as services
from activities.services.errors import ChangedMeanwhileError, NotReadError, NoWordsError
from hubs.wording import Edition, edition_of

PER_PAGE = 20
CONFLICT, UNPROCESSABLE = 409, 422


@require_safe
@coordinator_required
def overview(request: AuthedRequest) -> HttpResponse:
    """Sessions of a period with what was said, and the totals of those with enough answers."""
    now = timezone.now()
    form = FeedbackFilter(request.GET, user=request.user, today=london_today(now))
    context: dict[str, Any] = {"form": form, "waiting": queries.waiting(request.user)}
    if not form.is_valid():
        return render(request, "activities/planning/feedback/overview.html", context, status=422)
    chosen = form.cleaned_data
    sessions = Session.objects.visible_to(request.user).between(chosen["first"], chosen["last"])
    if chosen["hub"]:
        sessions = sessions.filter(activity__hub=chosen["hub"])
    page = Paginator(queries.answered(sessions), PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "totals": queries.totals_of(sessions),
        "rows": [queries.answers_of(each) for each in page],
        "page": page,
        "ask": queries.to_ask_now(request.user, now),
    }
    return render(request, "activities/planning/feedback/overview.html", context)


@require_safe
@coordinator_required
def session_answers(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What was said after one session, and how people get to say it."""
    session = _session(request, pk)
    visible = Session.objects.visible_to(request.user)
    counted = queries.answered(visible.filter(pk=pk)).first()
    context = {
        "answers": queries.answers_of(counted or session),
        "session": session,
        "opening": queries.opening_of(session, timezone.now()),
        "is_public": Session.objects.public().filter(pk=pk).exists(),
    }
    return render(request, "activities/planning/feedback/session.html", context)


@require_safe
@coordinator_required
def session_code(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The code and the address to show to who was there, on a screen or on paper."""
    session = get_object_or_404(_sessions(request).public(), pk=pk, cancelled_at__isnull=True)
    path = reverse("activities:feedback", kwargs={"pk": pk})
    address = request.build_absolute_uri(path)
    context = {
        "session": session,
        "address": address,
        "code": code_of(address),
        "opening": queries.opening_of(session, timezone.now()),
    }
    return render(request, "activities/planning/feedback/code.html", context)


@require_safe
@coordinator_required
def suggestion_list(request: AuthedRequest) -> HttpResponse:
    """Suggestions that wait, were kept or put away. That they were read is written down."""
    form = SuggestionFilter(request.GET, user=request.user)
    if not form.is_valid():
        raise Http404
    state, hub = form.state_chosen, form.cleaned_data["hub"]
    found = queries.suggestions_for(request.user, state, hub)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    services.read_suggestions(suggestions=page, by=request.user)
    context = {"form": form, "state": state, "states": SuggestionState, "page": page, "hub": hub}
    return render(request, "activities/planning/feedback/suggestions.html", context)


@require_POST
@coordinator_required
def suggestion_decide(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Keep a suggestion, or put it away."""
    suggestion = get_object_or_404(Suggestion.objects.visible_to(request.user), pk=pk)
    keep = "keep" in request.POST
    services.decide(suggestion=suggestion, keep=keep, by=request.user, now=timezone.now())
    messages.success(request, "Kept." if keep else "Put away. You find it under “Put away”.")
    state = request.POST.get("state", "")
    query = f"?state={state}" if state in SuggestionState.values else ""
    return redirect(f"{reverse('feedback:suggestions')}{query}")


@require_safe
@coordinator_required
def said_did_list(request: AuthedRequest) -> HttpResponse:
    """Everything that hubs of the user said and did, drafts and what was taken down too."""
    rows = SaidDid.objects.visible_to(request.user).select_related("hub")
    page = Paginator(rows.order_by("-written_at", "pk"), PER_PAGE)
    context = {"page": page.get_page(request.GET.get("page"))}
    return render(request, "activities/planning/feedback/said_did_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def said_did_new(request: AuthedRequest) -> HttpResponse:
    """Say what came of what young people asked for; of ticked suggestions, in `?suggestion=`."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = queries.chosen_suggestions(request.user, asked.getlist("suggestion"))
    hub = chosen[0].hub if chosen else None
    form = NewSaidDidForm(
        request.POST or None, user=request.user, initial={"hub": hub.slug if hub else None}
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            return _begin(request, form, chosen)
        status = UNPROCESSABLE
    services.read_suggestions(suggestions=chosen, by=request.user)
    context = {"form": form, "suggestions": chosen}
    return render(request, "activities/planning/feedback/said_did_new.html", context, status=status)


def _begin(request: AuthedRequest, form: NewSaidDidForm, chosen: list[Suggestion]) -> HttpResponse:
    now = timezone.now()
    said_did = services.write_said_did(
        said_did=SaidDid(hub=form.cleaned_data["hub"]),
        words=_words(form),
        seen="",
        by=request.user,
        now=now,
    )
    services.answer(said_did=said_did, suggestions=chosen, by=request.user, now=now)
    messages.success(request, "Saved as a draft. Read it once more, then let everybody read it.")
    return redirect("feedback:said_did_edit", pk=said_did.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def said_did_edit(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Its words, its editions, and whether everybody can read it."""
    said_did = _said_did(request, pk)
    form = SaidDidForm(request.POST or None, instance=_said_did(request, pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.write_said_did(
                said_did=said_did,
                words=_words(form),
                seen=form.cleaned_data["seen"],
                by=request.user,
                now=timezone.now(),
            )
        except ChangedMeanwhileError:
            return _edit_page(request, said_did, form, status=CONFLICT)
        messages.success(request, "Saved.")
        return redirect("feedback:said_did_edit", pk=pk)
    status = UNPROCESSABLE if form.errors else 200
    return _edit_page(request, said_did, form, status=status)


@require_POST
@coordinator_required
def said_did_show(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let everybody read it, once somebody says that they have."""
    said_did, form = _said_did(request, pk), ShowForm(request.POST)
    form.is_valid()
    try:
        services.show(
            said_did=said_did,
            has_read=form.cleaned_data["has_read"],
            seen=form.cleaned_data.get("seen", ""),
            by=request.user,
            now=timezone.now(),
        )
    except NotReadError as error:
        form.add_error("has_read", str(error))
        plain = SaidDidForm(instance=said_did)
        return _edit_page(request, said_did, plain, status=UNPROCESSABLE, show_form=form)
    except ChangedMeanwhileError:
        messages.error(request, "Somebody changed it meanwhile. Read it again, then show it.")
    else:
        messages.success(request, "Everybody can read it now.")
    return redirect("feedback:said_did_edit", pk=pk)


@require_POST
@coordinator_required
def said_did_withdraw(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take it off the website."""
    services.withdraw(said_did=_said_did(request, pk), by=request.user, now=timezone.now())
    messages.success(request, "Taken down. Nobody can read it any more. Nothing is lost.")
    return redirect("feedback:said_did_edit", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def said_did_words(request: AuthedRequest, pk: UUID, language: str) -> HttpResponse:
    """The same in Easy Read or in another language, with the English beside."""
    said_did, edition = _said_did(request, pk), _edition(language)
    is_check = "check" in request.POST
    words = SaidDidWordsForm(
        None if is_check else request.POST or None,
        instance=_text_of(said_did, edition),
        edition=edition,
        said_did=said_did,
    )
    check = CheckForm(request.POST if is_check else None, now=timezone.now())
    status = _save_words(request, said_did, edition, check if is_check else words)
    if status is None:
        return redirect("feedback:said_did_words", pk=pk, language=language)
    standing = _text_of(said_did, edition)
    context = {
        "said_did": said_did,
        "text": standing,
        "seen": queries.fingerprint_of(standing),
        "was_changed": status == CONFLICT,
        "words": words,
        "check": check,
        "code": language,
        "edition": edition,
        "editions": queries.edition_states(said_did),
    }
    return render(request, "activities/planning/feedback/words.html", context, status=status)


def _save_words(
    request: AuthedRequest,
    said_did: SaidDid,
    edition: Edition,
    form: SaidDidWordsForm | CheckForm,
) -> int | None:
    """The status of the page to show again, none where the next page says what was done."""
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return UNPROCESSABLE
    what: dict[str, Any] = {"said_did": said_did, "edition": edition, "by": request.user}
    what["seen"] = request.POST.get("seen", "")
    try:
        if isinstance(form, CheckForm):
            services.check_words(**what, **form.cleaned_data)
            messages.success(request, "Marked as checked.")
        else:
            services.put_words(**what, words=form.cleaned_data)
            messages.success(request, "Saved.")
    except ChangedMeanwhileError:
        return CONFLICT
    except NoWordsError as error:
        messages.error(request, str(error))
    return None


def _edit_page(
    request: AuthedRequest,
    said_did: SaidDid,
    form: SaidDidForm,
    *,
    status: int,
    show_form: ShowForm | None = None,
) -> HttpResponse:
    suggestions = list(said_did.suggestions.exclude(words="").select_related("hub"))
    services.read_suggestions(suggestions=suggestions, by=request.user)
    seen = queries.fingerprint_of(said_did)
    context = {
        "said_did": said_did,
        "form": form,
        "seen": seen,
        "show_form": show_form or ShowForm(initial={"seen": seen}),
        "was_changed": status == CONFLICT,
        "suggestions": suggestions,
        "editions": queries.edition_states(said_did),
    }
    return render(
        request, "activities/planning/feedback/said_did_edit.html", context, status=status
    )


def _words(form: SaidDidForm) -> dict[str, str]:
    return {name: form.cleaned_data[name] for name in SaidDidText.WORDS}


def _sessions(request: AuthedRequest) -> Any:
    return Session.objects.visible_to(request.user).select_related("activity__hub")


def _session(request: AuthedRequest, pk: UUID) -> Session:
    session: Session = get_object_or_404(_sessions(request), pk=pk)
    return session


def _said_did(request: HttpRequest, pk: UUID) -> SaidDid:
    rows = SaidDid.objects.visible_to(request.user).select_related("hub")
    return get_object_or_404(rows, pk=pk)


def _edition(language: str) -> Edition:
    if language not in dict(settings.LANGUAGES) or edition_of(language).is_source:
        raise Http404
    return edition_of(language)


def _text_of(said_did: SaidDid, edition: Edition) -> SaidDidText:
    key = {"language": edition.language, "variant": edition.variant}
    return said_did.texts.filter(**key).first() or SaidDidText(said_did=said_did, **key)
