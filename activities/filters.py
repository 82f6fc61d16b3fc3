"""What the list of sessions can be narrowed by. The day is a form of its own (`forms.DayForm`).

Every choice that is made becomes one `Condition`: results, counts and the nearest alternatives are
made from the same ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from operator import and_
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import F, FloatField, Q, TextChoices
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from activities.models import AccessNeed, Kind, Session, SessionQuerySet, SpokenLanguage
from activities.queries.choices import Offers, offers
from activities.queries.search import Word, speaks_of, words_of
from activities.strands import finer_kind
from hubs.queries import miles_from

BAD_AGE = gettext_lazy("Type an age in whole years, such as 12.")
BAD_CHOICE = gettext_lazy("Choose one from the list.")
LONG_SEARCH = gettext_lazy("Search for a few words only.")
BAD_SEARCH = gettext_lazy("Search for letters and numbers only.")
BAD_AREA = gettext_lazy("Give your postcode again to see what is near you.")
UNREADABLE_POSTCODE = gettext_lazy(
    "That does not look like a whole postcode. One looks like DE1 3AH. Try again, or choose a hub."
)
UNKNOWN_POSTCODE = gettext_lazy(
    "We do not know that postcode. We know those in Derby. Check it, or choose a hub."
)
OLDEST = 120
LONGEST_SEARCH = 80
ELSEWHERE = "elsewhere"
# What stands in an address in the place of an area where a postcode gave none.
UNREADABLE, UNKNOWN = "unreadable", "unknown"
NO_AREA = {UNREADABLE: UNREADABLE_POSTCODE, UNKNOWN: UNKNOWN_POSTCODE}
DISTANCES = (1, 2, 5)

SELECTED = mark_safe(" selected")

Pair = tuple[str, str]


def address_of(pairs: Iterable[Pair]) -> str:
    """The address of the list with these choices."""
    query = urlencode(list(pairs))
    address = _list_in(get_language())
    return f"{address}?{query}" if query else address


@cache
def _list_in(language: str | None) -> str:
    """Asked for dozens of times a page, and the same for ever."""
    return reverse("activities:whats_on")


def _choice(name: Any, **options: Any) -> forms.ChoiceField:
    errors = {"invalid_choice": BAD_CHOICE}
    return forms.ChoiceField(required=False, label=name, error_messages=errors, **options)


def _flag(label: Any) -> forms.BooleanField:
    return forms.BooleanField(required=False, label=label)


def tidy_query(data: QueryDict, names: Container[str]) -> str | None:
    """The part of an address behind the question mark, as far as it says anything.

    Without fields that a form sent empty and without what only other sites understand. None where
    there is nothing to leave out.
    """
    pairs = [(name, value) for name, values in data.lists() for value in values]
    said = [(name, value) for name, value in pairs if value and name in names]
    return None if said == pairs else urlencode(said)


class FilterForm(forms.Form):
    """What may stand in the address; `for_offers` sets the choices that depend on data."""

    q = forms.CharField(
        required=False,
        max_length=LONGEST_SEARCH,
        label=gettext_lazy("Search"),
        error_messages={"max_length": LONG_SEARCH, "null_characters_not_allowed": BAD_SEARCH},
    )
    hub = _choice(gettext_lazy("Hub"))
    ward = _choice(gettext_lazy("Ward"))
    near = forms.CharField(required=False, label=gettext_lazy("Near you"))
    within = _choice(gettext_lazy("How far"), choices=[(str(each), each) for each in DISTANCES])
    kind = _choice(gettext_lazy("Kind"), choices=Kind)
    strand = _choice(gettext_lazy("What exactly"))
    age = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=OLDEST,
        label=gettext_lazy("Your age"),
        error_messages={"invalid": BAD_AGE, "min_value": BAD_AGE, "max_value": BAD_AGE},
    )
    free = _flag(gettext_lazy("Free"))
    send = _flag(gettext_lazy("SEND friendly"))
    alone = _flag(gettext_lazy("Come on your own welcome"))
    need = forms.MultipleChoiceField(
        required=False,
        choices=AccessNeed,
        label=gettext_lazy("What you need"),
        error_messages={"invalid_choice": BAD_CHOICE},
    )
    speaks = _choice(gettext_lazy("Somebody speaks"), choices=SpokenLanguage)

    def for_offers(self, found: Offers) -> None:
        """Set the choices to what is there."""
        self.found = found
        self.fields["hub"].choices = [*found.hubs.items(), (ELSEWHERE, ELSEWHERE)]  # type: ignore[attr-defined]
        self.fields["ward"].choices = found.wards.items()  # type: ignore[attr-defined]
        strands = {each for of_kind in found.strands.values() for each in of_kind}
        self.fields["strand"].choices = [(each, each) for each in strands]  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        """A search has at least one letter or digit."""
        search: str = self.cleaned_data["q"]
        if search and not words_of(search):
            raise forms.ValidationError(BAD_SEARCH)
        return search

    def clean_near(self) -> str:
        """An area whose place is known; what a postcode gave instead of one says why."""
        near: str = self.cleaned_data["near"]
        if near and self.found.area is None:
            raise forms.ValidationError(NO_AREA.get(near, BAD_AREA))
        return near


@cache
def _labels(choices: type[TextChoices], language: str | None) -> tuple[Pair, ...]:
    """Values and labels in a language. Looking labels up anew takes a tenth of a page's time."""
    return tuple((str(each), str(each.label)) for each in choices)


