"""What changed, worked out from answers before and after. Pure: scored arrays in, figures out.

`evaluation.queries.outcomes` reads the rows; here they become pairs, and pairs become everything
that a page or a report says of one score. The statistics themselves are `evaluation.statistics`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evaluation import statistics
from evaluation.instruments.definition import Band, Direction, Method, Score

# A mean of fewer pairs says more about a person than about a group; under thirty it is a hint.
LEAST_PAIRS = 10
INDICATIVE_BELOW = 30
# Sessions attended between the two waves, as everywhere in the portal.
DOSE_BANDS = ((0, 0), (1, 1), (2, 4), (5, 9), (10, 19), (20, None))

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """One finished set of answers of one person; `person` is the root's id, `on` a London date."""

    person: UUID
    wave: str
    on: dt.date
    answers: Mapping[str, int]


@dataclass(frozen=True)
class Pair:
    """Somebody's earliest baseline and their latest follow-up that is late enough."""

    person: UUID
    before: Given
    after: Given

    @property
    def days(self) -> int:
        """Days between the two."""
        return (self.after.on - self.before.on).days


@dataclass(frozen=True)
class Matched:
    """All answers of a measure, sorted out.

    `baselines` has each person's earliest, `pairs` those with a valid follow-up, `due` those whose
    follow-up may be asked by now, `early` those whose only follow-ups came too soon to count.
    """

    baselines: dict[UUID, Given]
    pairs: list[Pair]
    due: set[UUID]
    early: set[UUID]

    @property
    def lost(self) -> set[UUID]:
        """Those whose follow-up was due and is not there."""
        return self.due - {pair.person for pair in self.pairs}


@dataclass(frozen=True)
class BandCount:
    """How many of the pairs were in a band before and after."""

    label: str
    before: int
    after: int


@dataclass(frozen=True)
class Crossing:
    """One band's movements: who was in it only before, and only after, with McNemar's test."""

    label: str
    only_before: int
    only_after: int
    p: float | None


@dataclass(frozen=True)
class Group:
    """A subgroup's change; `change` is None where there are too few pairs to say."""

    title: str
    label: str
    n: int
    change: statistics.PairedChange | None

    @property
    def is_indicative(self) -> bool:
        """Whether there are too few pairs for more than a hint."""
        return self.n < INDICATIVE_BELOW


@dataclass(frozen=True)
class LowStart:
    """Those chosen for a low start, and how much of their change anybody would expect.

    `cutoff` is the score at or below which somebody counts as low (at or above, where lower is
    better); `expected` the change by regression to the mean alone, in the score's units, from the
    reliability, and `expected_by_r` from how the two waves go together, which knows of good days.
    """

    n: int
    cutoff: float
    change: statistics.PairedChange | None
    expected: float | None
    expected_by_r: float | None
    why: str


@dataclass(frozen=True)
class Clusters:
    """How alike the changes at one hub are: ICC(1), design effect, and a t test on hub means."""

    hubs: int
    icc: float | None
    design_effect: float | None
    t: float | None
    p: float | None
    reason: str


@dataclass(frozen=True)
class Reliability:
    """How well a score repeats: from its publication, or alpha of the baselines here."""

    value: float | None
    source: str


@dataclass(frozen=True)
class ScoreOutcome:
    """Everything that is said of one score: the change, and what it must be read with."""

    score: Score
    n: int
    change: statistics.PairedChange
    bands: tuple[BandCount, ...]
    crossing: Crossing | None
    reliability: Reliability
    reliable: statistics.ReliableChange | None
    dose: statistics.DoseResponse
    # The same with where everybody started and their hub taken into account, in points an hour.
    adjusted: statistics.AdjustedDose
    doses: tuple[Group, ...]
    clusters: Clusters
    low_start: LowStart | None
    groups: tuple[Group, ...]
    is_primary: bool = False
    # Holm's, over the scores of the instrument that are not the primary one.
    p_adjusted: float | None = None

    @property
    def has_figures(self) -> bool:
        """Whether there are enough pairs to say anything about them."""
        return self.n >= LEAST_PAIRS


