"""What is kept of two taps and an idea, what staff may do with it, and how it is counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, AuditKind, Role
from activities.models import (
    Feedback,
    Mood,
    NextWish,
    SaidDid,
    Session,
    Suggestion,
    SuggestionState,
)
from activities.queries import feedback as queries
from activities.services import feedback as services
from activities.services.errors import (
    ChangedMeanwhileError,
    NotOpenError,
    NotReadError,
    NoWordsError,
)
from hubs.wording import EASY_READ, SOURCE, Edition
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
POLISH = Edition("pl")


@pytest.fixture
def session(now: dt.datetime) -> Session:
    """On since half an hour, for an hour yet."""
    return factories.make_session(starts_at=now - 30 * MINUTE)


def answer(session: Session, *moods: Mood, wish: NextWish | None = None) -> None:
    Feedback.objects.bulk_create(
        Feedback(session=session, mood=mood, wish=wish or "") for mood in moods
    )


def coordinator(session: Session) -> Any:
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


# --- Two taps ----------------------------------------------------------------------------------


def test_it_is_open_from_the_start_to_three_days_after_the_end(
    session: Session, now: dt.datetime
) -> None:
    starts, ends = session.starts_at, session.ends_at
    asked = {
        starts - dt.timedelta(seconds=1): "early",
        starts: "open",
        ends + 3 * DAY - dt.timedelta(seconds=1): "open",
        ends + 3 * DAY: "late",
    }
    assert {at: queries.opening_of(session, at).value for at in asked} == asked
    session.cancelled_at = now
    assert {queries.opening_of(session, at).value for at in asked} == {"cancelled"}


def test_the_answer_and_the_hour_are_kept_and_nothing_else(session: Session) -> None:
    at = factories.london(2019, 5, 14, 17, 29).replace(second=41, microsecond=7)
    row, _ = services.tell_mood(session=session, mood=Mood.GOOD, now=at)
    row.refresh_from_db()
    assert (row.mood, row.wish) == (4, "")
    assert row.given_at == factories.london(2019, 5, 14, 17)
    fields = {field.name for field in Feedback._meta.fields}
    assert fields == {"id", "session", "mood", "wish", "given_at"}
    assert not AuditEntry.objects.exists()


def test_the_second_tap_completes_the_same_row(session: Session, now: dt.datetime) -> None:
    other, _ = services.tell_mood(session=session, mood=Mood.AWFUL, now=now)
    row, secret = services.tell_mood(session=session, mood=Mood.GOOD, now=now)
    told = {"session": session, "secret": secret, "now": now + MINUTE}
    services.tell_wish(**told, wish=NextWish.LONGER)
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.mood, row.wish, other.wish) == (4, "longer", "")
    services.tell_wish(**told, wish=None)
    row.refresh_from_db()
    assert row.wish == ""
    assert Feedback.objects.count() == 2


@pytest.mark.parametrize("change", ["letter", "session", "late", "future", "none", "long"])
def test_a_secret_that_is_none_adds_nothing(
    session: Session, now: dt.datetime, change: str
) -> None:
    row, secret = services.tell_mood(session=session, mood=Mood.GOOD, now=now)
    at, where = now, session
    if change == "letter":
        secret = ("1" if secret[0] == "0" else "0") + secret[1:]
    elif change == "session":
        where = factories.make_session(activity=session.activity, starts_at=session.starts_at)
    elif change == "late":
        at = now + services.SECOND_TAP + dt.timedelta(seconds=1)
    elif change == "future":
        at = now - MINUTE
    else:
        secret = "" if change == "none" else "x" * 200
    with pytest.raises(NotOpenError):
        services.tell_wish(session=where, secret=secret, wish=NextWish.NEW, now=at)
    row.refresh_from_db()
    assert row.wish == ""


@pytest.mark.parametrize("fields", [{"cancelled_at": dt.datetime(2019, 5, 1, tzinfo=dt.UTC)}, {}])
def test_nobody_says_how_it_was_where_it_is_closed(
    now: dt.datetime, fields: dict[str, Any]
) -> None:
    starts_at = now - 30 * MINUTE if fields else now + MINUTE
    shut = factories.make_session(starts_at=starts_at, **fields)
    with pytest.raises(NotOpenError):
        services.tell_mood(session=shut, mood=Mood.GOOD, now=now)
    with pytest.raises(NotOpenError):
        services.suggest(session=shut, words="More", now=now)
    assert not Feedback.objects.exists()
    assert not Suggestion.objects.exists()


TAPS = st.lists(
    st.one_of(
        st.tuples(st.just("mood"), st.sampled_from(Mood)),
        st.tuples(
            st.just("wish"),
            st.tuples(st.integers(0, 5), st.sampled_from([None, *NextWish]), st.integers(0, 40)),
        ),
    ),
    max_size=12,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(taps=TAPS)
def test_any_taps_and_replays_make_a_row_a_first_tap_and_a_wish_of_the_six(
    session: Session, now: dt.datetime, taps: list[Any]
) -> None:
    Feedback.objects.all().delete()
    expected: dict[Any, list[Any]] = {}
    secrets: list[tuple[Any, str]] = []
    for act, what in taps:
        if act == "mood":
            row, secret = services.tell_mood(session=session, mood=what, now=now)
            expected[row.pk] = [what, ""]
            secrets.append((row.pk, secret))
            continue
        number, wish, minutes = what
        pk, secret = secrets[number] if number < len(secrets) else (None, "made up")
        told = {"session": session, "secret": secret, "wish": wish, "now": now + minutes * MINUTE}
        if pk is None or minutes > 15:
            with pytest.raises(NotOpenError):
                services.tell_wish(**told)
        else:
            services.tell_wish(**told)
            expected[pk][1] = wish or ""
    kept = {row.pk: [row.mood, row.wish] for row in Feedback.objects.all()}
    assert kept == expected


def test_the_database_knows_the_faces_and_the_wishes(session: Session) -> None:
    for fields in ({"mood": 6}, {"mood": 0}, {"mood": 3, "wish": "pizza"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Feedback.objects.create(session=session, **fields)


# --- Counting ----------------------------------------------------------------------------------


def test_below_five_answers_nothing_is_told_of_a_session_nor_by_subtracting(
    session: Session, now: dt.datetime
) -> None:
    small = factories.make_session(activity=session.activity, starts_at=now - DAY)
    answer(session, *[Mood.GOOD] * 3, Mood.OKAY, Mood.BRILLIANT, wish=NextWish.NEW)
    answer(small, *[Mood.AWFUL] * 4)
    rows = {each.pk: each for each in queries.answered(Session.objects.all())}
    large = queries.answers_of(rows[session.pk]).spread
    assert [(bar.label, bar.count, bar.length) for bar in large.moods] == [
        ("Brilliant", 1, 20), ("Good", 3, 60), ("OK", 1, 20), ("Not good", 0, 0), ("Awful", 0, 0),
    ]  # fmt: skip
    assert {bar.value: bar.count for bar in large.wishes if bar.count} == {"new": 5}
    hidden = queries.answers_of(rows[small.pk]).spread
    assert (hidden.is_shown, hidden.moods, hidden.wishes) == (False, (), ())
    totals = queries.totals_of(Session.objects.all())
    assert (totals.spread, totals.sessions, totals.left_out) == (large, 1, 1)


def test_feedback_of_a_programme_and_a_period(
    now: dt.datetime, django_assert_num_queries: Any
) -> None:
    first = factories.make_session(starts_at=factories.london(2019, 5, 1, 0))
    programme = first.activity.programme
    last = factories.make_session(
        activity=first.activity, starts_at=factories.london(2019, 5, 31, 23)
    )
    few = factories.make_session(activity=first.activity, starts_at=now)
    after = factories.make_session(
        activity=first.activity, starts_at=factories.london(2019, 6, 1, 0)
    )
    elsewhere = factories.make_session(starts_at=now)
    answer(first, *[Mood.GOOD] * 5)
    answer(last, *[Mood.NOT_GOOD] * 6)
    answer(few, *[Mood.AWFUL] * 4)
    answer(after, *[Mood.AWFUL] * 7)
    answer(elsewhere, *[Mood.AWFUL] * 8)
    with django_assert_num_queries(2):
        found = queries.feedback_of(programme, dt.date(2019, 5, 1), dt.date(2019, 5, 31))
    assert (found.n, found.sessions, found.left_out) == (11, 2, 1)
    assert found.moods == {1: 0, 2: 6, 3: 0, 4: 5, 5: 0}
    nothing = queries.feedback_of(programme, dt.date(2020, 1, 1), dt.date(2020, 1, 2))
    assert (nothing.n, sum(nothing.moods.values()), nothing.left_out) == (0, 0, 0)


# --- Suggestions ---------------------------------------------------------------------------------


def test_a_suggestion_waits_without_a_name(session: Session, now: dt.datetime) -> None:
    found = services.suggest(session=session, words="More boxing", now=now + 25 * MINUTE)
    assert (found.hub, found.session) == (session.activity.hub, session)
    assert (found.state, found.decided_by) == (SuggestionState.WAITING, None)
    assert found.sent_at == now
    citywide = factories.make_session(
        activity=factories.make_activity(hub=None), starts_at=session.starts_at
    )
    with pytest.raises(NotOpenError):
        services.suggest(session=citywide, words="More boxing", now=now)


def test_keeping_and_putting_away_is_of_the_hub_and_written_down(
    session: Session, now: dt.datetime
) -> None:
    suggestion = services.suggest(session=session, words="More boxing", now=now)
    by = coordinator(session)
    services.decide(suggestion=suggestion, keep=False, by=by, now=now)
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.decided_by, suggestion.decided_at) == ("refused", by, now)
    services.decide(suggestion=suggestion, keep=True, by=by, now=now)
    suggestion.refresh_from_db()
    assert suggestion.state == "kept"
    assert kinds() == [AuditKind.SUGGESTION_DECIDED] * 2
    assert "boxing" not in str(list(AuditEntry.objects.values()))
    for other in (
        factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),)),
        factories.make_user(Role.EVALUATOR),
        factories.make_user(Role.SAFEGUARDING_LEAD),
    ):
        with pytest.raises(PermissionDenied):
            services.decide(suggestion=suggestion, keep=False, by=other, now=now)


def test_reading_is_written_down_once_a_hub(session: Session, now: dt.datetime) -> None:
    suggestions = [services.suggest(session=session, words="More", now=now) for _ in range(3)]
    by = coordinator(session)
    services.read_suggestions(suggestions=suggestions, by=by)
    services.read_suggestions(suggestions=[], by=by)
    assert kinds() == [AuditKind.FEEDBACK_READ]


def test_what_was_deleted_on_time_is_not_listed(session: Session, now: dt.datetime) -> None:
    kept = services.suggest(session=session, words="More", now=now)
    gone = services.suggest(session=session, words="Less", now=now)
    Suggestion.objects.filter(pk=gone.pk).update(words="")
    by = coordinator(session)
    assert list(queries.suggestions_for(by, "waiting")) == [kept]
    assert queries.waiting(by) == 1
    ids = [str(kept.pk), str(gone.pk), "no id"]
    assert queries.chosen_suggestions(by, ids) == [kept]
    stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
    assert queries.chosen_suggestions(stranger, ids) == []
    assert queries.waiting(stranger) == 0


# --- You said, we did ----------------------------------------------------------------------------


def make_draft(session: Session, by: Any, now: dt.datetime) -> SaidDid:
    return services.write_said_did(
        said_did=SaidDid(hub=session.activity.hub),
        words={"said": "A quieter corner", "did": "There is one"},
        seen="",
        by=by,
        now=now,
    )


def test_from_a_suggestion_to_the_hubs_page_and_off_it(session: Session, now: dt.datetime) -> None:
    by, hub = coordinator(session), session.activity.hub
    suggestion = services.suggest(session=session, words="Too loud", now=now)
    elsewhere = services.suggest(
        session=factories.make_session(starts_at=session.starts_at), words="Not ours", now=now
    )
    draft = make_draft(session, by, now)
    services.answer(said_did=draft, suggestions=[suggestion, elsewhere], by=by, now=now)
    suggestion.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (suggestion.answer, suggestion.state) == (draft, "kept")
    assert (elsewhere.answer, elsewhere.state) == (None, "waiting")
    assert queries.said_and_done(hub, now, SOURCE) == []
    seen = queries.fingerprint_of(draft)
    with pytest.raises(NotReadError):
        services.show(said_did=draft, has_read=False, seen=seen, by=by, now=now)
    with pytest.raises(ChangedMeanwhileError):
        services.show(said_did=draft, has_read=True, seen="other words", by=by, now=now)
    services.show(said_did=draft, has_read=True, seen=seen, by=by, now=now)
    assert queries.said_and_done(hub, now, SOURCE) == [draft]
    assert queries.said_and_done(hub, now - MINUTE, SOURCE) == []
    services.withdraw(said_did=draft, by=by, now=now)
    assert queries.said_and_done(hub, now, SOURCE) == []
    assert kinds() == [
        AuditKind.SUGGESTION_DECIDED, AuditKind.SAID_DID_SHOWN, AuditKind.SAID_DID_WITHDRAWN,
    ]  # fmt: skip


def test_new_words_are_read_again_before_everybody_can(session: Session, now: dt.datetime) -> None:
    by, hub = coordinator(session), session.activity.hub
    draft = make_draft(session, by, now)
    seen = queries.fingerprint_of(draft)
    services.show(said_did=draft, has_read=True, seen=seen, by=by, now=now)
    told = {"said_did": draft, "by": by, "now": now}
    same = {"said": "A quieter corner", "did": "There is one"}
    services.write_said_did(**told, words=same, seen=seen)
    assert len(queries.said_and_done(hub, now, SOURCE)) == 1
    services.write_said_did(**told, words=same | {"did": "There are two"}, seen=seen)
    assert queries.said_and_done(hub, now, SOURCE) == []
    with pytest.raises(ChangedMeanwhileError):
        services.write_said_did(**told, words=same, seen=seen)
    draft.refresh_from_db()
    assert draft.did == "There are two"


def test_editions_and_who_checked_them(session: Session, now: dt.datetime) -> None:
    by, hub = coordinator(session), session.activity.hub
    draft = make_draft(session, by, now)
    services.show(said_did=draft, has_read=True, seen=queries.fingerprint_of(draft), by=by, now=now)
    of_polish: dict[str, Any] = {"said_did": draft, "edition": POLISH, "by": by}
    checked = {"speaker": "Somebody who speaks it", "checked_on": now.date()}
    with pytest.raises(NoWordsError):
        services.check_words(**of_polish, **checked, seen="")
    empty = queries.fingerprint_of(draft.texts.model(said_did=draft))
    text = services.put_words(**of_polish, words={"said": "Cichy kąt", "did": ""}, seen=empty)
    with pytest.raises(ChangedMeanwhileError):
        services.put_words(**of_polish, words={"said": "Inny", "did": ""}, seen=empty)
    seen = queries.fingerprint_of(text)
    assert services.check_words(**of_polish, **checked, seen=seen).is_checked
    [shown] = queries.said_and_done(hub, now, POLISH)
    assert (shown.said, shown.did, shown.is_wording_checked) == ("Cichy kąt", "There is one", True)  # type: ignore[attr-defined]
    [plain] = queries.said_and_done(hub, now, EASY_READ)
    assert plain.said == "A quieter corner"
    changed = services.put_words(**of_polish, words={"said": "Cicho", "did": ""}, seen=seen)
    assert not changed.is_checked
    states = {each.code: bool(each.text) for each in queries.edition_states(draft)}
    assert states["pl"] is True
    assert states["en-easy"] is False
    assert "en-gb" not in states


def test_others_neither_write_nor_show_nor_translate(session: Session, now: dt.datetime) -> None:
    by = coordinator(session)
    draft = make_draft(session, by, now)
    stranger = factories.make_user(Role.HUB_LEAD, hubs=(factories.make_hub(),))
    seen = queries.fingerprint_of(draft)
    words = {"said": "S", "did": "D"}
    for act in (
        lambda: services.write_said_did(
            said_did=draft, words=words, seen=seen, by=stranger, now=now
        ),
        lambda: services.answer(said_did=draft, suggestions=[], by=stranger, now=now),
        lambda: services.show(said_did=draft, has_read=True, seen=seen, by=stranger, now=now),
        lambda: services.withdraw(said_did=draft, by=stranger, now=now),
        lambda: services.put_words(
            said_did=draft, edition=POLISH, words=words, seen="", by=stranger
        ),
    ):
        with pytest.raises(PermissionDenied):
            act()
