"""What has been happening, and what difference it makes. Public."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import set_response_etag
from django.views.decorators.http import require_safe

from accounts.audience import public
from accounts.public_pages import kept
from evaluation.models import Story, StoryPicture, StoryText
from evaluation.queries import community as queries
from hubs.pages import render_page
from hubs.wording import current_edition, put_into_words

PICTURE = "community:story_picture"
SMALL_PICTURE = "community:story_picture_small"


@require_safe
@public
@kept
def community_list(request: HttpRequest) -> HttpResponse:
    """Every ward and the SEND hub, those with a hub first."""
    found = queries.communities(timezone.now())
    return render_page(request, "evaluation/community/community_list.html", {"communities": found})


@require_safe
@public
@kept
def community_ward(request: HttpRequest, slug: str) -> HttpResponse:
    """One community: stories, what difference it makes, what's on next."""
    now, community = timezone.now(), queries.community_of(slug)
    if community is None:
        raise Http404
    page = queries.community_page(community, now, request.GET.get("page"), current_edition())
    context = {"now": now, "page": page, "small_picture": SMALL_PICTURE}
    return render_page(request, "evaluation/community/community_ward.html", context)


@require_safe
@public
@kept
def story_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One story with its pictures."""
    stories = Story.objects.public(timezone.now()).select_related("ward", "hub")
    story = get_object_or_404(stories, pk=pk)
    put_into_words([story], StoryText, "story", current_edition())
    return render_page(request, "evaluation/community/story_detail.html", story_context(story))


@require_safe
@public
@kept
def story_so_far(request: HttpRequest) -> HttpResponse:
    """The programme's latest figures and stories."""
    so_far = queries.story_so_far(timezone.now(), current_edition())
    context = {"so_far": so_far, "small_picture": SMALL_PICTURE}
    return render_page(request, "evaluation/community/story_so_far.html", context)


@require_safe
@public
def story_picture(request: HttpRequest, pk: UUID, size: str = "large") -> HttpResponse:
    """A picture of a story that everyone may read, gone as soon as the story is."""
    picture = get_object_or_404(StoryPicture.objects.public(timezone.now()), pk=pk)
    return picture_response(picture, size)


def story_context(story: Story, picture: str = PICTURE) -> dict[str, Any]:
    """What the page of a story shows; `picture` names the address of its pictures."""
    edition, now = current_edition(), timezone.now()
    return {
        "story": story,
        "community_slug": queries.community_of_story(story),
        "pictures": list(story.pictures.all()),
        "others": queries.other_stories(story, now, edition),
        "picture": picture,
        "small_picture": SMALL_PICTURE,
    }


def picture_response(picture: StoryPicture, size: str) -> HttpResponse:
    """A picture's bytes with a validator; 404 where the store has lost them."""
    name = picture.small_name if size == "small" else str(picture.file.name)
    try:
        with default_storage.open(name) as file:
            response = HttpResponse(file.read(), content_type="image/webp")
    except FileNotFoundError:
        raise Http404 from None
    set_response_etag(response)
    return response
