"""Which words may be used now: none that is unchecked, of another use, or without consent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from accounts.public_pages import changes
from activities.models import Skill
from evaluation.breakdowns import AGE_BANDS
from evaluation.models import Quote, QuoteKind, QuoteUse
from evaluation.queries.quotes import (
    BANDS,
    FEWEST_ALIKE,
    PublicWords,
    came_to,
    count_to_check,
    fold,
    public_words,
    signature,
    usable,
    uses_covered,
    without_consent,
    words_in,
)
from hubs.models import Hub
from participants.models import MarkStatus, Participant, Purpose
from tests import factories

NOW = factories.london(2019, 5, 20, 12)
HOUR = dt.timedelta(hours=1)
TODAY = dt.date(2019, 5, 20)
PAGES = ("/community/normanton/", "/story-so-far/")


@pytest.fixture
def hub() -> Hub:
    ward = factories.make_ward(name="Normanton", slug="normanton")
    return factories.make_hub(name="Normanton", slug="normanton", ward=ward)


def make_child(hub: Hub, *purposes: Purpose, **fields: Any) -> Participant:
    child = factories.make_participant(hub=hub, **fields)
    for purpose in purposes or (Purpose.WORDS_REPORTS, Purpose.WORDS_PUBLIC):
        factories.make_consent(child, purpose)
    return child


def make_ready(hub: Hub, child: Participant | None = None, **fields: Any) -> Quote:
    """Words that may be used: checked, and with consent for both uses."""
    child = child or make_child(hub)
    return factories.make_quote(child, hub=hub, **({"checked_at": NOW} | fields))


def in_public(quote: Quote) -> PublicWords:
    return PublicWords(quote.words, quote.attribution)


def make_leaks(hub: Hub) -> None:
    """Words that may stand nowhere in public, each for one reason of its own."""
    leak: dict[str, Any] = {"words": "LEAK"}
    make_ready(hub, checked_at=None, **leak)
    make_ready(hub, taken_out_at=NOW, taken_out_why="Why.", **leak)
    make_ready(hub, uses=["reports"], **leak)
    make_ready(hub, make_child(hub, Purpose.WORDS_REPORTS), **leak)
    make_ready(hub, make_child(hub, Purpose.PHOTOGRAPHS_PUBLIC), **leak)
    make_ready(hub, factories.make_participant(hub=hub), **leak)
    ended = make_child(hub)
    factories.make_consent(ended, Purpose.WORDS_PUBLIC, is_given=False, at=NOW - HOUR)
    make_ready(hub, ended, **leak)
    merged = make_child(hub, merged_into=ended)
    make_ready(hub, merged, **leak)
    make_ready(hub, make_child(hub, restricted_at=NOW), **leak)
    make_ready(hub, make_child(hub, objected_at=NOW), **leak)


@pytest.mark.django_db
class TestUsable:
    def test_none_that_may_not_be_used(self, hub: Hub) -> None:
        make_leaks(hub)
        shown = make_ready(hub)
        assert usable(QuoteUse.PUBLIC) == [shown]
        assert usable(QuoteUse.PUBLIC, hub=hub) == [shown]
        assert public_words() == [in_public(shown)]
        assert public_words([hub]) == [in_public(shown)]

    def test_each_use_by_itself(self, hub: Hub) -> None:
        reports = make_ready(hub, make_child(hub, Purpose.WORDS_REPORTS))
        public = make_ready(hub, make_child(hub, Purpose.WORDS_PUBLIC))
        assert usable(QuoteUse.REPORTS) == [reports]
        assert usable(QuoteUse.PUBLIC) == [public]

    def test_narrowed(self, hub: Hub) -> None:
        activity = factories.make_activity(hub=hub)
        of_activity = make_ready(hub, activity=activity)
        of_skill = make_ready(hub, skills=["empathy", "curiosity"])
        elsewhere = make_ready(factories.make_hub())
        assert set(usable(QuoteUse.REPORTS)) == {of_activity, of_skill, elsewhere}
        assert usable(QuoteUse.REPORTS, programme=activity.programme) == [of_activity]
        assert usable(QuoteUse.REPORTS, hub=elsewhere.hub) == [elsewhere]
        assert usable(QuoteUse.REPORTS, skill=Skill.CURIOSITY) == [of_skill]
        assert usable(QuoteUse.REPORTS, hub=hub, skill=Skill.RESILIENCE) == []

    @pytest.mark.parametrize("number", [1, 3])
    def test_two_queries(
        self, hub: Hub, number: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(number):
            make_ready(hub, activity=factories.make_activity(hub=hub))
        with django_assert_num_queries(2):
            found = usable(QuoteUse.REPORTS)
            assert [str(each.hub.ward) + str(each.activity) for each in found]
        assert len(found) == number

    def test_without_consent(self, hub: Hub) -> None:
        make_ready(hub)
        bare = make_ready(hub, factories.make_participant(hub=hub))
        half = make_ready(hub, make_child(hub, Purpose.WORDS_REPORTS))
        assert without_consent(Quote.objects.all()) == {bare.pk}
        assert uses_covered(half.participant) == [QuoteUse.REPORTS]

    def test_to_check_by_somebody_else(self, hub: Hub) -> None:
        trust = factories.make_user(Role.TRUST_STAFF)
        lead = factories.make_user(Role.HUB_LEAD, hubs=(hub,))
        make_ready(hub, checked_at=None)
        make_ready(hub, checked_at=None, recorded_by=trust)
        make_ready(hub, checked_at=None, edited_by=trust)
        make_ready(hub, checked_at=None, taken_out_at=NOW)
        make_ready(hub)
        assert count_to_check(trust) == 1
        assert count_to_check(lead) == 0


@pytest.mark.django_db
class TestPublicWords:
    def test_words_only_the_newest_one_of_a_person_three_at_most(self, hub: Hub) -> None:
        children = [make_child(hub) for _ in range(4)]
        found = [
            make_ready(hub, child, said_on=TODAY - dt.timedelta(days=day))
            for day, child in enumerate(children)
        ]
        make_ready(hub, children[0], said_on=TODAY - dt.timedelta(days=9))
        make_ready(hub, kind=QuoteKind.CASE_STUDY, said_on=TODAY)
        assert public_words([hub]) == [in_public(each) for each in found[:3]]

    def test_a_place_shows_its_own_and_nobody_who_is_hidden(self, hub: Hub) -> None:
        make_ready(factories.make_hub())
        hidden = make_ready(hub, make_child(hub, is_address_hidden=True))
        assert public_words([hub]) == []
        assert public_words([]) == []
        assert in_public(hidden) in public_words()

    def test_where_somebody_is_goes_from_every_page_once_it_is_hidden(self, hub: Hub) -> None:
        child = make_child(hub)
        told = make_ready(hub, child, attribution="aged 8 to 12, Normanton")
        assert public_words() == [in_public(told)]
        Participant.objects.filter(pk=child.pk).update(is_address_hidden=True)
        assert public_words() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("pages_are_kept")
class TestPages:
    @pytest.mark.parametrize("edition", ["", "/en-easy", "/pl", "/ur"])
    @pytest.mark.parametrize("page", PAGES)
    def test_what_the_public_reads(self, client: Client, hub: Hub, edition: str, page: str) -> None:
        make_leaks(hub)
        make_ready(hub, words="I stood on <b>a</b> stage.", attribution="aged 8 to 12, Normanton")
        shown = client.get(edition + page).content.decode()
        assert "I stood on &lt;b&gt;a&lt;/b&gt; stage." in shown
        assert "aged 8 to 12, Normanton" in shown
        assert '<blockquote class="own-words__said" lang="en-GB"' in shown
        assert "LEAK" not in shown
        assert "Sample" not in shown

    def test_where_there_is_none_nothing_is_said(self, client: Client, hub: Hub) -> None:
        make_leaks(hub)
        for address in PAGES:
            assert "own words" not in client.get(address).content.decode()

    @pytest.mark.parametrize("end", ["consent", "restrict", "object", "merge", "check", "hide"])
    def test_a_kept_page_forgets_at_once(self, client: Client, hub: Hub, end: str) -> None:
        child = make_child(hub)
        quote = make_ready(hub, child, words="GONE SOON")
        address = PAGES[0]
        for _ in range(2):
            assert "GONE SOON" in client.get(address).content.decode()
        if end == "consent":
            factories.make_consent(child, Purpose.WORDS_PUBLIC, is_given=False, at=NOW)
        elif end == "merge":
            root = factories.make_participant(hub=hub)
            factories.make_consent(root, Purpose.WORDS_PUBLIC, is_given=False, at=NOW)
            Participant.objects.filter(pk=child.pk).update(merged_into=root)
        elif end == "check":
            Quote.objects.filter(pk=quote.pk).update(checked_at=None, checked_by=None)
        else:
            fields = {"restrict": "restricted_at", "object": "objected_at"}
            field = fields.get(end, "is_address_hidden")
            Participant.objects.filter(pk=child.pk).update(
                **{field: True if end == "hide" else NOW}
            )
        assert "GONE SOON" not in client.get(address).content.decode()

    def test_other_changes_of_people_keep_pages(self, hub: Hub) -> None:
        child = make_child(hub)
        before = changes().number
        Participant.objects.filter(pk=child.pk).update(known_as="Other")
        child.save()
        factories.make_consent(child, Purpose.SURVEYS)
        factories.make_participant(hub=hub)
        assert changes().number == before


@pytest.mark.django_db
class TestSignature:
    def test_an_age_band_where_enough_are_in_it(self, hub: Hub) -> None:
        child = factories.make_participant(
            hub=hub, family_name="Sampleton", birth_date=dt.date(2008, 6, 1)
        )
        others = [
            factories.make_participant(hub=hub, birth_date=dt.date(2009, 1, 1))
            for _ in range(FEWEST_ALIKE - 2)
        ]
        # Not in the band, not of the hub, or somebody who is counted already.
        factories.make_participant(hub=hub, birth_date=dt.date(2006, 5, 20))
        factories.make_participant(birth_date=dt.date(2009, 1, 1))
        factories.make_participant(hub=hub, birth_date=dt.date(2009, 1, 1), merged_into=others[0])
        assert signature(child, hub, TODAY) == "a young person, Normanton"
        factories.make_participant(hub=hub, birth_date=dt.date(2006, 5, 21))
        assert signature(child, hub, TODAY) == "aged 8 to 12, Normanton"

    def test_without_a_date_of_birth(self, hub: Hub) -> None:
        child = factories.make_participant(hub=hub, family_name="Sampleton", birth_date=None)
        assert signature(child, hub, TODAY) == "a young person, Normanton"

    def test_never_a_name_nor_where_a_hidden_child_is(self, hub: Hub) -> None:
        named = factories.make_participant(hub=hub, family_name="Normanton")
        assert signature(named, hub, TODAY) == "a young person"
        hidden = factories.make_participant(
            hub=hub, family_name="Sampleton", is_address_hidden=True
        )
        assert signature(hidden, hub, TODAY) == "a young person"

    @pytest.mark.parametrize("name", ["Young", "Person"])
    def test_some_names_are_words(self, hub: Hub, name: str) -> None:
        child = factories.make_participant(hub=hub, family_name=name)
        assert signature(child, hub, TODAY) == "somebody who takes part, Normanton"

    def test_the_send_hub_is_not_named(self) -> None:
        hub = factories.make_hub(kind="send", name="SEND")
        child = factories.make_participant(hub=hub, family_name="Sampleton")
        assert signature(child, hub, TODAY) == "a young person, Derby"

    def test_the_bands_are_those_of_reports(self) -> None:
        assert BANDS == AGE_BANDS


@pytest.mark.django_db
def test_young_people_who_came(hub: Hub) -> None:
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    came = make_child(hub, Purpose.WORDS_PUBLIC, given_name="A")
    helper = factories.make_participant(hub=hub, given_name="B")
    factories.make_attendance(session, came)
    factories.make_attendance(session, helper, role="volunteer")
    factories.make_attendance(session, role="practitioner")
    factories.make_attendance(session, status=MarkStatus.ABSENT)
    assert came_to(session) == [(came, [QuoteUse.PUBLIC]), (helper, [])]


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Mary-Jane O\u2019Neill!", ["mary", "jane", "o", "neill"]),
            ("ZOË zoe\u0308", ["zoe", "zoe"]),
            ("ਸਿਮਰਨ, ਜੀ", ["ਸਿਮਰਨ", "ਜੀ"]),
            ("", []),
        ],
    )
    def test_parts(self, text: str, words: list[str]) -> None:
        assert words_in(text) == words

    @given(st.text())
    def test_folding_twice_is_folding_once(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @given(st.text(), st.text())
    def test_words_do_not_depend_on_their_neighbours(self, one: str, other: str) -> None:
        assert words_in(f"{one} . {other}") == words_in(one) + words_in(other)
