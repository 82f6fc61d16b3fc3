"""Quotes and case studies: which may be used now, how they are signed, and names in their words."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.access import holds_any
from activities.models import Activity, Programme, Session, Skill
from evaluation.models import CHECKER_ROLES, Quote, QuoteKind, QuoteQuerySet, QuoteUse
from hubs.models import Hub, HubKind
from participants.models import (
    ATTENDED,
    AttendanceRole,
    Participant,
    Purpose,
    Registration,
)
from participants.queries.consents import may
from participants.queries.marks import current_marks, root_of, roots_of
from participants.queries.records import records_of
from participants.school_years import age_on

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

COVERED_BY = {QuoteUse.REPORTS: Purpose.WORDS_REPORTS, QuoteUse.PUBLIC: Purpose.WORDS_PUBLIC}
YOUNG_PEOPLE = frozenset({AttendanceRole.PARTICIPANT, AttendanceRole.VOLUNTEER})
# Ages that stand in a signature, the same as in reports.
BANDS = ((5, 7), (8, 12), (13, 15), (16, 18), (19, 25))
NOBODY = "a young person", "somebody who takes part"
# An age band of fewer people at a hub than this would tell who it is.
FEWEST_ALIKE = 10
# So many on a public page.
SHOWN = 3
IS_HIDDEN = Q(participant__is_address_hidden=True) | Q(
    participant__merged_into__is_address_hidden=True
)


@dataclass(frozen=True)
class PublicWords:
    """All that a public page is given: the words and how they are signed, nobody's id."""

    words: str
    attribution: str


def covered(persons: Collection[UUID]) -> dict[QuoteUse, set[UUID]]:
    """By use the root ids of those of these people whose consent covers it now. Two queries."""
    return {use: may(persons, purpose) for use, purpose in COVERED_BY.items()}


def uses_covered(person: Participant) -> list[QuoteUse]:
    """The uses that a root person's consent covers now. Two queries."""
    return [use for use, roots in covered([person.pk]).items() if person.pk in roots]


def usable(
    use: QuoteUse,
    *,
    programme: Programme | None = None,
    hub: Hub | None = None,
    skill: Skill | None = None,
) -> list[Quote]:
    """Quotes for a report or a page, the newest first: checked, standing, consent in force now.

    Two queries, however many; each with its hub, ward and activity.
    """
    rows = Quote.objects.all()
    if programme is not None:
        rows = rows.filter(activity__programme=programme)
    if hub is not None:
        rows = rows.filter(hub=hub)
    if skill is not None:
        rows = rows.filter(skills__contains=[skill.value])
    return usable_of(rows, use)


def usable_of(quotes: QuoteQuerySet, use: QuoteUse) -> list[Quote]:
    """Those of some quotes that may be used so now. Two queries."""
    found = list(with_root(quotes.checked().filter(uses__contains=[use.value])))
    allowed = may({root_id(quote) for quote in found}, COVERED_BY[use])
    return [quote for quote in found if root_id(quote) in allowed]


def public_words(hubs: Collection[Hub] | None = None) -> list[PublicWords]:
    """What a public page shows: the newest words, one of a person, of these hubs or of any.

    Two queries. Several of one person, signed alike, would say more together than each alone. Of
    somebody of whom nothing may say where they are, the page of a place shows none, and others
    none that was signed with an area before that was so.
    """
    words = Quote.objects.filter(kind=QuoteKind.WORDS)
    if hubs is not None:
        words = words.filter(hub__in=hubs).exclude(IS_HIDDEN)
    one_each: dict[UUID, PublicWords] = {}
    for quote in usable_of(words.annotate(is_hidden=IS_HIDDEN), QuoteUse.PUBLIC):
        is_hidden: bool | None = quote.is_hidden  # type: ignore[attr-defined]
        if not (is_hidden and tells_where(quote.attribution, quote.hub)):
            one_each.setdefault(root_id(quote), PublicWords(quote.words, quote.attribution))
    return list(one_each.values())[:SHOWN]


def tells_where(attribution: str, hub: Hub) -> bool:
    """Whether a signature has a word of a hub's name, or of its ward's."""
    area = words_in(f"{hub.name} {hub.ward.name if hub.ward else ''}")
    return not set(words_in(attribution)).isdisjoint(area)


def with_root(quotes: QuoteQuerySet) -> QuoteQuerySet:
    """Quotes with whose they are (`root_id`), hub, ward and activity, in one query."""
    root = Coalesce("participant__merged_into_id", "participant_id")
    return quotes.annotate(root=root).select_related("hub__ward", "activity")


def root_id(quote: Quote) -> UUID:
    """The root person of a quote that came by `with_root`."""
    root: UUID = quote.root  # type: ignore[attr-defined]
    return root


def add_uses(quotes: Iterable[Quote]) -> None:
    """Put `uses_now` on quotes that came by `with_root`: labels of wanted uses in force now.

    Two queries, however many.
    """
    rows = list(quotes)
    by_use = covered({root_id(quote) for quote in rows})
    for quote in rows:
        now = [use for use in QuoteUse if use in quote.uses and root_id(quote) in by_use[use]]
        quote.uses_now = now if quote.taken_out_at is None else []  # type: ignore[attr-defined]


def without_consent(quotes: QuoteQuerySet) -> set[UUID]:
    """Ids of quotes that stand and that no consent covers now. Three queries."""
    rows = list(with_root(quotes.standing()))
    add_uses(rows)
    return {quote.pk for quote in rows if not quote.uses_now}  # type: ignore[attr-defined]


