from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hubs.models import normal_postcode

VALID = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}")
valid_postcodes = st.from_regex(VALID, fullmatch=True)
spaces = st.text(alphabet=" \t\u00a0", max_size=2)


@given(valid_postcodes, st.data())
def test_every_spelling_of_a_postcode_is_the_same(postcode, data):
    letters = [
        data.draw(spaces) + (letter.lower() if data.draw(st.booleans()) else letter)
        for letter in postcode.replace(" ", "")
    ]
    assert normal_postcode("".join(letters) + data.draw(spaces)) == postcode


@given(st.text(max_size=20))
def test_a_normal_postcode_stays_as_it_is(text):
    once = normal_postcode(text)
    assert normal_postcode(once) == once
