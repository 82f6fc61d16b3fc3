"""Words of young people: written down with consent, read by two, and out when consent ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Skill
from evaluation.models import Quote, QuoteKind, QuoteUse
from evaluation.queries.quotes import usable
from evaluation.services.quotes import (
    EXACT_AGE,
    HIDDEN,
    IS_OUT,
    NAME_IN_SIGNATURE,
    OVERTAKEN,
    WITHDRAWN,
    NamesFoundError,
    Said,
    change_quote,
    check_quote,
    record_quote,
    take_out,
    take_out_uncovered,
)
from hubs.models import Hub
from participants.models import (
    ConsentHow,
    ParentLinkPurpose,
    Participant,
    Purpose,
    Relationship,
)
from participants.services.consents import record_consents, withdraw
from participants.services.errors import RecordError
from participants.services.merging import merge
from participants.services.parent_links import make_link
from participants.services.rights import (
    bring_back_to_evaluation,
    end_restriction,
    leave_out_of_evaluation,
    restrict,
)
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 5, 20, 12)
HOUR = dt.timedelta(hours=1)
BOTH = (Purpose.WORDS_REPORTS, Purpose.WORDS_PUBLIC)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Normanton", ward=factories.make_ward(name="Normanton"))


@pytest.fixture
def child(hub: Hub) -> Participant:
    person = factories.make_participant(hub=hub, given_name="Comet", family_name="Sampleton")
    for purpose in BOTH:
        factories.make_consent(person, purpose)
    return person


@pytest.fixture
def coordinator(hub: Hub) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def trust() -> User:
    return factories.make_user(Role.TRUST_STAFF)


def said(hub: Hub, **fields: Any) -> Said:
    defaults: dict[str, Any] = {
        "kind": QuoteKind.WORDS,
        "words": "I never thought I could stand on a stage.",
        "attribution": "aged 8 to 12, Normanton",
        "hub": hub,
        "uses": (QuoteUse.REPORTS, QuoteUse.PUBLIC),
        "said_on": dt.date(2019, 5, 14),
    }
    return Said(**(defaults | fields))


def written(child: Participant, by: User, hub: Hub, **fields: Any) -> Quote:
    return record_quote(person=child, said=said(hub, **fields), by=by, now=NOW)


def checked(child: Participant, by: User, hub: Hub, **fields: Any) -> Quote:
    quote = written(child, by, hub, **fields)
    reader = factories.make_user(Role.TRUST_STAFF)
    return check_quote(quote=quote, version=quote.version, by=reader, now=NOW)


def trail(quote: Quote) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(object_id=quote.pk).order_by("pk")
    return list(entries.values_list("kind", "reason"))


class TestRecord:
    def test_the_words_are_kept_as_they_were_said(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        activity = factories.make_activity(hub=hub)
        quote = written(
            child,
            coordinator,
            hub,
            words="  it were dead good, me and my mate done it  ",
            skills=(Skill.CURIOSITY, Skill.RESILIENCE),
            activity=activity,
            uses=(QuoteUse.PUBLIC,),
        )
        quote.refresh_from_db()
        assert quote.words == "it were dead good, me and my mate done it"
        assert quote.skills == ["resilience", "curiosity"]
        assert (quote.uses, quote.activity, quote.participant) == (["public"], activity, child)
        assert (quote.recorded_by, quote.recorded_at) == (coordinator, NOW)
        assert quote.checked_at is None
        assert trail(quote) == [(AuditKind.QUOTE_RECORDED, "")]

    @pytest.mark.parametrize(
        ("roles", "at_hub", "may"),
        [
            ((Role.COORDINATOR,), True, True),
            ((Role.HUB_LEAD,), True, True),
            ((Role.TRUST_STAFF,), False, True),
            ((Role.COORDINATOR,), False, False),
            ((Role.EVALUATOR,), False, False),
            ((Role.SAFEGUARDING_LEAD,), False, False),
            ((Role.ADMINISTRATOR,), False, False),
        ],
    )
    def test_who_may(
        self, child: Participant, hub: Hub, roles: tuple[Role, ...], at_hub: bool, may: bool
    ) -> None:
        by = factories.make_user(*roles, hubs=(hub if at_hub else factories.make_hub(),))
        if may:
            assert written(child, by, hub).recorded_by == by
        else:
            with pytest.raises(PermissionDenied):
                written(child, by, hub)

    def test_only_of_a_hub_where_they_belong(self, child: Participant, trust: User) -> None:
        with pytest.raises(PermissionDenied):
            written(child, trust, factories.make_hub())

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"words": " "}, "Write down"),
            ({"uses": ()}, "Write down"),
            ({"said_on": dt.date(2019, 5, 21)}, "future"),
            ({"attribution": " "}, "how it is signed"),
            ({"attribution": "Comet, Normanton"}, NAME_IN_SIGNATURE),
            ({"attribution": "Miss SAMPLETON"}, NAME_IN_SIGNATURE),
            ({"attribution": "Cömet\u2019s friend"}, NAME_IN_SIGNATURE),
            ({"attribution": "aged 11, Normanton"}, EXACT_AGE),
            ({"attribution": "aged 11 to 12, Normanton"}, EXACT_AGE),
            ({"attribution": "aged 8 to 12, 47 Church Street"}, EXACT_AGE),
        ],
    )
    def test_what_is_refused(
        self, child: Participant, coordinator: User, hub: Hub, fields: dict[str, Any], why: str
    ) -> None:
        with pytest.raises(RecordError, match=why):
            written(child, coordinator, hub, **fields)
        assert not Quote.objects.exists()

    def test_a_hidden_child_is_signed_without_an_area(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        child.is_address_hidden = True
        child.save()
        with pytest.raises(RecordError, match=HIDDEN):
            written(child, coordinator, hub)
        assert written(child, coordinator, hub, attribution="aged 8 to 12").pk

    def test_another_hubs_activity_is_refused(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        with pytest.raises(RecordError, match="not of that hub"):
            written(child, coordinator, hub, activity=factories.make_activity())

    def test_each_use_needs_its_own_consent(self, coordinator: User, hub: Hub) -> None:
        child = factories.make_participant(hub=hub)
        factories.make_consent(child, Purpose.WORDS_REPORTS)
        # Consent for something else covers none of this.
        factories.make_consent(child, Purpose.PHOTOGRAPHS_PUBLIC)
        with pytest.raises(RecordError, match="on the website and in the press"):
            written(child, coordinator, hub)
        assert written(child, coordinator, hub, uses=(QuoteUse.REPORTS,)).uses == ["reports"]

    @pytest.mark.parametrize("field", ["restricted_at", "anonymised_at"])
    def test_nothing_of_a_record_that_is_not_used(
        self, child: Participant, trust: User, hub: Hub, field: str
    ) -> None:
        Participant.objects.filter(pk=child.pk).update(**{field: NOW})
        with pytest.raises(RecordError, match="kept and not used"):
            written(child, trust, hub)

    def test_it_is_the_roots_whatever_record_was_named(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        old = factories.make_participant(merged_into=child, given_name="Kite")
        quote = written(old, coordinator, hub)
        assert quote.participant == child
        with pytest.raises(RecordError, match=NAME_IN_SIGNATURE):
            written(child, coordinator, hub, attribution="Kite")


class TestNames:
    @pytest.mark.parametrize(
        ("words", "names"),
        [
            ("Comet is what they call me", ["Comet"]),
            ("they call me comet", ["comet"]),
            ("Mrs Sampleton shouted", ["Sampleton"]),
            ("I sat by Grace\u2019s brother", ["Grace"]),
            ("we said grace first", []),
            ("Me and María did it, MARÍA won", ["María", "MARÍA"]),
            ("I sat with ਸਿਮਰਨ", ["ਸਿਮਰਨ"]),
            ("I sat with my friend", []),
        ],
    )
    def test_names_are_asked_about(
        self, child: Participant, coordinator: User, hub: Hub, words: str, names: list[str]
    ) -> None:
        for given in ("Grace", "Maria", "ਸਿਮਰਨ"):
            factories.make_participant(hub=hub, given_name=given)
        factories.make_participant(hub=factories.make_hub(), given_name="Friend")
        if not names:
            assert written(child, coordinator, hub, words=words).words == words
            return
        with pytest.raises(NamesFoundError) as error:
            written(child, coordinator, hub, words=words)
        assert error.value.names == names
        assert not Quote.objects.exists()

    def test_somebody_may_say_that_it_is_none(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = record_quote(
            person=child,
            said=said(hub, words="I saw a comet"),
            by=coordinator,
            now=NOW,
            names_are_fine=True,
        )
        assert quote.words == "I saw a comet"


class TestCheck:
    def test_a_second_person_does(
        self, child: Participant, coordinator: User, trust: User, hub: Hub
    ) -> None:
        quote = written(child, coordinator, hub)
        assert usable(QuoteUse.PUBLIC) == []
        quote = check_quote(quote=quote, version=quote.version, by=trust, now=NOW)
        assert (quote.checked_by, quote.checked_at) == (trust, NOW)
        assert usable(QuoteUse.PUBLIC) == [quote]
        check_quote(quote=quote, version=quote.version, by=trust, now=NOW + HOUR)
        assert [kind for kind, _ in trail(quote)] == [
            AuditKind.QUOTE_RECORDED,
            AuditKind.QUOTE_CHECKED,
        ]

    def test_nobody_checks_their_own(self, child: Participant, trust: User, hub: Hub) -> None:
        quote = written(child, trust, hub)
        with pytest.raises(PermissionDenied):
            check_quote(quote=quote, version=quote.version, by=trust, now=NOW)

    def test_nor_what_they_changed(
        self, child: Participant, coordinator: User, trust: User, hub: Hub
    ) -> None:
        quote = written(child, coordinator, hub)
        quote = change_quote(
            quote=quote, said=said(hub, words="Good."), version=quote.version, by=trust, now=NOW
        )
        with pytest.raises(PermissionDenied):
            check_quote(quote=quote, version=quote.version, by=trust, now=NOW)

    def test_a_coordinator_does_not(self, child: Participant, trust: User, hub: Hub) -> None:
        quote = written(child, trust, hub)
        other = factories.make_user(Role.COORDINATOR, hubs=(hub,))
        with pytest.raises(PermissionDenied):
            check_quote(quote=quote, version=quote.version, by=other, now=NOW)

    def test_the_database_knows_too(self, child: Participant, trust: User, hub: Hub) -> None:
        quote = written(child, trust, hub)
        with pytest.raises(IntegrityError), transaction.atomic():
            Quote.objects.filter(pk=quote.pk).update(checked_by=trust, checked_at=NOW)

    def test_words_that_changed_meanwhile_are_read_again(
        self, child: Participant, coordinator: User, trust: User, hub: Hub
    ) -> None:
        quote = written(child, coordinator, hub)
        read = quote.version
        change_quote(
            quote=quote, said=said(hub, words="Bad."), version=read, by=coordinator, now=NOW
        )
        with pytest.raises(RecordError, match=OVERTAKEN):
            check_quote(quote=quote, version=read, by=trust, now=NOW)

    def test_not_where_consent_covers_nothing(
        self, child: Participant, coordinator: User, trust: User, hub: Hub
    ) -> None:
        quote = written(child, coordinator, hub)
        Participant.objects.filter(pk=child.pk).update(restricted_at=NOW)
        with pytest.raises(RecordError, match="No consent"):
            check_quote(quote=quote, version=quote.version, by=trust, now=NOW)


class TestChange:
    def test_it_takes_the_check_back(self, child: Participant, coordinator: User, hub: Hub) -> None:
        quote = checked(child, coordinator, hub)
        quote = change_quote(
            quote=quote,
            said=said(hub, words="Other words."),
            version=quote.version,
            by=coordinator,
            now=NOW + HOUR,
        )
        quote.refresh_from_db()
        assert (quote.words, quote.checked_by, quote.checked_at) == ("Other words.", None, None)
        assert (quote.edited_by, quote.edited_at) == (coordinator, NOW + HOUR)
        assert usable(QuoteUse.PUBLIC) == []
        assert trail(quote)[-1] == (
            AuditKind.QUOTE_RECORDED,
            "changed; its check is taken back",
        )

    def test_nothing_changed_is_no_change(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        same = change_quote(
            quote=quote, said=said(hub), version=quote.version, by=coordinator, now=NOW
        )
        assert same.checked_at == NOW
        assert same.edited_by is None

    def test_not_over_somebody_elses(
        self, child: Participant, coordinator: User, trust: User, hub: Hub
    ) -> None:
        quote = written(child, coordinator, hub)
        read = quote.version
        change_quote(quote=quote, said=said(hub, words="One."), version=read, by=trust, now=NOW)
        with pytest.raises(RecordError, match=OVERTAKEN):
            change_quote(
                quote=quote, said=said(hub, words="Two."), version=read, by=coordinator, now=NOW
            )

    def test_strangers_do_not(self, child: Participant, coordinator: User, hub: Hub) -> None:
        quote = written(child, coordinator, hub)
        other = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
        with pytest.raises(PermissionDenied):
            change_quote(quote=quote, said=said(hub), version=quote.version, by=other, now=NOW)
        with pytest.raises(PermissionDenied):
            take_out(quote=quote, why="Mine", by=other, now=NOW)


class TestTakeOut:
    def test_for_a_reason_and_for_good(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        with pytest.raises(RecordError, match="Say why"):
            take_out(quote=quote, why=" ", by=coordinator, now=NOW)
        quote = take_out(quote=quote, why="She asked us.", by=coordinator, now=NOW)
        take_out(quote=quote, why="Again.", by=coordinator, now=NOW + HOUR)
        quote.refresh_from_db()
        assert (quote.taken_out_at, quote.taken_out_by) == (NOW, coordinator)
        assert (quote.taken_out_why, quote.words) == (
            "She asked us.",
            "I never thought I could stand on a stage.",
        )
        assert usable(QuoteUse.PUBLIC) == []
        # The reason may tell of somebody: it stays out of the trail.
        assert trail(quote)[-1] == (AuditKind.QUOTE_TAKEN_OUT, "")
        with pytest.raises(RecordError, match=IS_OUT):
            change_quote(
                quote=quote, said=said(hub), version=quote.version, by=coordinator, now=NOW
            )


def say(person: Participant, by: User, at: dt.datetime = NOW, **answers: bool) -> None:
    record_consents(
        person=person,
        answers={Purpose(name): is_given for name, is_given in answers.items()},
        answered_by="Bramble Sample",
        relationship=Relationship.MOTHER,
        how=ConsentHow.PHONE,
        now=at,
        by=by,
    )


class TestConsentEnds:
    def test_one_of_two_uses_comes_off(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        say(child, coordinator, words_public=False)
        quote.refresh_from_db()
        assert (quote.uses, quote.taken_out_at) == (["reports"], None)
        assert usable(QuoteUse.PUBLIC) == []
        assert usable(QuoteUse.REPORTS) == [quote]
        # A new yes brings no use back that somebody said no to.
        say(child, coordinator, NOW + HOUR, words_public=True)
        assert usable(QuoteUse.PUBLIC) == []

    def test_the_last_use_takes_it_out(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        say(child, coordinator, words_public=False, words_reports=False)
        quote.refresh_from_db()
        assert quote.uses == []
        assert quote.taken_out_at is not None
        assert (quote.taken_out_by, quote.taken_out_why) == (None, WITHDRAWN)
        assert trail(quote)[-1] == (AuditKind.QUOTE_TAKEN_OUT, WITHDRAWN)
        say(child, coordinator, NOW + HOUR, words_public=True, words_reports=True)
        assert usable(QuoteUse.REPORTS) == []

    def test_another_consent_changes_nothing(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        say(child, coordinator, surveys=True, messages=True)
        say(child, coordinator, NOW + HOUR, surveys=False, messages=False)
        assert usable(QuoteUse.PUBLIC) == [quote]
        assert usable(QuoteUse.REPORTS) == [quote]

    def test_by_a_parents_link(self, child: Participant, coordinator: User, hub: Hub) -> None:
        quote = checked(child, coordinator, hub)
        link, _ = make_link(
            person=child, purpose=ParentLinkPurpose.CONSENT, by=coordinator, now=NOW
        )
        withdraw(
            person=child,
            purposes=BOTH,
            answered_by="Bramble Sample",
            relationship=Relationship.MOTHER,
            how=ConsentHow.LINK,
            now=NOW,
            link=link,
        )
        quote.refresh_from_db()
        assert (quote.uses, quote.taken_out_why) == ([], WITHDRAWN)

    def test_said_of_one_record_and_taken_back_of_another(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        old = factories.make_participant(hub=hub, merged_into=child)
        quote = factories.make_quote(old, hub=hub, by=coordinator, checked_at=NOW)
        assert usable(QuoteUse.PUBLIC) == [quote]
        say(child, coordinator, words_public=False)
        quote.refresh_from_db()
        assert quote.uses == ["reports"]

    def test_a_merge_with_somebody_who_said_no(
        self, child: Participant, coordinator: User, trust: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        twin = factories.make_participant(hub=hub)
        factories.make_consent(twin, Purpose.WORDS_PUBLIC, is_given=False, at=NOW - HOUR)
        merge(record=child, into=twin, take=(), by=trust, now=NOW)
        assert usable(QuoteUse.PUBLIC) == []
        assert usable(QuoteUse.REPORTS) == [quote]

    def test_restricted_or_objected_they_rest_and_come_back(
        self, child: Participant, coordinator: User, trust: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        ways: list[tuple[Callable[..., None], Callable[..., None]]] = [
            (restrict, end_restriction),
            (leave_out_of_evaluation, bring_back_to_evaluation),
        ]
        for begin, end in ways:
            begin(person=child, why="As asked.", by=trust, now=NOW)
            assert usable(QuoteUse.PUBLIC) == usable(QuoteUse.REPORTS) == []
            assert take_out_uncovered([child.pk], now=NOW) == 0
            end(person=child, why="As asked.", by=trust)
            assert usable(QuoteUse.PUBLIC) == usable(QuoteUse.REPORTS) == [quote]

    def test_a_no_to_one_use_leaves_the_other_of_a_restricted_record(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        Participant.objects.filter(pk=child.pk).update(restricted_at=NOW)
        child.refresh_from_db()
        say(child, coordinator, words_public=False)
        Participant.objects.filter(pk=child.pk).update(restricted_at=None)
        quote.refresh_from_db()
        assert (quote.uses, quote.taken_out_at) == (["reports"], None)

    def test_how_many_changed(self, child: Participant, coordinator: User, hub: Hub) -> None:
        for _ in range(2):
            checked(child, coordinator, hub)
        other = factories.make_participant(hub=hub)
        factories.make_consent(other, Purpose.WORDS_PUBLIC)
        kept = factories.make_quote(other, hub=hub, uses=["public"], checked_at=NOW)
        factories.make_consent(child, Purpose.WORDS_PUBLIC, is_given=False, at=NOW)
        assert take_out_uncovered([child.pk], now=NOW) == 2
        assert take_out_uncovered([child.pk], now=NOW) == 0
        assert take_out_uncovered([other.pk], now=NOW) == 0
        assert usable(QuoteUse.PUBLIC) == [kept]

    def test_what_was_taken_out_stays_as_it_is(
        self, child: Participant, coordinator: User, hub: Hub
    ) -> None:
        quote = checked(child, coordinator, hub)
        take_out(quote=quote, why="A reason.", by=coordinator, now=NOW)
        say(child, coordinator, words_public=False, words_reports=False)
        quote.refresh_from_db()
        assert (quote.taken_out_why, quote.uses) == ("A reason.", ["reports", "public"])