@cache
def _field_labels(language: str | None) -> dict[str, str]:
    """The fields' labels by name, in a language."""
    return {name: str(field.label) for name, field in FilterForm.base_fields.items()}


@dataclass(frozen=True)
class Condition:
    """One choice: what stands for it in the address, what people call it, and which sessions fit.

    `narrows` is false for "near you", which adds distances and leaves nothing out.
    """

    name: str
    value: str
    label: str
    sessions: Q
    narrows: bool = True

    @property
    def pair(self) -> Pair:
        return self.name, self.value


@dataclass(frozen=True)
class Choice:
    """A filter in force, and the address of the same list without it."""

    label: str
    address_without: str


@dataclass(frozen=True)
class Option:
    """One choice of a field, or a link of a row of links."""

    value: str
    label: str
    is_chosen: bool
    address: str = ""


@dataclass(frozen=True)
class OptionGroup:
    """Options under a heading, which may be empty, as the elements that they are on the page."""

    label: str
    options: SafeString


@dataclass(frozen=True)
class Select:
    """A field of the form in which one is chosen, as templates draw it."""

    name: str
    label: str
    any_label: str
    groups: list[OptionGroup]
    error: str


@dataclass(frozen=True)
class Tick:
    """A box of the form to tick."""

    id: str
    name: str
    value: str
    label: str
    is_ticked: bool
    help_text: str = ""


