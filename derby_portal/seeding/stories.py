"""Made-up stories with drawn pictures, and released figures of the seeded delivery."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from PIL import Image, ImageDraw

from accounts.models import Role, User
from derby_portal.seeding.accounts import SIGN_INS
from derby_portal.seeding.chance import chance, pick, seed_id, whole
from derby_portal.seeding.dates import CELEBRATION, DAY, LAUNCH, london
from derby_portal.seeding.framework import SLUG
from derby_portal.seeding.standing import one_seed_at_a_time
from evaluation.models import (
    Audience,
    Grant,
    Method,
    PicturePeople,
    Release,
    ReleasedFigure,
    ReportRun,
    ReportTemplate,
    RunStatus,
    Snapshot,
    Story,
)
from evaluation.reports.asked import Asked
from evaluation.reports.collect import collect
from evaluation.reports.release import boxes_of
from evaluation.reports.snapshot import freeze
from evaluation.services.figures import offer_of_release, publish_figures
from evaluation.services.releases import (
    begin_release,
    sign_off,
    snapshot_of,
    submit,
    write_narrative,
)
from evaluation.services.stories import add_picture, save_story, say_story, show_story
from hubs.models import Hub, Ward
from hubs.reference import BOUNDARY_YEAR
from hubs.wording import EASY_READ

SHOWN_AT = dt.time(10, 0)
PROGRAMME, SEND = "", "SEND"
# The whole delivery, and its parts, which do not run into each other.
PERIODS = (
    (LAUNCH, CELEBRATION),
    (LAUNCH, dt.date(2018, 12, 31)),
    (dt.date(2019, 1, 1), dt.date(2019, 3, 31)),
    (dt.date(2019, 4, 1), CELEBRATION),
)
WHOLE = (
    *("unique_participants", "attendances", "contact_hours", "session_hours", "sessions"),
    *("hubs_active", "roadshows", "people_counted"),
)
OF_A_HUB = ("unique_participants", "attendances", "session_hours")
OF_A_PART = ("attendances",)
WORDS = "These words were made up for trying the portal out, as everything here was."

WIDTH, HEIGHT = 1000, 500
PALETTES = (
    ("#0b4a9c", "#ffc31f", "#f3f1ea", "#a6124f"),
    ("#0b6349", "#ffc31f", "#fdfdfb", "#0e6377"),
    ("#a6124f", "#ffb08a", "#15140f", "#ffd768"),
    ("#6b21a8", "#8ad6ea", "#fdfdfb", "#ffc31f"),
    ("#15140f", "#ffc31f", "#a13a0d", "#8fdcaa"),
)


class StoryPlan(NamedTuple):
    """A story. `days_ago` counts back from today; negative is ahead, None is a draft."""

    key: str
    place: str
    days_ago: int | None
    title: str
    summary: str
    body: str
    alt: str = ""
    easy: tuple[str, str, str] | None = None


STORIES = (
    StoryPlan(
        "carnival", "Normanton", 3,
        "Feathers, wire and a lot of glue",
        "The carnival club has begun its costumes for next summer, and there is room for you.",
        "Every week the tables fill up with wire, fabric and feathers. Artists from the East "
        "Midlands Caribbean Carnival Arts Network show how a headdress keeps its shape when you "
        "dance in it.\n\n## What we learnt\n\n- Measure twice, cut once.\n- Big wings are a job "
        "for two.\n- Nobody minds if you have never made anything before.\n\nThe next costumes are "
        "for everybody who turns up. [See when the club meets](/whats-on/?hub=normanton&day=all).",
        "Coloured shapes like feathers fanning out",
        ("Carnival costumes",
         "The carnival club is making costumes.",
         ("We use wire. We use feathers. We use glue.\n\nArtists help us.\n\nYou can join in.\n\n"
         "It is free.")),
    ),
    StoryPlan(
        "church-street", "Normanton", 24,
        "Twenty pairs of hands at 47 Church Street",
        "The Creative Art Club with Metropolitan painted one picture together, metre by metre.",
        "About twenty people come to the Creative Art Club each week. This time they shared one "
        "long roll of paper: whoever came in carried on where the last one had stopped.\n\n"
        "Six metres later there was a street, a river, two dragons and a bus to the moon. It hangs "
        "in the community centre, and you are welcome to look.",
        "A long band of bright shapes, one running into the next",
    ),
    StoryPlan(
        "street-art", "Sinfin", 8,
        "A wall that says good morning",
        "Artcore and Baby People came with spray cans, beats and a very plain wall.",
        "The wall was grey on Friday. By Sunday it said good morning in nine languages.\n\n"
        "Young people drew the letters with **Artcore** and wrote the words to go with them with "
        "**Baby People**. The hardest part, they said, was agreeing on one colour for the sky.",
        "Sprayed circles and stripes in strong colours",
    ),
    StoryPlan(
        "circus", "Derwent", 12,
        "First drop everything, then juggle",
        "Circus evenings with Déda begin on the floor, and that is the point.",
        "The first rule of juggling is to drop the ball. Everybody does, again and again, until "
        "one time it stays up.\n\nAt the circus evenings with **Déda** people try plates, balls, "
        "hoops and a low wire. Those who have done it for a few weeks help those who walked in "
        "five minutes ago.",
        "Round shapes thrown up in an arc",
        ("Circus night",
         "You can learn circus skills.",
         ("We throw balls. We spin plates.\n\nWe all drop things.\n\nThat is okay.\n\nPeople help "
         "you.")),
    ),
    StoryPlan(
        "youth-club", "Chaddesden", 17,
        "The playlist is yours",
        "Dance evenings in Chaddesden now begin with music that the group has chosen.",
        "It began as a suggestion on a piece of paper: could we choose the songs? Now the first "
        "ten minutes belong to the group's own playlist, and the steps of the evening grow out of "
        "it.\n\nYou said, we did.",
        "Wavy stripes that look like sound",
    ),
    StoryPlan(
        "boxing", "Alvaston", 20,
        "Gloves on, phones off",
        "What people at Oz Box say they come for: getting tired, getting calm, getting better.",
        "Nobody hits anybody in the first month. There are bags, ropes and footwork, and a coach "
        "who notices when you try again.\n\n> You go in with a bad day and come out without it.\n\n"
        "That line is on the wall of the gym now.",
        "Two bold round shapes on a dark ground",
    ),
    StoryPlan(
        "drums", "Arboretum", 6,
        "Thirty drums, one street",
        "On Saturday you could hear the drummers from two streets away.",
        "The drumming group played outside for the first time. They practised getting loud "
        "together and, harder, getting quiet together.\n\nBy the last piece people had come out of "
        "their houses and stayed.",
        "Rings like the skins of drums, close together",
    ),
    StoryPlan(
        "stage", "Mackworth", 15,
        "A play written in an hour",
        "Derby Theatre brought a hat full of first lines. The rest came from the room.",
        "One first line, ten people, sixty minutes. The play has a lost dog, a mayor who cannot "
        "sleep and a very good ending that we are not going to tell you.",
        "A stage of coloured light",
    ),
    StoryPlan(
        "cycling", "Abbey", 10,
        "No bike? No problem",
        "Cycle Derby brought bikes for everyone, and a ramp for those who asked.",
        "Half of the group had not ridden for years and three had never ridden at all. Everybody "
        "went home having done a full lap.\n\nBring nothing but shoes that stay on. Bikes and "
        "helmets are there.",
        "Two wheels and a line that climbs",
    ),
    StoryPlan(
        "strings", "Boulton", 27,
        "An orchestra in the school hall",
        "Players of Sinfonia Viva sat between us instead of in front of us.",
        "If you sit next to a cello you feel it in your feet. That is what happened when players "
        "of **Sinfonia Viva** took their chairs into the middle of the room and handed out "
        "percussion to everybody else.",
        "Long curved lines in warm colours",
    ),
    StoryPlan(
        "send-film", SEND, 5,
        "Lights up, sound down",
        "The film evening at QUAD leaves the lights on and lets everybody move about.",
        "At our film evenings the lights stay on a little, the sound is lower, and you may "
        "walk about, talk or leave and come back.\n\nAfterwards people chose a scene and filmed it "
        "again with tablets. There are now four different endings.",
        "A bright screen with shapes around it",
        ("Film night",
         "We watch a film together.",
         ("The lights stay on.\n\nThe sound is not loud.\n\nYou can move about.\n\nYou can leave."
         "\n\nYou can come back.")),
    ),
    StoryPlan(
        "send-drums", SEND, 30,
        "Music that you feel with your hands",
        "Large drums, a wooden floor, and no need to hear a single note.",
        "Put your hand on the skin of the drum, or sit on the floor: the beat comes through. The "
        "group at the Royal School for the Deaf Derby has made a piece of its own, and it is "
        "written down in pictures.",
        "Waves that spread from one point",
    ),
    StoryPlan(
        "celebration", PROGRAMME, 0,
        "The day the Market Place danced",
        "On Saturday 13 July 2019 more than 1,500 young people came together in the Market Place.",
        "There was circus, drumming, dance and basketball, a penalty shootout and tables full of "
        "paint. Ten hubs had worked towards it since September.\n\nFor many it was the first time "
        "that they saw how many others had been doing the same thing in another part of the city.",
        "Many small bright shapes, all over a square",
        ("The big day",
         "1,500 young people came to one big party.",
         ("It was on 13 July 2019.\n\nIt was in the Market Place.\n\nThere was dance. There was "
         "music.\n\nThere was sport.")),
    ),
    StoryPlan(
        "roadshows", PROGRAMME, 34,
        "Five roadshows, five different halls",
        "When people cannot come to the hub, the hub comes to them.",
        "A van, six artists, four coaches and a great deal of tape: the roadshows brought a taste "
        "of everything to places without a hub of their own.",
        "A road that winds between coloured fields",
    ),
    StoryPlan(
        "ahead", "Normanton", -5,
        "Open evening at the hub",
        "Come and look, with your family if you like. There will be food.",
        "Meet the people who run things, try three activities for ten minutes each, and tell us "
        "what is missing.",
        "Open doors in bright colours",
    ),
    StoryPlan(
        "draft", "Spondon", None,
        "What Spondon asked for",
        "Notes from the roadshow, to be finished.",
        "Still to write: what people put on the wall of wishes.",
    ),
)  # fmt: skip


def add_stories(today: dt.date) -> int:
    """Write the stories and publish the figures, once; say how many stories were written."""
    if Story.objects.filter(pk=seed_id("story", STORIES[0].key)).exists():
        return 0
    with transaction.atomic():
        one_seed_at_a_time()
        for plan in STORIES:
            write_story(plan, today)
        release_figures(london(CELEBRATION + 3 * DAY, SHOWN_AT))
    return len(STORIES)


def write_story(plan: StoryPlan, today: dt.date) -> None:
    """One story with its picture and its Easy Read words."""
    story = Story(
        id=seed_id("story", plan.key),
        ward=_ward(plan.place),
        hub=Hub.objects.filter(name=SEND).first() if plan.place == SEND else None,
        title=plan.title,
        summary=plan.summary,
        body=plan.body,
    )
    save_story(story=story, seen="", by=None)
    if plan.alt:
        drawn = artwork(chance("artwork", plan.key))
        add_picture(
            story=story,
            file=drawn,
            alt=plan.alt,
            caption="",
            people=PicturePeople.NOBODY,
            by=None,
        )
    since = shown_since(plan, today)
    if since:
        show_story(story=story, since=since, by=None)
    if plan.easy:
        words = dict(zip(("title", "summary", "body"), plan.easy, strict=True))
        said_at = since or story.changed_at
        say_story(story=story, edition=EASY_READ, words=words, seen="", by=None, now=said_at)


def shown_since(plan: StoryPlan, today: dt.date) -> dt.datetime | None:
    """The celebration is told of on the day after it, everything else as seen from today."""
    if plan.key == "celebration":
        return london(CELEBRATION + DAY, SHOWN_AT)
    return None if plan.days_ago is None else london(today - plan.days_ago * DAY, SHOWN_AT)


def release_figures(now: dt.datetime) -> list[ReleasedFigure]:
    """Release reports of the delivery, the whole and its parts, and publish their figures.

    One person writes a release and another signs it off, so nothing goes out where the demo's
    sign-ins are not there.
    """
    emails = [each.email for each in SIGN_INS if each.role == Role.TRUST_STAFF]
    people = {user.email: user for user in User.objects.filter(email__in=emails)}
    if len(people) < len(emails):
        return []
    author, checker = (people[email] for email in emails)
    grant = Grant.objects.select_related("funder").get(slug=SLUG)
    figures = []
    for first, last in PERIODS:
        is_whole = (first, last) == PERIODS[0]
        run = _report(grant, first, last, None if is_whole else _hubs_only(), by=author, now=now)
        release = _release(run, author=author, checker=checker, now=now)
        keys = _keys(release, is_whole=is_whole)
        figures += publish_figures(release=release, keys=keys, by=checker, now=now)
    return figures


def _hubs_only() -> ReportTemplate:
    """A shape for parts of the delivery: beside the whole, more would tell of a few children."""
    parts = [
        {"kind": "headline", "figures": ["unique_participants", "attendances", "session_hours"]},
        {"kind": "table", "table": "hub"},
    ]
    shape, _ = ReportTemplate.objects.get_or_create(
        slug="headline-and-hubs",
        defaults={
            "name": "Headline and hubs",
            "summary": "A few figures and the hubs, for periods that lie inside another report's.",
            "sections": [{"id": "figures", "heading": "Figures", "parts": parts}],
            "position": 90,
        },
    )
    return shape


def _report(
    grant: Grant,
    first: dt.date,
    last: dt.date,
    shape: ReportTemplate | None,
    *,
    by: User,
    now: dt.datetime,
) -> ReportRun:
    """A finished report of the grant, as a worker would have built it."""
    programmes = tuple(grant.programmes.all())
    asked = Asked(grant, programmes, first, last, audience=Audience.FUNDER, template=shape)
    frozen = freeze(collect(asked, now=now, progress=lambda *_: None))
    snapshot, _ = Snapshot.objects.get_or_create(
        sha256=frozen.sha256, defaults={"body": frozen.text}
    )
    run = ReportRun.objects.create(
        id=seed_id("report", f"{first} {last}"),
        grant=grant,
        audience=Audience.FUNDER,
        template=shape,
        first_day=first,
        last_day=last,
        requested_by=by,
        requested_at=now,
        status=RunStatus.DONE,
        started_at=now,
        finished_at=now,
        read_at=now,
        progress=100,
        code_version=settings.CODE_VERSION,
        snapshot=snapshot,
    )
    run.programmes.set(asked.programmes)
    return run


def _release(run: ReportRun, *, author: User, checker: User, now: dt.datetime) -> Release:
    """Written by one person, signed off by another."""
    release = begin_release(run=run, method=Method.ROUNDED, by=author, now=now)
    for box in boxes_of(snapshot_of(release)):
        write_narrative(release=release, box=box.slug, text=WORDS, by=author, now=now)
    submit(release=release, by=author, now=now)
    return sign_off(release=release, by=checker, now=now)


def _keys(release: Release, *, is_whole: bool) -> set[str]:
    return {
        each.key
        for each in offer_of_release(release).candidates
        if not each.refusal and each.indicator.id in _wanted(each.hub, is_whole=is_whole)
    }


def _wanted(hub: Hub | None, *, is_whole: bool) -> tuple[str, ...]:
    if not is_whole:
        return OF_A_PART
    return OF_A_HUB if hub else WHOLE


def _ward(name: str) -> Ward | None:
    return Ward.objects.filter(name=name, boundary_year=BOUNDARY_YEAR).first()


def artwork(rng: Random) -> io.BytesIO:
    """A small abstract picture, the same for the same chance."""
    ground, *colours = pick(rng, PALETTES)
    image = Image.new("RGB", (WIDTH, HEIGHT), ground)
    pen = ImageDraw.Draw(image)
    for draw in (_stripes, _discs, _arcs):
        draw(pen, rng, colours)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out


def _stripes(pen: ImageDraw.ImageDraw, rng: Random, colours: list[str]) -> None:
    lean, broad = whole(rng, -300, 300), whole(rng, 40, 90)
    for left in range(-300, WIDTH + 300, broad * whole(rng, 3, 5)):
        corners = [
            (left, HEIGHT),
            (left + lean, 0),
            (left + lean + broad, 0),
            (left + broad, HEIGHT),
        ]
        pen.polygon(corners, fill=pick(rng, colours))


def _discs(pen: ImageDraw.ImageDraw, rng: Random, colours: list[str]) -> None:
    for x, y in _points(rng, whole(rng, 6, 12)):
        pen.circle((x, y), whole(rng, 25, 120), fill=pick(rng, colours))


def _arcs(pen: ImageDraw.ImageDraw, rng: Random, colours: list[str]) -> None:
    for x, y in _points(rng, whole(rng, 3, 6)):
        size = whole(rng, 60, 220)
        start = whole(rng, 0, 180)
        box = (x - size, y - size, x + size, y + size)
        pen.arc(box, start, start + whole(rng, 90, 220), fill=pick(rng, colours), width=18)


def _points(rng: Random, number: int) -> Iterator[tuple[int, int]]:
    for _ in range(number):
        yield whole(rng, 0, WIDTH), whole(rng, 0, HEIGHT)
