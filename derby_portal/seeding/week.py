"""The weekly timetable: twelve hours in each of ten hubs, 120 hours a week.

Two titles are the programme's own: the creative art club at 47 Church Street and the circus
skills at Hardwick Primary School. The rest of the timetable is made up.
Evening slots that end at eight or later stand on all seven days, so tonight is never empty, and
Arboretum has something every day.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import NamedTuple

from django.utils.text import slugify

from activities.models import BringItem, Kind, MetBy
from derby_portal.seeding import partners as by

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
HOURS_PER_HUB = 12
HOURS_PER_WEEK = 120
YOUNGEST = 5


class Slot(NamedTuple):
    """One weekly slot; Monday = 0, times of Europe/London."""

    weekday: int
    starts: dt.time
    ends: dt.time

    @property
    def minutes(self) -> int:
        hours = self.ends.hour - self.starts.hour
        return hours * 60 + self.ends.minute - self.starts.minute


class Strand(NamedTuple):
    """What is the same wherever a finer kind of activity takes place."""

    kind: Kind
    name: str
    summary: str
    bring: tuple[BringItem, ...]
    bring_more: str
    first_minutes: str
    met_by: MetBy
    met_where: str


class Offer(NamedTuple):
    """One activity of the timetable with its weekly slots."""

    hub: str
    title: str
    partner: str
    strand: Strand
    venue: str
    min_age: int
    max_age: int
    slots: tuple[Slot, ...]

    @property
    def key(self) -> str:
        """Names the activity in seeded ids."""
        return f"{slugify(self.hub)}/{slugify(self.title)}"

    @property
    def is_send(self) -> bool:
        return self.hub == "SEND"


def slot(weekday: int, starts: str, ends: str) -> Slot:
    """A slot from its times as written on a poster."""
    return Slot(weekday, dt.time.fromisoformat(starts), dt.time.fromisoformat(ends))


_IN_A_TOP = "At the door, in a programme top"
_WITH_A_BADGE = "At the door, with a badge"
_TRAINERS = (BringItem.TRAINERS, BringItem.SPORTS_CLOTHES, BringItem.WATER)
_CLOTHES = (BringItem.SPORTS_CLOTHES, BringItem.WATER)
_NOTHING = (BringItem.NOTHING,)
_OLD_CLOTHES = (BringItem.OLD_CLOTHES,)

FOOTBALL = Strand(
    Kind.SPORT,
    "Football",
    "Small games, mixed teams and plenty of touches of the ball. No trials, no subs' bench.",
    _TRAINERS,
    "",
    "You get a bib, warm up in pairs and are put into a small team.",
    MetBy.COACH,
    _IN_A_TOP,
)
BOXING = Strand(
    Kind.SPORT,
    "Boxing",
    "Pads, skipping and footwork. Nobody gets hit, everybody gets fitter.",
    _CLOTHES,
    "Gloves are lent.",
    "You wrap your hands with a coach and try three punches on the pads.",
    MetBy.COACH,
    _IN_A_TOP,
)
CYCLING = Strand(
    Kind.SPORT,
    "Cycling",
    "Ride, fix and look after a bike, with games for beginners and routes for the rest.",
    (BringItem.BIKE, BringItem.OUTDOOR_CLOTHES, BringItem.WATER),
    "Bikes and helmets are lent to who has none.",
    "You are fitted with a bike and a helmet and do one slow lap together.",
    MetBy.COACH,
    _IN_A_TOP,
)
ATHLETICS = Strand(
    Kind.SPORT,
    "Athletics",
    "Running, jumping and throwing against your own best, at your own speed.",
    _TRAINERS,
    "",
    "You warm up with a game of tag and choose what to try first.",
    MetBy.COACH,
    _IN_A_TOP,
)
MULTI_SPORT = Strand(
    Kind.SPORT,
    "Multi-sport",
    "A different game each week: basketball, dodgeball, cricket, and some that you invent.",
    _TRAINERS,
    "",
    "You vote on the first game and learn its rules by playing it slowly.",
    MetBy.COACH,
    _IN_A_TOP,
)
CIRCUS = Strand(
    Kind.ARTS,
    "Circus",
    "Juggling, plate spinning, balance and a little clowning, from the very first throw.",
    _CLOTHES,
    "",
    "You pick one thing to spin or throw, and somebody shows you the first trick.",
    MetBy.ARTIST,
    _WITH_A_BADGE,
)
DANCE = Strand(
    Kind.ARTS,
    "Dance",
    "Street and contemporary dance; you help to make what is danced.",
    _CLOTHES,
    "",
    "You warm up in a circle and learn eight counts together. Watching first is fine.",
    MetBy.ARTIST,
    _WITH_A_BADGE,
)
VISUAL_ART = Strand(
    Kind.ARTS,
    "Visual art",
    "Paint, print, clay and card. You take home what you make.",
    _OLD_CLOTHES,
    "",
    "You choose a table and a material, and start with a small piece.",
    MetBy.ARTIST,
    _WITH_A_BADGE,
)
STREET_ART = Strand(
    Kind.ARTS,
    "Street art",
    "Stencils, lettering and spray paint on boards, and beats to go with them.",
    _OLD_CLOTHES,
    "Masks and gloves are lent.",
    "You put on a mask and gloves and write your tag on scrap board.",
    MetBy.ARTIST,
    _WITH_A_BADGE,
)
MUSIC = Strand(
    Kind.ARTS,
    "Music",
    "Play, write and record. No notes to read, no instrument needed.",
    (BringItem.INSTRUMENT,),
    "Or nothing: there are instruments to borrow.",
    "You try two instruments and join in one short tune.",
    MetBy.MUSIC_LEADER,
    _WITH_A_BADGE,
)
DRAMA = Strand(
    Kind.ARTS,
    "Drama",
    "Games, characters and short scenes that become a show at the end of term.",
    _NOTHING,
    "",
    "You play two name games in a circle. Nobody performs on the first day.",
    MetBy.ARTIST,
    _WITH_A_BADGE,
)
FILM = Strand(
    Kind.CULTURE,
    "Film and digital",
    "Film, animate and make games with real kit, and show them on a big screen.",
    _NOTHING,
    "",
    "You pair up and shoot a ten-second film with a tablet.",
    MetBy.ARTIST,
    _WITH_A_BADGE,
)
HERITAGE = Strand(
    Kind.CULTURE,
    "Museums and heritage",
    "Handle real objects, find out who made Derby and decide what goes on show.",
    _NOTHING,
    "",
    "You pick an object from a box and guess what it was for.",
    MetBy.MUSEUM_WORKER,
    _WITH_A_BADGE,
)
CARNIVAL = Strand(
    Kind.CULTURE,
    "Carnival arts",
    "Costumes, steel pan and carnival dance, ready for the summer's procession.",
    _OLD_CLOTHES,
    "",
    "You try on a costume and learn one step or one rhythm.",
    MetBy.ARTIST,
    _WITH_A_BADGE,
)
YOUTH_CLUB = Strand(
    Kind.CULTURE,
    "Youth club",
    "Cooking, games, music and a quiet room. Come for ten minutes or for the evening.",
    _NOTHING,
    "",
    "You are shown round, get a drink and choose what to join.",
    MetBy.YOUTH_WORKER,
    "At the door",
)
TIMETABLE: tuple[Offer, ...] = (
    # Abbey
    Offer("Abbey", "Theatre Makers with Derby Theatre", by.THEATRE, DRAMA,
          "Abbey community centre", 8, 14, (slot(MON, "16:00", "18:00"),)),
    Offer("Abbey", "Abbey Evening Football", by.TRUST, FOOTBALL,
          "Abbey sports hall", 11, 18, (slot(TUE, "19:00", "21:00"),)),
    Offer("Abbey", "Make and Mend Art Club with Artcore", by.ARTCORE, VISUAL_ART,
          "Abbey community centre", 5, 11, (slot(WED, "15:30", "17:30"),)),
    Offer("Abbey", "Young Curators with Derby Museums", by.MUSEUMS, HERITAGE,
          "Abbey community centre", 11, 16, (slot(THU, "16:00", "18:00"),)),
    Offer("Abbey", "Beats and Bars with Baby People", by.BABY_PEOPLE, MUSIC,
          "Abbey community centre", 11, 18, (slot(FRI, "18:30", "20:30"),)),
    Offer("Abbey", "Saturday Bike Club with Cycle Derby", by.CYCLE, CYCLING,
          "Abbey recreation ground", 8, 14, (slot(SAT, "10:00", "12:00"),)),
    # Alvaston
    Offer("Alvaston", "Boxing Fitness with Oz Box", by.BOXING, BOXING,
          "Alvaston boxing gym", 11, 18,
          (slot(MON, "18:00", "20:00"), slot(THU, "18:00", "20:00"))),
    Offer("Alvaston", "After-school Dance with Déda", by.DEDA, DANCE,
          "Alvaston primary school hall", 5, 11, (slot(TUE, "15:30", "17:00"),)),
    Offer("Alvaston", "Film Club with QUAD", by.QUAD, FILM,
          "Alvaston community centre", 11, 16, (slot(WED, "17:00", "19:30"),)),
    Offer("Alvaston", "Run, Jump, Throw with Derby Athletic Club", by.ATHLETICS, ATHLETICS,
          "Alvaston playing field", 8, 14, (slot(SAT, "09:30", "11:30"),)),
    Offer("Alvaston", "Sunday Drumming with EMCCAN", by.EMCCAN, CARNIVAL,
          "Alvaston community centre", 8, 18, (slot(SUN, "14:00", "16:00"),)),
    # Arboretum
    Offer("Arboretum", "Evening Football in the Park", by.TRUST, FOOTBALL,
          "Arboretum park", 11, 18, (slot(MON, "18:30", "20:30"),)),
    Offer("Arboretum", "Circus Skills at Hardwick Primary School", by.DEDA, CIRCUS,
          "Hardwick Primary School", 5, 11,
          (slot(TUE, "15:30", "17:00"), slot(THU, "15:30", "17:00"))),
    Offer("Arboretum", "Carnival Costumes with EMCCAN", by.EMCCAN, CARNIVAL,
          "Arboretum community centre", 8, 18, (slot(WED, "18:00", "20:00"),)),
    Offer("Arboretum", "Brass and Strings for Beginners", by.MUSIC, MUSIC,
          "Arboretum community centre", 8, 14, (slot(FRI, "16:00", "18:00"),)),
    Offer("Arboretum", "Street Art with Artcore", by.ARTCORE, STREET_ART,
          "Arboretum community centre", 11, 18, (slot(SAT, "13:00", "14:30"),)),
    Offer("Arboretum", "Sunday Night Studio with Baby People", by.BABY_PEOPLE, MUSIC,
          "Arboretum community centre", 11, 18, (slot(SUN, "18:30", "20:00"),)),
    # Boulton
    Offer("Boulton", "Street Dance with Déda", by.DEDA, DANCE,
          "Boulton community centre", 8, 16, (slot(MON, "16:30", "18:30"),)),
    Offer("Boulton", "Games Night", by.TRUST, MULTI_SPORT,
          "Boulton sports hall", 11, 18,
          (slot(WED, "18:30", "20:30"), slot(SAT, "18:00", "20:00"))),
    Offer("Boulton", "Sing and Play with Sinfonia Viva", by.VIVA, MUSIC,
          "Boulton primary school hall", 5, 11, (slot(THU, "15:30", "17:30"),)),
    Offer("Boulton", "Print Workshop with Artcore", by.ARTCORE, VISUAL_ART,
          "Boulton community centre", 8, 14, (slot(FRI, "16:00", "18:00"),)),
    Offer("Boulton", "Saturday Football Fun", by.TRUST, FOOTBALL,
          "Boulton playing field", 5, 11, (slot(SAT, "10:00", "12:00"),)),
    # Chaddesden
    Offer("Chaddesden", "Circus Club with Déda", by.DEDA, CIRCUS,
          "Chaddesden community centre", 8, 14, (slot(MON, "16:00", "18:00"),)),
    Offer("Chaddesden", "Youth Theatre with Derby Theatre", by.THEATRE, DRAMA,
          "Chaddesden community centre", 11, 18, (slot(TUE, "18:00", "20:30"),)),
    Offer("Chaddesden", "Young Movers with Déda", by.DEDA, DANCE,
          "Chaddesden primary school hall", 5, 11, (slot(WED, "15:30", "17:00"),)),
    Offer("Chaddesden", "Bike Fixers with Cycle Derby", by.CYCLE, CYCLING,
          "Chaddesden park", 11, 16, (slot(THU, "16:30", "18:30"),)),
    Offer("Chaddesden", "Friday Night Sports", by.TRUST, MULTI_SPORT,
          "Chaddesden sports hall", 11, 18, (slot(FRI, "19:00", "21:00"),)),
    Offer("Chaddesden", "Park Athletics with Derby Athletic Club", by.ATHLETICS, ATHLETICS,
          "Chaddesden park", 8, 14, (slot(SUN, "10:00", "12:00"),)),
    # Derwent
    Offer("Derwent", "Youth Club Night", by.DERWENT_CENTRE, YOUTH_CLUB,
          "Derwent Youth and Community Centre", 11, 18,
          (slot(TUE, "18:30", "21:00"), slot(THU, "18:30", "21:00"))),
    Offer("Derwent", "Junior Youth Club", by.DERWENT_CENTRE, YOUTH_CLUB,
          "Derwent Youth and Community Centre", 5, 11, (slot(MON, "15:30", "17:30"),)),
    Offer("Derwent", "Dance Makers with Déda", by.DEDA, DANCE,
          "Derwent Youth and Community Centre", 8, 14, (slot(WED, "16:00", "18:00"),)),
    Offer("Derwent", "Boxing Basics with Oz Box", by.BOXING, BOXING,
          "Derwent Youth and Community Centre", 8, 14, (slot(FRI, "16:30", "18:00"),)),
    Offer("Derwent", "Saturday Animation with QUAD", by.QUAD, FILM,
          "Derwent Youth and Community Centre", 8, 16, (slot(SAT, "13:00", "14:30"),)),
    # Mackworth
    Offer("Mackworth", "Evening Athletics with Derby Athletic Club", by.ATHLETICS, ATHLETICS,
          "Mackworth playing field", 11, 18,
          (slot(MON, "18:30", "20:00"), slot(WED, "18:30", "20:00"))),
    Offer("Mackworth", "Stories on Stage with Derby Theatre", by.THEATRE, DRAMA,
          "Mackworth community centre", 5, 11, (slot(TUE, "15:30", "17:30"),)),
    Offer("Mackworth", "Game Makers with QUAD", by.QUAD, FILM,
          "Mackworth community centre", 11, 16, (slot(THU, "17:00", "19:00"),)),
    Offer("Mackworth", "After-school Multi-sport", by.TRUST, MULTI_SPORT,
          "Mackworth primary school hall", 5, 11, (slot(FRI, "15:30", "17:30"),)),
    Offer("Mackworth", "Museum Makers with Derby Museums", by.MUSEUMS, HERITAGE,
          "Mackworth community centre", 8, 14, (slot(SAT, "10:30", "12:00"),)),
    Offer("Mackworth", "Sunday Football", by.TRUST, FOOTBALL,
          "Mackworth playing field", 11, 18, (slot(SUN, "16:00", "17:30"),)),
    # Normanton
    Offer("Normanton", "Creative Art Club with Metropolitan at 47 Church Street Community "
          "Centre", by.METROPOLITAN, VISUAL_ART,
          "47 Church Street Community Centre", 5, 14, (slot(MON, "16:00", "18:00"),)),
    Offer("Normanton", "Carnival Dance with EMCCAN", by.EMCCAN, CARNIVAL,
          "Normanton community centre", 8, 18, (slot(TUE, "17:00", "19:00"),)),
    Offer("Normanton", "Late Football", by.TRUST, FOOTBALL,
          "Normanton sports hall", 11, 18,
          (slot(WED, "19:00", "21:00"), slot(SAT, "19:00", "21:00"))),
    Offer("Normanton", "Strings Club with Sinfonia Viva", by.VIVA, MUSIC,
          "Normanton primary school hall", 5, 11, (slot(THU, "15:30", "17:30"),)),
    Offer("Normanton", "Lyrics Lab with Baby People", by.BABY_PEOPLE, MUSIC,
          "Normanton community centre", 11, 18, (slot(FRI, "17:00", "19:00"),)),
    # Sinfin
    Offer("Sinfin", "Ring Ready with Oz Box", by.BOXING, BOXING,
          "Sinfin boxing gym", 11, 18,
          (slot(TUE, "18:00", "20:00"), slot(SUN, "18:00", "20:00"))),
    Offer("Sinfin", "Brass Band Starters", by.MUSIC, MUSIC,
          "Sinfin primary school hall", 5, 11, (slot(MON, "15:30", "17:00"),)),
    Offer("Sinfin", "Walls and Words with Artcore", by.ARTCORE, STREET_ART,
          "Sinfin community centre", 11, 18, (slot(WED, "17:30", "20:00"),)),
    Offer("Sinfin", "Bike Club with Cycle Derby", by.CYCLE, CYCLING,
          "Sinfin recreation ground", 8, 14, (slot(THU, "16:00", "18:00"),)),
    Offer("Sinfin", "Saturday Multi-sport", by.TRUST, MULTI_SPORT,
          "Sinfin sports hall", 8, 14, (slot(SAT, "10:00", "12:00"),)),
    # SEND
    Offer("SEND", "Relaxed Art with Artcore", by.ARTCORE, VISUAL_ART,
          "Ivy House", 5, 14, (slot(MON, "15:30", "17:30"),)),
    Offer("SEND", "Drums We Can Feel", by.MUSIC, MUSIC,
          "Royal School for the Deaf Derby", 8, 18, (slot(TUE, "16:00", "18:00"),)),
    Offer("SEND", "Inclusive Football", by.TRUST, FOOTBALL,
          "St Andrew's", 11, 25, (slot(WED, "17:00", "19:00"),)),
    Offer("SEND", "Moving Together with Déda", by.DEDA, DANCE,
          "St Clare's", 8, 18, (slot(THU, "16:00", "18:00"),)),
    Offer("SEND", "Friday Film and Games with QUAD", by.QUAD, FILM,
          "QUAD", 11, 25, (slot(FRI, "18:00", "20:00"),)),
    Offer("SEND", "Adapted Cycling with Cycle Derby", by.CYCLE, CYCLING,
          "Alvaston Park cycle track", 5, 25, (slot(SAT, "11:00", "13:00"),)),
)  # fmt: skip
OFFERS_BY_KEY: dict[str, Offer] = {offer.key: offer for offer in TIMETABLE}


def usual_venue(hub: str) -> str:
    """Where most of a hub's activities take place."""
    venues = Counter(offer.venue for offer in TIMETABLE if offer.hub == hub)
    return venues.most_common(1)[0][0]
