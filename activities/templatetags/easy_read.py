"""Easy Read: a picture beside every idea."""

from __future__ import annotations

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from heroicons.templatetags.heroicons import heroicon_outline

from activities.models import AccessNeed, BringItem, Kind

register = template.Library()
# Drawn by us in templates/easy/pictures/, because the icon set has nothing of the kind.
OWN_PICTURES = frozenset(
    {
        "apple",
        "bike",
        "bottle",
        "bus",
        "car",
        "coat",
        "dog",
        "old-clothes",
        "shoe",
        "shirt",
        "toilet",
        "walk",
        "wheelchair",
    }
)
PICTURES: dict[str, str] = {
    Kind.SPORT: "trophy",
    Kind.ARTS: "paint-brush",
    Kind.CULTURE: "building-library",
    BringItem.NOTHING: "face-smile",
    BringItem.WATER: "bottle",
    BringItem.TRAINERS: "shoe",
    BringItem.SPORTS_CLOTHES: "shirt",
    BringItem.OLD_CLOTHES: "old-clothes",
    BringItem.OUTDOOR_CLOTHES: "coat",
    BringItem.BIKE: "bike",
    BringItem.INSTRUMENT: "musical-note",
    BringItem.SNACK: "apple",
    AccessNeed.STEP_FREE: "wheelchair",
    AccessNeed.TOILET: "toilet",
    AccessNeed.CHANGING_PLACE: "toilet",
    AccessNeed.QUIET_SPACE: "speaker-x-mark",
    AccessNeed.HEARING_LOOP: "speaker-wave",
    AccessNeed.BSL: "hand-raised",
    AccessNeed.PICTURE_SIGNS: "photo",
    AccessNeed.ONE_TO_ONE: "users",
    AccessNeed.PARKING: "car",
    AccessNeed.ASSISTANCE_DOGS: "dog",
}


@register.simple_tag
def picture(name: str) -> str:
    """A line drawing that stands beside words and says nothing by itself."""
    name = str(name)
    if name in OWN_PICTURES:
        return render_to_string(f"easy/pictures/{name}.svg")
    return heroicon_outline(name, size=None, **{"class": "picture"})


@register.simple_block_tag
def idea(content: str, picture_name: str, title: str = "") -> SafeString:
    """One idea: a picture, a question in large type where there is one, and a sentence or two."""
    heading = format_html('<h2 class="idea__title">{}</h2>', title) if title else ""
    return format_html(
        '<div class="idea"><div class="idea__picture">{}</div>'
        '<div class="idea__words">{}{}</div></div>',
        picture(picture_name),
        heading,
        content,
    )


@register.filter
def picture_of(choice: str) -> str:
    """The name of the picture that stands for a kind, a thing to bring or an access need."""
    return PICTURES[choice]
