"""An address as a code: square, quiet round it, and the same for the same text."""

from __future__ import annotations

import re

from participants.qr import QUIET_ZONE, code_of

ADDRESS = "https://portal.example.org/consent/" + "a" * 43 + "/"


def test_the_quiet_zone_stays_light_and_the_finder_is_dark() -> None:
    code = code_of(ADDRESS)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", code.path)}
    edge = range(QUIET_ZONE)
    far = {code.size - 1 - each for each in edge}
    assert not [(x, y) for x, y in dark if x in edge or y in edge or x in far or y in far]
    finder = [(QUIET_ZONE + x, QUIET_ZONE) for x in range(7)]
    assert set(finder) <= dark
    assert code_of(ADDRESS) == code
    assert code_of(ADDRESS + "b") != code
