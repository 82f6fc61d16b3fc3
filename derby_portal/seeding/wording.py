"""Words of some activities in Easy Read and in other languages. No speaker has checked them yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from activities.models import ActivityText
from derby_portal.seeding.week import OFFERS_BY_KEY
from hubs.wording import EASY_READ, Edition

POLISH, URDU, SLOVAK = Edition("pl"), Edition("ur"), Edition("sk")


class Words(NamedTuple):
    """What a finer kind of activity is, and how it begins."""

    summary: str
    first_ten_minutes: str


EASY_WORDS: dict[str, Words] = {
    "Football": Words(
        "We play small games of football. Everybody gets the ball.",
        "You get a bib. You warm up with somebody. Then you play.",
    ),
    "Boxing": Words(
        "We learn to box. Nobody gets hit.",
        "A coach helps you to wrap your hands. Then you hit a pad.",
    ),
    "Cycling": Words(
        "We ride bikes. We learn to mend bikes.",
        "You get a bike. You get a helmet. Then we ride slowly.",
    ),
    "Athletics": Words(
        "We run. We jump. We throw. You go at your own speed.",
        "We play tag. Then you choose what to try.",
    ),
    "Multi-sport": Words(
        "We play a new game every week.",
        "We choose a game. Then we learn it slowly.",
    ),
    "Circus": Words(
        "We learn to juggle. We learn to spin plates.",
        "You choose one thing to try. Somebody shows you how.",
    ),
    "Dance": Words(
        "We dance together. You can make up your own moves.",
        "We stand in a circle. We learn a few moves. You can just watch.",
    ),
    "Visual art": Words(
        "We paint. We make things with clay. You can take them home.",
        "You choose a table. You choose paint or clay. Then you start.",
    ),
    "Music": Words(
        "We play music. You do not need to know how.",
        "You try two instruments. Then we play one song.",
    ),
    "Youth club": Words(
        "We cook. We play games. There is a quiet room.",
        "Somebody shows you round. You get a drink. Then you choose what to do.",
    ),
}
OTHER_WORDS: dict[tuple[str, Edition], Words] = {
    ("Football", POLISH): Words(
        "Małe gry w piłkę nożną w mieszanych drużynach. Każdy dotyka piłki.",
        "Dostajesz znacznik, rozgrzewasz się w parze i grasz w małej drużynie.",
    ),
    ("Dance", POLISH): Words(
        "Taniec uliczny i współczesny. Razem wymyślamy układy.",
        "Rozgrzewka w kręgu i pierwsze kroki. Możesz najpierw popatrzeć.",
    ),
    ("Football", URDU): Words(
        "چھوٹی ٹیموں میں فٹ بال۔ سب کو گیند ملتی ہے۔",
        "آپ کو ایک بب ملتی ہے، آپ کسی کے ساتھ وارم اپ کرتے ہیں اور پھر کھیلتے ہیں۔",
    ),
    ("Visual art", URDU): Words(
        "رنگ، چھپائی اور مٹی کا کام۔ جو بنائیں وہ گھر لے جائیں۔",
        "آپ میز اور رنگ یا مٹی چنتے ہیں اور ایک چھوٹی چیز سے شروع کرتے ہیں۔",
    ),
    ("Music", SLOVAK): Words(
        "Hráme, píšeme a nahrávame hudbu. Noty ani nástroj nepotrebuješ.",
        "Vyskúšaš dva nástroje a pridáš sa ku krátkej skladbe.",
    ),
}


def activity_texts(activities: dict[str, int]) -> Iterator[ActivityText]:
    """The words of activities given as primary keys by timetable key."""
    for key, pk in activities.items():
        if key not in OFFERS_BY_KEY:
            continue
        strand = OFFERS_BY_KEY[key].strand.name
        if strand in EASY_WORDS:
            yield _text(pk, EASY_READ, EASY_WORDS[strand])
        for (name, edition), words in OTHER_WORDS.items():
            if name == strand:
                yield _text(pk, edition, words)


def _text(activity: int, edition: Edition, words: Words) -> ActivityText:
    return ActivityText(
        activity_id=activity,
        language=edition.language,
        variant=edition.variant,
        **words._asdict(),
    )


def create_words(activities: dict[str, int]) -> None:
    """Write the words beside activities that have none yet."""
    ActivityText.objects.bulk_create(activity_texts(activities), ignore_conflicts=True)
