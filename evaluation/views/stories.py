"""Trust staff's stories: writing, looking at, putting up and taking down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from accounts.tables import sort_and_page
from activities.pictures import PictureError
from evaluation.forms.stories import (
    NewPictureForm,
    PictureForm,
    ShowForm,
    StoryForm,
    StoryWordsForm,
)
from evaluation.models import ReleasedFigure, Story, StoryPicture, StoryText
from evaluation.services import stories as services
from evaluation.services.pages import ChangedMeanwhileError
from evaluation.tables import StoryTable
from evaluation.views.community import picture_response, story_context
from hubs.pages import render_page
from hubs.wording import Edition, edition_of, put_into_words

STORIES_PER_PAGE = 20
LATEST = 5
STAFF_PICTURE = "evaluation:story_picture"


@require_safe
@trust_staff_required
def editor(request: AuthedRequest) -> HttpResponse:
    """What the public is told, and where to change it."""
    stories = Story.objects.visible_to(request.user).select_related("ward", "hub")
    figures = ReleasedFigure.objects.visible_to(request.user)
    context = {
        "stories": stories.order_by("-changed_at")[:LATEST],
        "figures": figures.public().count(),
    }
    return render(request, "evaluation/editor/editor.html", context)


@require_safe
@trust_staff_required
def story_list(request: AuthedRequest) -> HttpResponse:
    """Every story with where it stands."""
    stories = Story.objects.visible_to(request.user).select_related("ward", "hub", "written_by")
    table = StoryTable(stories)
    sort_and_page(request, table, rows=STORIES_PER_PAGE)
    return render(request, "evaluation/editor/stories.html", {"table": table})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def story_new(request: AuthedRequest) -> HttpResponse:
    """Write a story; it stays a draft until it is put up."""
    return _write(request, Story(), "evaluation/editor/story_new.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def story_edit(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A story's words, pictures and editions, and when it is shown."""
    story = _story(request, pk)
    return _write(request, story, "evaluation/editor/story_edit.html", _standing(story))