class SessionFilter:
    """Where, what kind and for whom, as an address says it.

    What cannot be understood is left out, and `errors` says so. One query, for what is there to
    choose from.
    """

    def __init__(
        self,
        data: QueryDict,
        queryset: SessionQuerySet | None = None,
        now: dt.datetime | None = None,
    ) -> None:
        """Read an address; `queryset` is what `qs` narrows, and `now` decides what is to come."""
        self._queryset = Session.objects.public() if queryset is None else queryset
        search = data.get("q", "")[:LONGEST_SEARCH].replace("\0", "")
        near = data.get("near", "")[:LONGEST_SEARCH].replace("\0", "")
        area = "" if near in NO_AREA else near
        self.offers = offers(words_of(search), area, now or timezone.now())
        self.form = FilterForm(data)
        self.form.for_offers(self.offers)
        self.form.is_valid()

    @property
    def qs(self) -> SessionQuerySet:
        """The sessions that fit."""
        return self._queryset.filter(self.condition())

    @cached_property
    def conditions(self) -> list[Condition]:
        """Every choice that was made and understood, in the form's order."""
        chosen = self.form.cleaned_data
        return [
            CONDITIONS[name](self, name, value)
            for name in self.form.fields
            for value in _values(chosen.get(name))
        ]

    @property
    def pairs(self) -> list[Pair]:
        """The choices as they stand in an address."""
        return [each.pair for each in self.conditions]

    @property
    def query(self) -> str:
        """The choices as the part of an address behind the question mark."""
        return urlencode(self.pairs)

    def condition(self, without: Condition | None = None) -> Q:
        """Sessions that fit every choice, or every one but one."""
        fits = Q()
        for each in self.conditions:
            if each is not without:
                fits = and_(fits, each.sessions)
        return fits

    def has(self, name: str, value: str) -> bool:
        """Whether a choice was made."""
        return (name, value) in self.pairs

    def value_of(self, name: str) -> str:
        """What was chosen for a field, empty if nothing was."""
        return next((each.value for each in self.conditions if each.name == name), "")

    def without(self, *names: str) -> list[Pair]:
        """The choices but those of some fields."""
        return [pair for pair in self.pairs if pair[0] not in names]

    def choices_in_force(
        self, days: Iterable[Pair] = (), conditions: Iterable[Condition] | None = None
    ) -> list[Choice]:
        """Every choice, or some, each with the address of the list without it."""
        return [
            Choice(each.label, address_of([*days, *self._pairs_but(each)]))
            for each in (self.conditions if conditions is None else conditions)
        ]

    def _pairs_but(self, gone: Condition) -> list[Pair]:
        """Without an area there are no distances either."""
        names = {"near", "within"} if gone.name == "near" else set()
        return [
            each.pair for each in self.conditions if each is not gone and each.name not in names
        ]

    @property
    def misspelt(self) -> list[Word]:
        """Words of the search that stand nowhere, so that what is spelt like them was taken."""
        return [word for word in self.offers.words if not word.is_known and self.value_of("q")]

    @property
    def errors(self) -> list[str]:
        """What could not be understood, each with the name of its field."""
        return [
            _("%(field)s: %(problem)s") % {"field": self.form.fields[name].label, "problem": each}
            for name, problems in self.form.errors.items()
            for each in problems
        ]

    @property
    def is_misread(self) -> bool:
        """Whether one of the form's folded fields could not be read."""
        return bool(self.form.errors.keys() - {"q", "hub", "near", "within"})

    # --- What templates draw ---------------------------------------------------------------------

    def places(self, days: Iterable[Pair]) -> list[Option]:
        """A link for every hub, and for what is on at none; again to take the hub away."""
        rest = [*days, *self.without("hub")]
        hubs = [*self.offers.hubs.items(), (ELSEWHERE, _("Elsewhere"))]
        return [self._link("hub", slug, name, rest) for slug, name in hubs]

    def distances(self, days: Iterable[Pair]) -> list[Option]:
        """A link for each distance, where there is an area to measure from."""
        if not self.value_of("near"):
            return []
        rest = [*days, *self.without("within")]
        return [self._link("within", str(miles), _miles(miles), rest) for miles in DISTANCES]

    def _link(self, name: str, value: str, label: str, rest: list[Pair]) -> Option:
        is_chosen = self.has(name, value)
        pairs = rest if is_chosen else [*rest, (name, value)]
        return Option(value, label, is_chosen, address_of(pairs))

    @property
    def hidden(self) -> list[Pair]:
        """What the form carries along without showing it."""
        return [pair for pair in self.pairs if pair[0] in {"hub", "near", "within"}]

    @property
    def selects(self) -> list[Select]:
        """The fields in which one is chosen."""
        language = get_language()
        kinds = _labels(Kind, language)
        languages = [each for each in _labels(SpokenLanguage, language) if each[0] != "en"]
        return [
            self._select("kind", _("Any kind"), [("", kinds)]),
            self._select("strand", _("Anything"), self._strands()),
            self._select("ward", _("Any ward"), [("", list(self.offers.wards.items()))]),
            self._select("speaks", _("Any language"), [("", languages)]),
        ]

    def _strands(self) -> list[tuple[str, Iterable[Pair]]]:
        by_kind = self.offers.strands
        return [
            (label, [(each, finer_kind(each)) for each in by_kind[kind]])
            for kind, label in _labels(Kind, get_language())
            if kind in by_kind
        ]

    def _select(
        self, name: str, any_label: str, groups: list[tuple[str, Iterable[Pair]]]
    ) -> Select:
        chosen = self.value_of(name)
        drawn = [
            OptionGroup(title, _option_elements(tuple(options), chosen))
            for title, options in groups
        ]
        return Select(
            name, _field_labels(get_language())[name], any_label, drawn, self._error(name)
        )

    def _error(self, name: str) -> str:
        return " ".join(str(each) for each in self.form.errors.get(name, []))

    @property
    def age_error(self) -> str:
        """What is wrong with the age."""
        return self._error("age")

    @property
    def postcode_error(self) -> str:
        """What was wrong with the postcode that was given."""
        return self._error("near")

    @property
    def age(self) -> str:
        """The age as it was typed."""
        return str(self.form.data.get("age", ""))[:10]

    @property
    def search(self) -> str:
        """The search as it was typed."""
        return str(self.form.data.get("q", ""))[:LONGEST_SEARCH]

    @property
    def ticks(self) -> list[Tick]:
        """The boxes that are about everybody."""
        send = _("Good for people with special educational needs or disabilities")
        return [
            self._tick("free"),
            self._tick("alone"),
            self._tick("send", send),
        ]

    def _tick(self, name: str, help_text: str = "") -> Tick:
        label = _field_labels(get_language())[name]
        return Tick(f"id_{name}", name, "on", label, self.has(name, "on"), help_text)

    @property
    def needs(self) -> list[Tick]:
        """The boxes of what people need to take part."""
        return [
            Tick(f"id_need_{value}", "need", value, label, self.has("need", value))
            for value, label in _labels(AccessNeed, get_language())
        ]


