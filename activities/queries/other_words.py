"""What young people call things in the languages of the site; listings are written in English."""

from __future__ import annotations

import re
import unicodedata

# Gurmukhi writes vowels as marks on letters, which are no letters of their own.
WORD = re.compile(r"[\w\u0a00-\u0a7f]+")

# A word of the listings, and the words that stand for it in the other languages.
OTHERS = {
    "art": "umenie umění sztuka artă māksla ਕਲਾ آرٹ",
    "athletics": (
        "atletika atletyka lekkoatletyka atletism atlētika vieglatlētika ਐਥਲੈਟਿਕਸ ایتھلیٹکس"
    ),
    "boxing": "boks bokss ਬਾਕਸਿੰਗ ਮੁੱਕੇਬਾਜ਼ੀ باکسنگ",
    "carnival": "karneval karnawał carnaval karnevāls",
    "circus": "cirkus cyrk cirks ਸਰਕਸ سرکس",
    "cycling": "cyklistika kolarstwo ciclism riteņbraukšana ਸਾਈਕਲਿੰਗ سائیکلنگ",
    "dance": "tanec taniec dans dejas ਡਾਂਸ ਨਾਚ ڈانس",
    "drum": "bubny bębny tobe bungas ਢੋਲ ڈھول",
    "film": "filma ਫ਼ਿਲਮ فلم",
    "football": "soccer futbal futbol fotbal futbols piłka nożna ਫੁੱਟਬਾਲ فٹ بال فٹبال",
    "museum": "múzeum muzeum muzeu muzejs ਮਿਊਜ਼ੀਅਮ میوزیم",
    "music": "hudba muzyka muzică mūzika ਸੰਗੀਤ موسیقی",
    "theatre": "theater divadlo teatr teatru teātris ਥੀਏਟਰ تھیٹر",
}


def bare_words(text: str) -> list[str]:
    """The words of a text in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return WORD.findall(bare)


ENGLISH = {bare: word for word, others in OTHERS.items() for bare in bare_words(others)}


def in_english(bare: str) -> str:
    """The listings' word for a bare word, itself where it is none of the others."""
    return ENGLISH.get(bare, bare)
