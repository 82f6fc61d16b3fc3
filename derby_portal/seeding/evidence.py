"""Made-up words and taps: feedback, suggestions and answers to them, quotes, scores, a study.

Everything but feedback needs the demo's sign-ins, for somebody has to have written it down. Each
kind is added once, feedback as sessions go by.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from accounts.models import Role, User
from activities.models import (
    Feedback,
    Mood,
    NextWish,
    Programme,
    SaidDid,
    SaidDidText,
    Session,
    Skill,
    Suggestion,
    SuggestionState,
    london_midnight,
)
from derby_portal.seeding.accounts import SIGN_INS
from derby_portal.seeding.chance import chance, seed_id, weighted, whole
from derby_portal.seeding.dates import CELEBRATION, DAY, LAUNCH, london, term_window
from derby_portal.seeding.framework import SLUG, activity_keys
from derby_portal.seeding.standing import one_seed_at_a_time
from derby_portal.seeding.surveys import KEY, people_of_history
from evaluation.models import (
    ExternalScore,
    Instrument,
    Quote,
    QuoteKind,
    QuoteUse,
    Study,
    WorryRule,
)
from evaluation.queries.quotes import signature
from evaluation.services.studies import start_study
from evaluation.services.worry import set_rule
from hubs.models import Hub
from hubs.wording import EASY_READ
from participants.models import ATTENDED, Attendance, AttendanceRole, Participant, Purpose
from participants.queries.consents import may

NOON = dt.time(12)
HOUR = dt.timedelta(hours=1)
SHARE_ASKED = 0.6
MOODS = (
    (Mood.AWFUL, 2.0),
    (Mood.NOT_GOOD, 6.0),
    (Mood.OKAY, 18.0),
    (Mood.GOOD, 38.0),
    (Mood.BRILLIANT, 36.0),
)
WISHES: tuple[tuple[str, float], ...] = (
    (NextWish.MORE, 32.0),
    (NextWish.NEW, 18.0),
    (NextWish.LONGER, 14.0),
    (NextWish.SMALLER, 6.0),
    (NextWish.FRIENDS, 12.0),
    (NextWish.OTHER_TIME, 6.0),
    ("", 12.0),
)


class Idea(NamedTuple):
    """A suggestion for a hub by its slug, and what became of it."""

    hub: str
    words: str
    state: SuggestionState = SuggestionState.WAITING


IDEAS = (
    Idea("arboretum", "Could there be a session for girls only, with a door that shuts?"),
    Idea("arboretum", "The music is too loud at the start. Later is fine."),
    Idea("arboretum", "More felt tips please, the good ones are always gone."),
    Idea("send", "A picture on the door of who is here today."),
    Idea("normanton", "Can we show our costumes to our families?", SuggestionState.KEPT),
    Idea("normanton", "Something with cooking."),
    Idea("sinfin", "Start half an hour later, the bus is always late.", SuggestionState.KEPT),
    Idea("derwent", "Juggling but with fire", SuggestionState.REFUSED),
    Idea("abbey", "Shirts in small sizes too, mine is a dress.", SuggestionState.KEPT),
    Idea("alvaston", "It is cold in the hall when nobody runs."),
)


class Pair(NamedTuple):
    """You said, we did: of a hub by its slug; `easy` where it is there in Easy Read as well."""

    hub: str
    said: str
    did: str
    easy: tuple[str, str] | None = None


PAIRS = (
    Pair(
        "arboretum",
        "There is nowhere quiet when it gets loud.",
        "The small room is open in every session, with cushions and no music.",
        ("It is too loud.", "There is a quiet room now. You can go there any time."),
    ),
    Pair("normanton", "We want to show what we made.", "Families are asked in on the last Friday."),
    Pair("sinfin", "The bus gets in too late for the start.", "The street art club starts at 5pm."),
    Pair(
        "send",
        "We want to know who will be there.",
        "Photographs of that day's staff hang beside the door.",
        ("Who is here today?", "Look at the pictures beside the door."),
    ),
    Pair("derwent", "Circus is for all ages, but the big ones take the floor.",
         "Half of the hall is for under-elevens in the first half hour."),
    Pair("abbey", "The shirts are too big.", "There are shirts in six sizes now."),
    Pair("alvaston", "Nobody told us when it was cancelled.",
         "A cancelled session says so at once on this website, and a notice hangs on the door."),
    Pair("mackworth", "Boxing should not be only for boys.",
         "A coach who is a woman leads every second session."),
    Pair("boulton", "We want to choose the songs.", "The choir votes on one song in three."),
    Pair("chaddesden", "Please do the bike workshop again.", "It is back after the holidays."),
)  # fmt: skip
# The last of them nobody has shown yet.
SHOWN = len(PAIRS) - 1


class Words(NamedTuple):
    """What somebody said after an activity, or what is told about them; no names in it."""

    activity: str
    words: str
    skills: tuple[Skill, ...]
    kind: QuoteKind = QuoteKind.WORDS
    for_public: bool = False
    is_checked: bool = True


WORDS = (
    Words("arboretum/circus-skills-at-hardwick-primary-school",
          "I dropped the sticks about a hundred times. Then I didn't.",
          (Skill.RESILIENCE,), for_public=True),
    Words("arboretum/street-art-with-artcore",
          "Before, I sat at the side. Now I show the new ones where things are.",
          (Skill.CONFIDENCE, Skill.EMPATHY)),
    Words("arboretum/carnival-costumes-with-emccan",
          "You have to measure it twice. I used to just cut.",
          (Skill.SELF_CONTROL,), for_public=True),
    Words("sinfin/walls-and-words-with-artcore",
          "We argued about the blue for a whole session and nobody fell out.",
          (Skill.EMPATHY, Skill.INTEGRITY)),
    Words("derwent/dance-makers-with-deda",
          "In the lift everybody has to trust the person underneath. I was underneath.",
          (Skill.CONFIDENCE,), for_public=True),
    Words("abbey/abbey-evening-football",
          "I missed the penalty and came back the week after. That was the hard bit.",
          (Skill.RESILIENCE,)),
    Words("send/drums-we-can-feel",
          "I like it that I can ask twice.", (Skill.CURIOSITY,), for_public=True),
    Words("derwent/boxing-basics-with-oz-box",
          "Boxing made me calmer, which is funny.", (Skill.SELF_CONTROL,)),
    Words("boulton/sing-and-play-with-sinfonia-viva",
          "Nobody heard me at first. Now they tell me to sing it quieter.",
          (Skill.CONFIDENCE,)),
    Words("chaddesden/bike-fixers-with-cycle-derby",
          "I fixed my sister's brakes on my own and it stopped!",
          (Skill.CURIOSITY, Skill.CONFIDENCE), for_public=True),
    Words("alvaston/sunday-drumming-with-emccan",
          "It is loud and I still don't like the warm-up. The rest is good.",
          (Skill.INTEGRITY,)),
    Words("normanton/carnival-dance-with-emccan",
          ("Came with a cousin and stayed by the door for three weeks. Asked for wire in the "
           "fourth, and built the frame of a headdress that two people now carry. Missed five "
           "weeks in spring, came back when the coordinator sent a card, and helped at the "
           "celebration. Says that coming back was harder than starting."),
          (Skill.RESILIENCE, Skill.CONFIDENCE), QuoteKind.CASE_STUDY),
    Words("mackworth/museum-makers-with-derby-museums",
          "Can I say that I was bored in the talk? The making was good though.",
          (Skill.INTEGRITY,), is_checked=False),
)  # fmt: skip

TOOL, SCALE, SCORED = "School's own wellbeing check", "Total, 0 to 40", 40
STUDY = (
    "Belonging and life skills in a citywide programme",
    (
        "Whether young people who keep coming describe their life skills differently after a term "
        "than at the start, and for whom that cannot be known. Only consenting people, no names, "
        "no birth dates, no postcodes."
    ),
    "Example research ethics committee, reference 0000",
)


class Staff(NamedTuple):
    """Who writes, who reads it after them, and who answers for safeguarding."""

    writer: User
    checker: User
    safeguarding: User


@transaction.atomic
def add_evidence(today: dt.date) -> None:
    """Add what is missing of each kind; nothing of a kind of which there is anything."""
    one_seed_at_a_time()
    add_feedback(today)
    staff = staff_of_demo()
    if staff is None:
        return
    hubs = {hub.slug: hub for hub in Hub.objects.select_related("ward")}
    add_pairs(hubs, staff, today)
    add_ideas(hubs, staff, today)
    add_quotes(hubs, staff)
    add_scores(staff)
    add_study(staff)
    add_worry(staff)


def staff_of_demo() -> Staff | None:
    """The demo's hub lead, trust staff and safeguarding lead; None where one is missing."""
    emails = {each.role: each.email for each in reversed(SIGN_INS)}
    roles = (Role.HUB_LEAD, Role.TRUST_STAFF, Role.SAFEGUARDING_LEAD)
    users = {user.email: user for user in User.objects.filter(is_active=True)}
    found = [users.get(emails[role]) for role in roles]
    people = [each for each in found if each is not None]
    return Staff(*people) if len(people) == len(found) else None


