"""What must hold between the parts of a definition, after each part was read by itself."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from evaluation.instruments.definition import Band, Definition, Form, Item, Method, Score
from evaluation.instruments.errors import DefinitionError


def check(definition: Definition) -> None:
    """Raises DefinitionError for the first thing that does not fit together."""
    _refuse_if(definition.version < 1, "version", "is below 1")
    _refuse_if(definition.weeks < 1, "weeks", "is below 1")
    _ages("", definition.min_age, definition.max_age)
    _refuse_if(definition.needs_terms and not definition.terms, "terms", "is missing")
    _unique("items", (item.id for item in definition.items))
    _unique("scores", (score.id for score in definition.scores))
    _unique("forms", (form.id for form in definition.forms))
    for number, item in enumerate(definition.items, start=1):
        _item(f"items[{number}]", item)
    for number, score in enumerate(definition.scores, start=1):
        _score(f"scores[{number}]", score, definition)
    for number, form in enumerate(definition.forms, start=1):
        _form(f"forms[{number}]", form, definition)
    _every_item_counts(definition)


def _refuse_if(is_wrong: bool, key: str, reason: str) -> None:  # noqa: FBT001
    if is_wrong:
        raise DefinitionError("", key, reason)


def _unique(key: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for number, name in enumerate(ids, start=1):
        _refuse_if(name in seen, f"{key}[{number}].id", f"{name!r} is there already")
        seen.add(name)


def _ages(path: str, low: int, high: int) -> None:
    _refuse_if(low < 0, f"{path}min_age", "is below 0")
    _refuse_if(high < low, f"{path}max_age", "is below min_age")


def _item(path: str, item: Item) -> None:
    _refuse_if(item.high <= item.low, f"{path}.high", "is not above low")


def _form(path: str, form: Form, definition: Definition) -> None:
    _ages(f"{path}.", form.min_age, form.max_age)
    outside = form.min_age < definition.min_age or form.max_age > definition.max_age
    _refuse_if(outside, f"{path}.min_age", "or max_age is outside the instrument's ages")


def _every_item_counts(definition: Definition) -> None:
    counted = {item for score in definition.scores for item in score.items}
    for number, item in enumerate(definition.items, start=1):
        _refuse_if(item.id not in counted, f"items[{number}].id", "is in no score")


def _score(path: str, score: Score, definition: Definition) -> None:
    known = {item.id: item for item in definition.items}
    for name in score.items:
        _refuse_if(name not in known, f"{path}.items", f"names {name!r}, which is no item")
    items = [known[name] for name in score.items]
    _counts(path, score, items)
    _conversion(path, score, items)
    _range(path, score, items)
    _bands(path, score)
    _figures(path, score)


def _counts(path: str, score: Score, items: list[Item]) -> None:
    in_range = 1 <= score.minimum_answered <= len(items)
    _refuse_if(not in_range, f"{path}.minimum_answered", f"is not from 1 to {len(items)}")
    alone = score.method == Method.ITEM and len(items) != 1
    _refuse_if(alone, f"{path}.items", "is not one item, as method item needs")
    ranges = {(item.low, item.high) for item in items}
    _refuse_if(len(ranges) > 1, f"{path}.items", "have different ranges")
    _refuse_if(not 0 <= score.decimals <= 4, f"{path}.decimals", "is not from 0 to 4")


def _conversion(path: str, score: Score, items: list[Item]) -> None:
    key = f"{path}.table"
    if score.method != Method.TABLE:
        _refuse_if(bool(score.table), key, "is there though the method is not table")
        return
    missing = score.minimum_answered != len(items)
    _refuse_if(missing, f"{path}.minimum_answered", "is not every item, as a table needs")
    raw = set(range(sum(item.low for item in items), sum(item.high for item in items) + 1))
    for value in sorted(raw.symmetric_difference(score.table)):
        fault = "is missing" if value in raw else "is no raw sum of these items"
        raise DefinitionError("", f"{key}.{value}", fault)
    steps = [score.table[value] for value in sorted(raw)]
    _refuse_if(steps != sorted(set(steps)), key, "does not rise with the raw sum")


def _range(path: str, score: Score, items: list[Item]) -> None:
    low, high = _reach(score, items)
    _refuse_if(score.low != low, f"{path}.low", f"is not {low}, the lowest score there can be")
    _refuse_if(score.high != high, f"{path}.high", f"is not {high}, the highest score there can be")


def _reach(score: Score, items: list[Item]) -> tuple[Decimal, Decimal]:
    if score.method == Method.TABLE:
        return min(score.table.values()), max(score.table.values())
    low, high = items[0].low, items[0].high
    if score.method == Method.SUM:
        low, high = low * len(items), high * len(items)
    return Decimal(low), Decimal(high)


def _bands(path: str, score: Score) -> None:
    """Bands follow each other from the lowest to the highest score without a gap."""
    if not score.bands:
        return
    _unique(f"{path}.bands", (band.id for band in score.bands))
    step = Decimal(1).scaleb(-score.decimals)
    expected = score.low
    for number, band in enumerate(score.bands, start=1):
        _band(f"{path}.bands[{number}]", band, expected)
        expected = band.high + step
    last = f"{path}.bands[{len(score.bands)}].high"
    _refuse_if(score.bands[-1].high != score.high, last, f"is not {score.high}, the highest score")


def _band(path: str, band: Band, expected: Decimal) -> None:
    _refuse_if(band.low > expected, f"{path}.low", f"leaves a gap: {expected} was expected")
    _refuse_if(band.low < expected, f"{path}.low", f"overlaps: {expected} was expected")
    _refuse_if(band.high < band.low, f"{path}.high", "is below low")


def _figures(path: str, score: Score) -> None:
    if score.reliability is not None:
        within = 0 < score.reliability < 1
        _refuse_if(not within, f"{path}.reliability", "is not between 0 and 1")
        _refuse_if(not score.reliability_source, f"{path}.reliability_source", "is missing")
    for number, norm in enumerate(score.norms, start=1):
        _refuse_if(norm.sd <= 0, f"{path}.norms[{number}].sd", "is not above 0")
    several = sum(norm.functional for norm in score.norms) > 1
    _refuse_if(several, f"{path}.norms", "has more than one functional population")