@lru_cache(maxsize=300)
def _option_elements(options: tuple[Pair, ...], chosen: str) -> SafeString:
    """Sixty options are most of the work of drawing the form, and seldom change."""
    rows = ((value, SELECTED if value == chosen else "", text) for value, text in options)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)


def _values(value: Any) -> list[Any]:
    """What was chosen in a field: nothing, one thing or several."""
    if isinstance(value, list):
        return list(dict.fromkeys(value))
    return [] if value is None or value == "" or value is False else [value]


def _miles(miles: int) -> str:
    return ngettext("Within %(miles)s mile", "Within %(miles)s miles", miles) % {"miles": miles}


# --- What each choice means ----------------------------------------------------------------------


def _search(filters: SessionFilter, name: str, value: str) -> Condition:
    label = _("Search: %(words)s") % {"words": value}
    return Condition(name, value, label, speaks_of(filters.offers.words))


def _hub(filters: SessionFilter, name: str, value: str) -> Condition:
    if value == ELSEWHERE:
        elsewhere = Q(activity__hub__isnull=True)
        return Condition(name, value, _("Elsewhere in the city"), elsewhere)
    return Condition(name, value, filters.offers.hubs[value], Q(activity__hub__slug=value))


def _ward(filters: SessionFilter, name: str, value: str) -> Condition:
    label = _("%(ward)s ward") % {"ward": filters.offers.wards[value]}
    return Condition(name, value, label, Q(activity__hub__ward__slug=value))


def _near(filters: SessionFilter, name: str, value: str) -> Condition:
    return Condition(name, value, _("Near you"), Q(), narrows=False)


def _within(filters: SessionFilter, name: str, value: str) -> Condition:
    """Without an area to measure from there is no distance, and nothing is left out."""
    label, distance = _miles(int(value)), miles_to(filters)
    if distance is None:
        return Condition(name, value, label, Q(), narrows=False)
    return Condition(name, value, label, Q(LessThanOrEqual(distance, float(value))))


def _kind(filters: SessionFilter, name: str, value: str) -> Condition:
    return Condition(name, value, str(Kind(value).label), Q(activity__kind=value))


def _strand(filters: SessionFilter, name: str, value: str) -> Condition:
    return Condition(name, value, finer_kind(value), Q(activity__strand=value))


def _age(filters: SessionFilter, name: str, value: int) -> Condition:
    label = _("Age %(age)s") % {"age": value}
    fits = Q(activity__min_age__lte=value, activity__max_age__gte=value)
    return Condition(name, str(value), label, fits)


def _flagged(field: str) -> Callable[[SessionFilter, str, bool], Condition]:
    def condition(filters: SessionFilter, name: str, value: bool) -> Condition:  # noqa: FBT001  (like its siblings)
        label = str(filters.form.fields[name].label)
        return Condition(name, "on", label, Q(**{f"activity__{field}": value}))

    return condition


def _need(filters: SessionFilter, name: str, value: str) -> Condition:
    fits = Q(activity__access_needs__contains=[value])
    return Condition(name, value, str(AccessNeed(value).label), fits)


def _speaks(filters: SessionFilter, name: str, value: str) -> Condition:
    label = _("Language: %(language)s") % {"language": SpokenLanguage(value).label}
    return Condition(name, value, label, Q(activity__languages__contains=[value]))


CONDITIONS: dict[str, Callable[[SessionFilter, str, Any], Condition]] = {
    "q": _search,
    "hub": _hub,
    "ward": _ward,
    "near": _near,
    "within": _within,
    "kind": _kind,
    "strand": _strand,
    "age": _age,
    "free": _flagged("is_free"),
    "send": _flagged("send_friendly"),
    "alone": _flagged("welcomes_alone"),
    "need": _need,
    "speaks": _speaks,
}


def miles_to(filters: SessionFilter) -> Combinable | None:
    """How far a session is from the area that was chosen, None where there is none."""
    area = filters.offers.area
    if area is None:
        return None
    return miles_from(area, _place("latitude"), _place("longitude"))


def _place(field: str) -> Coalesce:
    """Where the activity is, else its hub."""
    own, hub = F(f"activity__{field}"), F(f"activity__hub__{field}")
    return Coalesce(own, hub, output_field=FloatField())
