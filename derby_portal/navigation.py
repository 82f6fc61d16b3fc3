"""The links at the foot of every public page, and the few in its header."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.models import PageTopic


@dataclass(frozen=True)
class SiteLink:
    """One link of the site's own; `is_english` where its words are never translated by machine."""

    label: str
    address: str
    is_english: bool = False


@dataclass(frozen=True)
class LinkGroup:
    """Links under a heading."""

    title: str
    links: tuple[SiteLink, ...]


@dataclass(frozen=True)
class SiteLinks:
    """Every link that stands on each public page, in the page's edition."""

    help: SiteLink
    groups: tuple[LinkGroup, ...]


Named = tuple[str | Promise, str]
FIND: tuple[Named, ...] = (
    (_("What's on"), "activities:whats_on"),
    (_("Hubs"), "activities:hub_list"),
    (_("Map"), "activities:hub_map"),
    (_("Saved on this phone"), "saved"),
)
COMMUNITY: tuple[Named, ...] = (
    (_("Your community"), "community:community_list"),
    (_("The story so far"), "community:story_so_far"),
    (_("Listen in Romani"), "community:recording_list"),
)
ABOUT = (
    PageTopic.TAKE_PART,
    PageTopic.SKILLS,
    PageTopic.VISION,
    PageTopic.WHY_IT_MATTERS,
    PageTopic.PARTNERS,
)
YOUR_RIGHTS = (PageTopic.PRIVACY, PageTopic.ACCESSIBILITY)
COMPLAINTS: tuple[Named, ...] = ((_("Complain about how we use data"), "complain:complain"),)


def site_links() -> SiteLinks:
    """The links in the language of the page that is being made."""
    return SiteLinks(
        help=_topic(PageTopic.SAFEGUARDING),
        groups=(
            LinkGroup(str(_("Find something to do")), _named(FIND)),
            LinkGroup(str(_("In Derby")), _named(COMMUNITY)),
            LinkGroup(str(_("About #ThisIsDerby")), tuple(map(_topic, ABOUT))),
            LinkGroup(str(_("Good to know")), tuple(map(_topic, YOUR_RIGHTS)) + _named(COMPLAINTS)),
        ),
    )


def _named(links: tuple[Named, ...]) -> tuple[SiteLink, ...]:
    return tuple(SiteLink(str(label), reverse(name)) for label, name in links)


def _topic(topic: PageTopic) -> SiteLink:
    is_english = topic is PageTopic.SAFEGUARDING
    return SiteLink(str(topic.label), reverse("community:page", args=[topic.value]), is_english)