@dataclass(frozen=True)
class Compared:
    """Something about those who were followed up, and about those who were lost, at the start."""

    label: str
    n_kept: int
    n_lost: int
    kept: float | None
    lost: float | None
    # Standardised: the difference in standard deviations of both together.
    difference: float | None


@dataclass(frozen=True)
class People:
    """What analysis needs to know of the people of pairs, in the order of the pairs.

    `hours` and `sessions` are those between the two waves; `hubs` says where somebody mostly
    went; `groups` is by title one label a person.
    """

    hours: Numbers
    sessions: NDArray[np.int64]
    hubs: Sequence[str]
    groups: Mapping[str, Sequence[str]]


# --- Pairs --------------------------------------------------------------------------------------
def match(given: Sequence[Given], *, weeks: int, until: dt.date) -> Matched:
    """Sort answers into pairs, one a person; `given` is in the order in which they were finished.

    The earliest baseline counts, and the latest follow-up at least `weeks` weeks after it. A
    follow-up is due from that many weeks after the baseline, as of the day `until`.
    """
    baselines: dict[UUID, Given] = {}
    follow_ups: dict[UUID, Given] = {}
    for one in given:
        _keep(baselines if one.wave == "baseline" else follow_ups, one)
    gap = dt.timedelta(weeks=weeks)
    pairs, early = [], set()
    for person, before in baselines.items():
        after = follow_ups.get(person)
        if after is None:
            continue
        if after.on - before.on >= gap:
            pairs.append(Pair(person, before, after))
        else:
            early.add(person)
    due = {person for person, before in baselines.items() if before.on + gap <= until}
    return Matched(baselines, sorted(pairs, key=lambda pair: pair.person), due, early)


def _keep(kept: dict[UUID, Given], one: Given) -> None:
    """Keep the earliest baseline, or the latest follow-up, of each person.

    Of two on one day the first baseline and the last follow-up count, as they come.
    """
    other = kept.get(one.person)
    is_wanted = other is None or (
        one.on < other.on if one.wave == "baseline" else one.on >= other.on
    )
    if is_wanted:
        kept[one.person] = one


def settled_until(given: Sequence[Given], until: dt.date) -> dt.date | None:
    """The last end of a month, at or before a day, up to which a hub may read its own totals.

    Totals move on only once ten or more young people have answered again since they last did, or
    whoever knows who came lately could take one total from the next. None before the first ten.
    """
    later = sorted((one.on, one.person) for one in given if one.wave == "follow_up")
    settled, waiting = None, set[UUID]()
    ends = sorted({end for on, _ in later if (end := _end_of_month(on)) <= until})
    for end in ends:
        waiting |= {person for on, person in later if _end_of_month(on) == end}
        if len(waiting) >= LEAST_PAIRS:
            settled, waiting = end, set()
    return settled