def add_feedback(today: dt.date) -> int:
    """Let some people tap after most sessions of the current term that are over."""
    first, _ = term_window(today)
    over = Session.objects.filter(
        starts_at__gte=london_midnight(first),
        ends_at__lt=london_midnight(today),
        has_marks=True,
        feedback=None,
    )
    rows = [row for session in over.order_by("pk") for row in _taps(session)]
    return len(Feedback.objects.bulk_create(rows))


def _taps(session: Session) -> list[Feedback]:
    rng = chance("feedback", session.pk)
    if rng.random() >= SHARE_ASKED:
        return []
    hour = session.ends_at.replace(minute=0, second=0, microsecond=0)
    return [
        Feedback(
            id=seed_id("feedback", session.pk, number),
            session=session,
            mood=weighted(rng, MOODS),
            wish=weighted(rng, WISHES),
            given_at=hour,
        )
        for number in range(whole(rng, 2, 11))
    ]


def add_pairs(hubs: dict[str, Hub], staff: Staff, today: dt.date) -> int:
    """You said, we did: one for each hub, one of them a draft."""
    if SaidDid.objects.exists():
        return 0
    rows = [
        SaidDid(
            id=seed_id("said and did", number),
            hub=hubs[pair.hub],
            said=pair.said,
            did=pair.did,
            published_at=london(today - (5 + 3 * number) * DAY, NOON) if number < SHOWN else None,
            written_by=staff.writer,
            written_at=london(today - (6 + 3 * number) * DAY, NOON),
        )
        for number, pair in enumerate(PAIRS)
    ]
    SaidDid.objects.bulk_create(rows)
    SaidDidText.objects.bulk_create(
        SaidDidText(
            said_did=row,
            language=EASY_READ.language,
            variant=EASY_READ.variant,
            said=pair.easy[0],
            did=pair.easy[1],
        )
        for row, pair in zip(rows, PAIRS, strict=True)
        if pair.easy
    )
    return len(rows)