def count_to_check(user: User) -> int:
    """How many quotes wait for this user, who may check and did not write them. Two queries."""
    if not holds_any(user, CHECKER_ROLES):
        return 0
    waiting = Quote.objects.visible_to(user).to_check()
    return waiting.exclude(recorded_by=user).exclude(edited_by=user).count()


def count_hidden(quotes: Collection[Quote]) -> int:
    """How many of these quotes are of people of whom nothing may say where they are. One query."""
    rows = Quote.objects.filter(pk__in=[quote.pk for quote in quotes])
    return rows.filter(IS_HIDDEN).count()


def recent_sessions(user: User | AnonymousUser, now: dt.datetime, days: int) -> QuerySet[Session]:
    """Sessions of the user's hubs that began in the last so many days, the latest first."""
    since = now - dt.timedelta(days=days)
    sessions = Session.objects.visible_to(user).filter(
        starts_at__gte=since, starts_at__lte=now, cancelled_at__isnull=True, has_marks=True
    )
    return sessions.select_related("activity__hub").order_by("-starts_at", "pk")


def came_to(session: Session) -> list[tuple[Participant, list[QuoteUse]]]:
    """Young people who came, by name, each with the uses that consent covers. Three queries."""
    came = [
        root_of(mark)
        for mark in current_marks(session).values()
        if mark.status in ATTENDED and mark.role in YOUNG_PEOPLE
    ]
    by_use = covered({each.pk for each in came})
    came.sort(key=lambda each: (each.given_name, each.family_name, str(each.pk)))
    return [(each, [use for use, roots in by_use.items() if each.pk in roots]) for each in came]


def hubs_for(user: User | AnonymousUser, person: Participant) -> QuerySet[Hub]:
    """Hubs of the user's at which a root person is registered with any record."""
    registered = Registration.objects.filter(participant__in=records_of(person))
    hubs = Hub.objects.visible_to(user).filter(pk__in=registered.values("hub"))
    return hubs.select_related("ward").order_by("name")


def activities_of(hubs: Collection[Hub]) -> QuerySet[Activity]:
    """What these hubs offer, by title."""
    return Activity.objects.filter(hub__in=hubs).order_by("title", "pk")


def signature(person: Participant, hub: Hub, on: dt.date) -> str:
    """How to sign words of a root person: an age band and the hub's ward, never the home's.

    Without the band where it is not known, or where fewer than `FEWEST_ALIKE` of the hub are in
    it; without the ward where its name is the person's own, or where nothing may say where they
    are. One query.
    """
    own, place = own_names([person]), _place(hub)
    band = _band(person, hub, on)
    who = f"aged {band[0]} to {band[1]}" if band else _nobody(own)
    if person.is_address_hidden or set(words_in(place)) & own:
        return who
    return f"{who}, {place}"


def _band(person: Participant, hub: Hub, on: dt.date) -> tuple[int, int] | None:
    """The age band of a person on a date, where enough of the hub are in it."""
    if person.birth_date is None:
        return None
    age = age_on(person.birth_date, on)
    band = next((each for each in BANDS if each[0] <= age <= each[1]), None)
    return band if band and _how_many(hub, band, on) >= FEWEST_ALIKE else None


def _nobody(own: set[str]) -> str:
    """Somebody without an age, in words that are not a name of theirs, as Young is."""
    return next((each for each in NOBODY if not set(words_in(each)) & own), NOBODY[-1])


def own_names(records: Iterable[Participant]) -> set[str]:
    """Every word of the names in these records, folded."""
    return {
        word
        for each in records
        for name in (each.given_name, each.family_name, each.known_as)
        for word in words_in(name)
        if len(word) > 1
    }


def names_in(text: str, person: Participant, hub: Hub) -> list[str]:
    """Words of a text that are names: the person's own, or first names of others at the hub.

    Others' names count with a capital letter only, for many are words as well ("will", "grace").
    As they are written, in the order of the text. Two queries.
    """
    own = own_names(records_of(person))
    others = Participant.objects.named().filter(registrations__hub=hub)
    firsts = {
        word
        for names in others.values_list("given_name", "known_as").distinct()
        for name in names
        for word in words_in(name)
        if len(word) > 1
    }
    said = dict.fromkeys(_split(text))
    return [
        word
        for word in said
        if fold(word) in own or (fold(word) in firsts and not word[0].islower())
    ]


def words_in(text: str) -> list[str]:
    """The words of a text, folded: without case, hyphens and apostrophes part them."""
    return [fold(word) for word in _split(text)]


def fold(word: str) -> str:
    """A word without case and accents, to compare names by."""
    whole = unicodedata.normalize("NFKD", word).casefold()
    plain = unicodedata.normalize("NFKD", whole)
    return "".join(each for each in plain if unicodedata.category(each) != "Mn" or each > "\u036f")


def _split(text: str) -> list[str]:
    whole = unicodedata.normalize("NFC", text)
    return "".join(each if _is_of_a_word(each) else " " for each in whole).split()


def _is_of_a_word(letter: str) -> bool:
    """Letters and digits, and the signs that vowels are written with in some scripts."""
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def _place(hub: Hub) -> str:
    """Where words of a hub come from; that it is the SEND hub says more than a place."""
    if hub.kind == HubKind.SEND or hub.ward is None:
        return "Derby"
    return hub.ward.name


def _how_many(hub: Hub, band: tuple[int, int], on: dt.date) -> int:
    """People of a hub who are in an age band on a date."""
    youngest, oldest = band
    people = Participant.objects.filter(
        registrations__hub=hub,
        birth_date__gt=on - relativedelta(years=oldest + 1),
        birth_date__lte=on - relativedelta(years=youngest),
    )
    registered = Registration.objects.filter(hub=hub, participant__in=people)
    return roots_of(registered).distinct().count()
