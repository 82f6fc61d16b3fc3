"""Pages in the programme's own words: for everyone to read, and for trust staff to edit."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, public, trust_staff_required
from accounts.public_pages import kept
from activities.models import london_today
from evaluation.forms.pages import PageForm
from evaluation.models import PageRecording, PageTopic
from evaluation.queries.pages import (
    edition_of_page,
    editions_of_pages,
    english_words,
    html_lang,
    page_in,
    partner_groups,
    stored_words,
)
from evaluation.services import pages as services
from evaluation.shipped_pages import Words
from evaluation.typesetting import PICTURES, ideas, page_html
from hubs.pages import render_page
from hubs.wording import SOURCE, Edition, current_edition, edition_of


@require_safe
@public
@kept
def page(request: HttpRequest, topic: str) -> HttpResponse:
    """A page in the language of its address, else in English, which it then says."""
    chosen = _topic(topic)
    shown = page_in(chosen, current_edition())
    context: dict[str, Any] = {
        "page": shown,
        "topics": PageTopic,
        "recordings": PageRecording.objects.public().filter(topic=chosen),
    } | _text(shown.words)
    if chosen is PageTopic.PARTNERS:
        context["partner_groups"] = partner_groups()
    return render_page(request, "evaluation/pages/page.html", context)


def _text(words: Words) -> dict[str, Any]:
    code = get_language() or SOURCE.language
    if current_edition().is_easy_read:
        return {"ideas": ideas(words.body, code)}
    return {"text": page_html(words.body, code)}


@require_safe
@trust_staff_required
def page_editions(request: AuthedRequest) -> HttpResponse:
    """Every page, and what there is of it in each edition."""
    context = {"pages": editions_of_pages(), "names": [name for _, name in settings.LANGUAGES]}
    return render(request, "evaluation/editor/pages.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def page_edit(request: AuthedRequest, topic: str, edition: str) -> HttpResponse:
    """One edition of a page: its words in a form, English beside a translation, and a preview."""
    chosen, chosen_edition = _topic(topic), _edition(edition)
    standing = stored_words(chosen, chosen_edition)
    form = _form(request, chosen_edition, standing)
    context = _editing(chosen, edition, chosen_edition) | {"form": form}
    if request.method != "POST" or not form.is_valid():
        return _render_form(request, context)
    if "preview" in request.POST:
        return _render_form(request, context | {"preview": _preview(form.words, chosen_edition)})
    try:
        services.save_page_words(
            topic=chosen,
            edition=chosen_edition,
            words=form.words,
            seen=form.cleaned_data["seen"],
            check=form.check_made,
            by=request.user,
            now=timezone.now(),
        )
    except services.SpeakerNeededError:
        form.add_error("checked_by", SPEAKER_NEEDED)
        return _render_form(request, context)
    except services.ChangedMeanwhileError:
        return _render_form(request, context | _over(form, standing), status=409)
    messages.success(request, "Saved. Everyone can read it now.")
    return redirect("evaluation:page_editions")


SPEAKER_NEEDED = (
    "Write the name of the speaker who wrote or checked these words. This page is never "
    "shown in words that nobody answers for."
)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def page_remove(request: AuthedRequest, topic: str, edition: str) -> HttpResponse:
    """Ask whether written words shall go; then what ships comes back, or nothing."""
    chosen, chosen_edition = _topic(topic), _edition(edition)
    if request.method == "POST":
        services.remove_page_words(topic=chosen, edition=chosen_edition, by=request.user)
        messages.success(request, "Done. The words that we wrote are gone.")
        return redirect("evaluation:page_editions")
    context = _editing(chosen, edition, chosen_edition)
    if not context["state"].is_written:
        raise Http404
    return render(request, "evaluation/editor/page_remove.html", context)


def _topic(value: str) -> PageTopic:
    try:
        return PageTopic(value)
    except ValueError:
        raise Http404 from None


def _edition(code: str) -> Edition:
    if code not in dict(settings.LANGUAGES):
        raise Http404
    return edition_of(code)


def _form(request: AuthedRequest, edition: Edition, standing: Words | None) -> PageForm:
    initial: dict[str, str] = {}
    if standing:
        initial = {
            "title": standing.title,
            "summary": standing.summary,
            "body": standing.body,
            "seen": standing.fingerprint,
        }
    return PageForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        edition=edition,
        today=london_today(timezone.now()),
    )


def _editing(topic: PageTopic, code: str, edition: Edition) -> dict[str, Any]:
    english = None if edition.is_source else english_words(topic)
    return {
        "topic": topic,
        "edition_code": code,
        "html_lang": html_lang(code),
        "state": edition_of_page(topic, code),
        "english": english,
        "needs_speaker": services.needs_speaker(topic, edition),
        "picture_names": list(PICTURES) if edition.is_easy_read else [],
        "is_translation": edition.language != SOURCE.language,
    }


def _preview(words: Words, edition: Edition) -> dict[str, Any]:
    """The words as their page shows them; their links lead to the English pages."""
    if edition.is_easy_read:
        return {"words": words, "ideas": ideas(words.body, SOURCE.language)}
    return {"words": words, "text": page_html(words.body, SOURCE.language)}


def _over(form: PageForm, standing: Words | None) -> dict[str, Any]:
    """What somebody saved meanwhile stands above the typed words; saving again replaces it."""
    form.begin_again_from(standing.fingerprint if standing else "")
    return {"meanwhile": standing, "was_changed": True}


def _render_form(
    request: AuthedRequest, context: dict[str, Any], status: int | None = None
) -> HttpResponse:
    status = status or (422 if context["form"].errors else 200)
    return render(request, "evaluation/editor/page_edit.html", context, status=status)