def add_ideas(hubs: dict[str, Hub], staff: Staff, today: dt.date) -> int:
    """Suggestions, most of them not yet read; one is answered."""
    if Suggestion.objects.exists():
        return 0
    rows = []
    for number, idea in enumerate(IDEAS):
        sent_at = london(today - (1 + 2 * number) * DAY, NOON)
        is_read = idea.state != SuggestionState.WAITING
        answers = SaidDid.objects.filter(hub=hubs[idea.hub], published_at__gt=sent_at)
        rows.append(
            Suggestion(
                id=seed_id("suggestion", number),
                hub=hubs[idea.hub],
                words=idea.words,
                sent_at=sent_at,
                state=idea.state,
                decided_by=staff.writer if is_read else None,
                decided_at=sent_at + HOUR if is_read else None,
                answer=answers.first() if idea.state == SuggestionState.KEPT else None,
            )
        )
    return len(Suggestion.objects.bulk_create(rows))


def add_quotes(hubs: dict[str, Hub], staff: Staff) -> int:
    """Words of young people who agreed to that use, each of somebody else."""
    if Quote.objects.exists():
        return 0
    keys = activity_keys()
    came = _came({keys[words.activity] for words in WORDS if words.activity in keys})
    ids = {row.participant_id for row in came}
    reports, public = may(ids, Purpose.WORDS_REPORTS), may(ids, Purpose.WORDS_PUBLIC)
    free = {row.participant_id: row for row in came if row.participant_id in reports}
    rows = []
    for number, words in enumerate(WORDS):
        activity = keys.get(words.activity)
        found = next(
            (
                row
                for row in free.values()
                if row.session.activity_id == activity
                and (row.participant_id in public or not words.for_public)
            ),
            None,
        )
        if found is not None:
            del free[found.participant_id]
            hub = hubs[words.activity.partition("/")[0]]
            rows.append(_quote(number, words, found, hub, staff))
    return len(Quote.objects.bulk_create(rows))