@require_safe
@trust_staff_required
def story_preview(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A story as the public sees it, or will, in the edition that is asked for."""
    story, code = _story(request, pk), request.GET.get("edition", settings.LANGUAGE_CODE)
    edition = _edition(code)
    with override(code):
        put_into_words([story], StoryText, "story", edition)
        return _as_public(request, story)


@require_POST
@trust_staff_required
def story_show(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Put a story up, now or from a moment ahead."""
    story, form, now = _story(request, pk), ShowForm(request.POST), timezone.now()
    if not form.is_valid():
        context = {"form": StoryForm(instance=story)} | _standing(story, form)
        return render(request, "evaluation/editor/story_edit.html", context, status=422)
    services.show_story(story=story, since=form.since(now), by=request.user)
    messages.success(request, f"“{story.title}”: {story.state(now).label.lower()}.")
    return redirect("evaluation:story_edit", pk=pk)


@require_POST
@trust_staff_required
def story_take_down(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take a story with its pictures off the website."""
    services.take_down_story(story=_story(request, pk), by=request.user, now=timezone.now())
    messages.success(request, "Taken down. Nobody can read it any more. Nothing is lost.")
    return redirect("evaluation:story_edit", pk=pk)


@require_POST
@trust_staff_required
def story_put_back(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Put a story back that was taken down."""
    services.put_back_story(story=_story(request, pk), by=request.user)
    messages.success(request, "The story is back.")
    return redirect("evaluation:story_edit", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def story_words(request: AuthedRequest, pk: UUID, edition: str) -> HttpResponse:
    """A story's words in another edition, with the English beside them."""
    story, chosen = _story(request, pk), _edition(edition)
    if chosen.is_source:
        raise Http404
    form = StoryWordsForm(
        request.POST or None, edition=chosen, initial=_words(_text_of(story, chosen))
    )
    name = dict(settings.LANGUAGES)[edition]
    context = {"story": story, "form": form, "code": edition, "name": name}
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            _say(request, story, chosen, form)
        except ChangedMeanwhileError:
            meanwhile = _text_of(story, chosen)
            form.begin_again_from(services.fingerprint_of_text(meanwhile))
            context |= {"meanwhile": meanwhile, "was_changed": True}
            status = 409
        else:
            messages.success(request, "Saved.")
            return redirect("evaluation:story_edit", pk=pk)
    return render(request, "evaluation/editor/story_words.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def picture_add(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Put a picture under a story; a bad file loses nothing that was typed."""
    story = _story(request, pk)
    form = NewPictureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_picture(story=story, **form.cleaned_data, by=request.user)
        except PictureError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, "The picture is there, without any data of the camera.")
            return redirect("evaluation:story_edit", pk=pk)
    context = {"story": story, "form": form}
    status = 422 if form.errors else 200
    return render(request, "evaluation/editor/picture_add.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def picture_edit(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Change what is said about a picture, or take it away."""
    picture = _picture(request, pk)
    form = PictureForm(request.POST or None, instance=picture)
    if "remove" in request.POST:
        services.remove_picture(picture=picture, by=request.user)
        messages.success(request, "The picture is gone.")
        return redirect("evaluation:story_edit", pk=picture.story_id)
    if request.method == "POST" and form.is_valid():
        services.describe_picture(picture=form.save(commit=False), by=request.user)
        messages.success(request, "Saved.")
        return redirect("evaluation:story_edit", pk=picture.story_id)
    context = {"picture": picture, "story": picture.story, "form": form}
    status = 422 if form.errors else 200
    return render(request, "evaluation/editor/picture_edit.html", context, status=status)


@require_safe
@trust_staff_required
def story_picture(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A picture for its editors, shown to the public or not."""
    return picture_response(_picture(request, pk), "large")


def _story(request: HttpRequest, pk: UUID) -> Story:
    stories = Story.objects.visible_to(request.user).select_related("ward", "hub")
    return get_object_or_404(stories, pk=pk)


def _picture(request: HttpRequest, pk: UUID) -> StoryPicture:
    pictures = StoryPicture.objects.visible_to(request.user).select_related("story")
    return get_object_or_404(pictures, pk=pk)


def _write(
    request: AuthedRequest, story: Story, template: str, context: dict[str, Any]
) -> HttpResponse:
    form = StoryForm(request.POST or None, instance=story)
    if request.method == "POST" and form.is_valid():
        written = form.save(commit=False)
        if "preview" in request.POST:
            return _as_public(request, written)
        try:
            services.save_story(story=written, seen=form.cleaned_data["seen"], by=request.user)
        except ChangedMeanwhileError:
            return _over(request, form, written.pk)
        messages.success(request, "Saved.")
        return redirect("evaluation:story_edit", pk=written.pk)
    status = 422 if form.errors else 200
    return render(request, template, {"form": form} | context, status=status)


def _over(request: AuthedRequest, form: StoryForm, pk: UUID) -> HttpResponse:
    """What somebody saved meanwhile stands above the typed words; saving again replaces it."""
    standing = _story(request, pk)
    form.begin_again_from(services.fingerprint_of_story(standing))
    context = {"form": form, "meanwhile": standing, "was_changed": True} | _standing(standing)
    return render(request, "evaluation/editor/story_edit.html", context, status=409)


def _say(request: AuthedRequest, story: Story, edition: Edition, form: StoryWordsForm) -> None:
    words = dict(form.cleaned_data)
    services.say_story(
        story=story,
        edition=edition,
        seen=words.pop("seen"),
        words=words,
        by=request.user,
        now=timezone.now(),
    )


def _as_public(request: HttpRequest, story: Story) -> HttpResponse:
    context = story_context(story, STAFF_PICTURE) | {"is_preview": True}
    return render_page(request, "evaluation/community/story_detail.html", context)


def _standing(story: Story, show_form: ShowForm | None = None) -> dict[str, Any]:
    texts = {(each.language, each.variant): each for each in story.texts.all()}
    editions = [
        {"code": code, "name": name, "text": texts.get((each.language, each.variant))}
        for code, name in settings.LANGUAGES
        if not (each := edition_of(code)).is_source
    ]
    return {
        "story": story,
        "state": story.state(timezone.now()),
        "show_form": show_form or ShowForm(),
        "pictures": list(story.pictures.all()),
        "editions": editions,
    }


def _edition(code: str) -> Edition:
    if code not in dict(settings.LANGUAGES):
        raise Http404
    return edition_of(code)


def _text_of(story: Story, edition: Edition) -> StoryText | None:
    return story.texts.filter(language=edition.language, variant=edition.variant).first()


def _words(text: StoryText | None) -> dict[str, str]:
    names = (*StoryText.WORDS, "checked_by")
    if text is None:
        return {}
    seen = {"seen": services.fingerprint_of_text(text)}
    return {name: getattr(text, name) for name in names} | seen