def _end_of_month(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


# --- One score ----------------------------------------------------------------------------------
def outcome_of(
    score: Score,
    before: Numbers,
    after: Numbers,
    people: People,
    items: Numbers,
    *,
    is_primary: bool = False,
) -> ScoreOutcome:
    """Work out everything about one score.

    `before` and `after` hold one score a pair, NaN where there is none; `items` the baseline's
    answers, people as rows and the score's items as columns, NaN where one is missing.
    """
    whole = ~(np.isnan(before) | np.isnan(after))
    start, end, some = before[whole], after[whole], _of(people, whole)
    change = statistics.paired_change(start, end)
    reliability = _reliability(score, items)
    clusters = _by(end - start, some.hubs)
    return ScoreOutcome(
        score=score,
        n=int(whole.sum()),
        change=change,
        bands=tuple(_bands(score.bands, start, end)),
        crossing=_crossing(score, start, end),
        reliability=reliability,
        reliable=_reliable(score, start, end, reliability),
        dose=statistics.dose_response(some.hours, end - start),
        adjusted=statistics.adjusted_dose(start, end, some.hours, some.hubs),
        doses=tuple(_doses(start, end, some.sessions)),
        clusters=_clusters(list(clusters.values())),
        low_start=_low_start(score, start, end, (reliability.value, change.r)),
        groups=tuple(_groups(start, end, some.groups)),
        is_primary=is_primary,
    )


def with_holm(outcomes: Sequence[ScoreOutcome]) -> list[ScoreOutcome]:
    """Give every outcome that is not the primary one its p value after Holm."""
    others = [
        one
        for one in outcomes
        if not one.is_primary and one.has_figures and one.change.p is not None
    ]
    adjusted = iter(statistics.holm([one.change.p for one in others]))
    return [
        replace(one, p_adjusted=next(adjusted)) if any(one is each for each in others) else one
        for one in outcomes
    ]


def _of(people: People, whole: NDArray[np.bool_]) -> People:
    kept: list[int] = np.flatnonzero(whole).tolist()
    return People(
        hours=people.hours[whole],
        sessions=people.sessions[whole],
        hubs=[people.hubs[at] for at in kept],
        groups={title: [labels[at] for at in kept] for title, labels in people.groups.items()},
    )


def _bands(bands: Sequence[Band], start: Numbers, end: Numbers) -> list[BandCount]:
    was, is_now = _band_numbers(bands, start), _band_numbers(bands, end)
    return [
        BandCount(band.label, int((was == at).sum()), int((is_now == at).sum()))
        for at, band in enumerate(_in_order(bands))
    ]


def _in_order(bands: Sequence[Band]) -> list[Band]:
    return sorted(bands, key=lambda band: band.low)


def _band_numbers(bands: Sequence[Band], values: Numbers) -> NDArray[np.int64]:
    """Which band each value lies in, from the lowest up: the last that starts at or below it."""
    starts = np.array([float(band.low) for band in _in_order(bands)])
    return np.searchsorted(starts, values, side="right") - 1


def worst_band(score: Score) -> Band | None:
    """The band that nobody should be in; None where a score has no bands."""
    if not score.bands:
        return None
    return _in_order(score.bands)[0 if score.direction is Direction.HIGHER else -1]


def _crossing(score: Score, start: Numbers, end: Numbers) -> Crossing | None:
    band = worst_band(score)
    if band is None:
        return None
    worst = _in_order(score.bands).index(band)
    was = _band_numbers(score.bands, start) == worst
    is_now = _band_numbers(score.bands, end) == worst
    only_before, only_after = int((was & ~is_now).sum()), int((~was & is_now).sum())
    test = statistics.mcnemar(only_before, only_after)
    return Crossing(band.label, only_before, only_after, test.p)


def _reliability(score: Score, items: Numbers) -> Reliability:
    """The published figure; else, of several items, alpha of those who answered them all."""
    if score.reliability is not None:
        return Reliability(float(score.reliability), score.reliability_source)
    if score.method is Method.ITEM or items.shape[1] < 2:
        return Reliability(
            None, "A single item has no internal consistency, and none is published."
        )
    complete = items[~np.isnan(items).any(axis=1)]
    if len(complete) < INDICATIVE_BELOW:
        return Reliability(None, "None is published, and too few answered here to work one out.")
    alpha = statistics.cronbach_alpha(complete)
    if alpha.alpha is None or not 0 < alpha.alpha < 1:
        return Reliability(None, "None is published, and the answers here give none.")
    return Reliability(alpha.alpha, f"Cronbach's alpha of {len(complete):,} baselines here.")


def _reliable(
    score: Score, start: Numbers, end: Numbers, reliability: Reliability
) -> statistics.ReliableChange | None:
    if reliability.value is None:
        return None
    norm = next((norm for norm in score.norms if norm.functional), None)
    return statistics.reliable_change(
        start,
        end,
        reliability=reliability.value,
        direction=score.direction.value,
        functional=(float(norm.mean), float(norm.sd)) if norm else None,
    )


def _low_start(
    score: Score, start: Numbers, end: Numbers, steadiness: Sequence[float | None]
) -> LowStart | None:
    """Those in the worst band, or else the lowest quarter, with what regression alone would do."""
    if len(start) < LEAST_PAIRS:
        return None
    # Where lower is better the same is done upside down.
    sign = 1.0 if score.direction is Direction.HIGHER else -1.0
    band = worst_band(score)
    if band is None:
        edge = float(np.quantile(sign * start, 0.25))
        why = f"The quarter with the {'lowest' if sign > 0 else 'highest'} start, and who ties."
    else:
        edge = float(band.high) if sign > 0 else -float(band.low)
        why = f"Those who started in the band “{band.label}”."
    low = sign * start <= edge
    by_chance = [_expected(sign * start, each, edge) for each in steadiness]
    expected, expected_by_r = (None if each is None else sign * each for each in by_chance)
    return LowStart(
        n=int(low.sum()),
        cutoff=sign * edge,
        change=_enough(start[low], end[low]),
        expected=expected,
        expected_by_r=expected_by_r,
        why=why,
    )


def _expected(start: Numbers, steadiness: float | None, edge: float) -> float | None:
    if steadiness is None or not 0 < steadiness <= 1:
        return None
    mean, sd = float(start.mean()), float(start.std(ddof=1))
    return statistics.expected_regression(mean, sd, steadiness, edge).expected


def _by(values: Numbers, labels: Sequence[str]) -> dict[str, Numbers]:
    where: dict[str, list[int]] = {}
    for at, label in enumerate(labels):
        where.setdefault(label, []).append(at)
    return {label: values[at] for label, at in sorted(where.items())}


def _clusters(groups: list[Numbers]) -> Clusters:
    test = statistics.hub_means_t(groups)
    alike, effect = statistics.icc(groups), statistics.design_effect(groups)
    reason = alike.reason or test.reason or ""
    return Clusters(len(groups), alike.icc, effect.design_effect, test.t, test.p, reason)


def _enough(start: Numbers, end: Numbers) -> statistics.PairedChange | None:
    return statistics.paired_change(start, end) if len(start) >= LEAST_PAIRS else None


def _groups(start: Numbers, end: Numbers, by_title: Mapping[str, Sequence[str]]) -> list[Group]:
    found = []
    for title, labels in by_title.items():
        before, after = _by(start, labels), _by(end, labels)
        found += [
            Group(title, label, len(some), _enough(some, after[label]))
            for label, some in before.items()
        ]
    return found


def _doses(start: Numbers, end: Numbers, sessions: NDArray[np.int64]) -> list[Group]:
    found = []
    for low, high in DOSE_BANDS:
        some = (sessions >= low) & (sessions <= (high if high is not None else np.inf))
        label = str(low) if low == high else f"{low} to {high}" if high else f"{low} or more"
        found.append(Group("Sessions", label, int(some.sum()), _enough(start[some], end[some])))
    return found


# --- Those who were lost ------------------------------------------------------------------------
def compare(label: str, kept: Numbers, lost: Numbers) -> Compared:
    """Means of those who were followed up and of those who were lost; NaN counts as not known."""
    kept, lost = kept[~np.isnan(kept)], lost[~np.isnan(lost)]
    if min(len(kept), len(lost)) < LEAST_PAIRS:
        return Compared(label, len(kept), len(lost), None, None, None)
    spread = float(np.sqrt((kept.var(ddof=1) + lost.var(ddof=1)) / 2))
    difference = (float(kept.mean()) - float(lost.mean())) / spread if spread else None
    return Compared(label, len(kept), len(lost), float(kept.mean()), float(lost.mean()), difference)