def _came(activities: set[int]) -> list[Attendance]:
    """Who took part in these activities in the four weeks before the celebration, in one order."""
    sessions = Session.objects.between(CELEBRATION - 28 * DAY, CELEBRATION - DAY)
    # Fetched first: nothing has told PostgreSQL yet how large the seed's tables are.
    keys = list(sessions.filter(activity__in=activities).values_list("pk", flat=True))
    came = Attendance.objects.filter(
        session__in=keys,
        status__in=ATTENDED,
        role=AttendanceRole.PARTICIPANT,
        participant__merged_into=None,
        participant__is_complete=True,
        participant__anonymised_at=None,
    )
    rows = came.select_related("participant", "session__activity__hub__ward")
    return list(rows.order_by("participant", "session__starts_at"))


def _quote(number: int, words: Words, found: Attendance, hub: Hub, staff: Staff) -> Quote:
    at = found.session.ends_at + HOUR
    uses = [QuoteUse.REPORTS, *([QuoteUse.PUBLIC] if words.for_public else [])]
    said_on = found.session.local_date
    return Quote(
        id=seed_id("quote", number),
        participant=found.participant,
        kind=words.kind,
        words=words.words,
        attribution=signature(found.participant, hub, said_on),
        skills=[skill.value for skill in words.skills],
        hub=hub,
        activity=found.session.activity,
        uses=[use.value for use in uses],
        said_on=said_on,
        recorded_by=staff.writer,
        recorded_at=at,
        checked_by=staff.checker if words.is_checked else None,
        checked_at=at + DAY if words.is_checked else None,
    )


def add_scores(staff: Staff) -> int:
    """Totals of a tool that is not kept here, of people who agreed to surveys."""
    if ExternalScore.objects.exists():
        return 0
    programme = Programme.objects.get(slug=SLUG)
    agreed = may(people_of_history()[: 2 * SCORED], Purpose.SURVEYS)
    people = Participant.objects.filter(pk__in=agreed).order_by("pk")[:SCORED]
    return len(
        ExternalScore.objects.bulk_create(
            _score(person, programme, staff.checker) for person in people
        )
    )


def _score(person: Participant, programme: Programme, by: User) -> ExternalScore:
    rng = chance("external score", person.pk)
    on = LAUNCH + whole(rng, 20, 200) * DAY
    return ExternalScore(
        id=seed_id("external score", person.pk),
        participant=person,
        programme=programme,
        tool=TOOL,
        scale=SCALE,
        value=Decimal(whole(rng, 9, 33)),
        scored_on=on,
        recorded_by=by,
        recorded_at=london(on, NOON),
    )


def add_study(staff: Staff) -> None:
    """A study that an example committee approved; extracts are for who tries it out."""
    if Study.objects.exists():
        return
    title, purpose, reference = STUDY
    start_study(
        programme=Programme.objects.get(slug=SLUG),
        title=title,
        purpose=purpose,
        ethics_reference=reference,
        by=staff.checker,
        now=london(LAUNCH, NOON),
    )


def add_worry(staff: Staff) -> None:
    """An answer that points to help at once; a concern is raised by none of the seed's rules."""
    instrument = Instrument.objects.filter(key=KEY, version=1).first()
    if instrument is None or WorryRule.objects.exists():
        return
    set_rule(
        instrument=instrument,
        item="calm",
        at_least=None,
        at_most=1,
        raises_concern=False,
        is_urgent=False,
        by=staff.safeguarding,
        now=london(LAUNCH, NOON),
    )
