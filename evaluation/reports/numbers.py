"""Figures as text: signs, intervals, shares and probabilities, the same wherever they are read."""

from __future__ import annotations

NOTHING = "\u2013"
MINUS = "\u2212"


def signed(value: float | None, *, places: int = 2) -> str:
    """A change with its sign, and a true minus: +0.31, -0.10; nought has none."""
    if value is None:
        return NOTHING
    text = f"{abs(value):.{places}f}"
    if float(text) == 0:
        return text
    return f"+{text}" if value > 0 else f"{MINUS}{text}"


def percent(share: float) -> str:
    """A share of one as whole per cent."""
    return f"{100 * share:.0f} %"


def p_value(value: float | None) -> str:
    """A probability to three places; no stars."""
    if value is None:
        return NOTHING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def plain(value: float | None, *, places: int = 2) -> str:
    """A number without a plus."""
    return NOTHING if value is None else f"{value:.{places}f}".replace("-", MINUS)


def with_sd(mean: float | None, sd: float | None) -> str:
    """A mean with its standard deviation."""
    return f"{plain(mean)} (SD {plain(sd)})"


def count(number: int | None) -> str:
    """A whole number, thousands apart."""
    return NOTHING if number is None else f"{number:,}"


def nearest_five(number: int | None) -> str:
    """A number of people as a hub's own staff read it: to the nearest five, "<5" for 1 to 4."""
    if number is None:
        return NOTHING
    return "<5" if 0 < number < 5 else f"{5 * ((number + 2) // 5):,}"


def people(number: int) -> str:
    """So many young people, in words."""
    return "1 young person" if number == 1 else f"{number:,} young people"


def share(number: int | None, of: int) -> str:
    """A number with its share of another."""
    if number is None:
        return NOTHING
    return f"{number:,} ({percent(number / of)})" if of else f"{number:,}"


def span(low: str, high: str) -> str:
    """From one figure to another; nothing where one is not known."""
    return NOTHING if NOTHING in {low, high} else f"{low} to {high}"


def estimate(value: float | None, low: float | None, high: float | None) -> str:
    """A change with its interval: +0.31 (+0.22 to +0.40)."""
    between = span(signed(low), signed(high))
    return signed(value) if between == NOTHING else f"{signed(value)} ({between})"
