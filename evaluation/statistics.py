"""Before-and-after statistics without a comparison group. Pure: arrays in, frozen results out.

Columns of numbers may be lists, tuples, numpy arrays, Decimals or anything alike, one number a
person. Results are Python numbers. What cannot be worked out is None, and `reason` says why; a
missing value is never dropped in silence: who is counted is decided, and said, before figures are
worked out. Columns of different lengths are an error of the caller (ValueError).

Intervals are 95 %. None of these figures says that a programme caused a change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

Numbers: TypeAlias = Iterable[Any]
Column: TypeAlias = NDArray[np.float64]

TAIL = 0.975
# 1.96 as Jacobson and Truax print it, not the quantile of the normal distribution.
RELIABLE = 1.96
# So many pairs that differ take about four milliseconds exactly; beyond them the normal
# approximation is right to the third digit.
EXACT_PAIRS = 200
EXACT_DISCORDANT = 25
# The noncentral t distribution loses its digits beyond this; no scores come near it.
LARGEST_T = 3000.0
# Gauss and Legendre's places and weights from 0 to 1; nothing of a normal distribution is beyond 9.
FAR = 9.0
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
NODES, WEIGHTS = (1 + _PLACES) / 2, _WEIGHTS / 2
LARGEST_NUMBER = 1e100
LARGEST_DF = 100_000
# Decimal fractions have no exact binary form: 0.3 - 0.1 and 0.2 - 0.0 are the same change.
NOISE = 32 * np.finfo(float).eps


class _OneNumber:
    """A result whose first field is its number: float() gives it."""

    def __float__(self) -> float:
        """The number; ValueError with the reason where there is none."""
        value = getattr(self, fields(self)[0].name)  # type: ignore[arg-type]
        if value is None:
            raise ValueError(getattr(self, "reason", None) or "There is no number.")
        return float(value)


@dataclass(frozen=True)
class Interval:
    """A share and its 95 % interval, each from 0 to 1."""

    low: float | None = None
    high: float | None = None
    share: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PairedChange:
    """What changed between two measurements of the same people; change is after minus before.

    Means, deviations and the interval of the mean change (`ci_low`, `ci_high`) are in the score's
    own units; `d_av`, `d_z` and `g_z` in standard deviations. `up`, `same` and `down` count pairs.
    `wilcoxon_method` is "exact" or "normal".
    """

    n: int
    mean_before: float | None = None
    mean_after: float | None = None
    sd_before: float | None = None
    sd_after: float | None = None
    mean_change: float | None = None
    sd_change: float | None = None
    t: float | None = None
    df: int | None = None
    p: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    d_av: float | None = None
    d_av_low: float | None = None
    d_av_high: float | None = None
    d_z: float | None = None
    d_z_low: float | None = None
    d_z_high: float | None = None
    g_z: float | None = None
    r: float | None = None
    up: int | None = None
    same: int | None = None
    down: int | None = None
    wilcoxon_statistic: float | None = None
    wilcoxon_p: float | None = None
    zeros: int | None = None
    rank_biserial: float | None = None
    wilcoxon_method: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class ReliableChange:
    """How many changed by more than the measure's own error, each person counted once.

    Recovered: changed reliably for the better and crossed the cut-off to the functional side.
    Improved: reliably for the better without crossing. Deteriorated: reliably for the worse.
    Without a functional population there is no cut-off and nobody is counted as recovered, so that
    the four always add up to `n`. `s_diff` is the standard error of a difference, `smallest` the
    change beyond which it is reliable.
    """

    cutoff: float | None = None
    recovered: int | None = None
    improved: int | None = None
    unchanged: int | None = None
    deteriorated: int | None = None
    s_diff: float | None = None
    smallest: float | None = None
    n: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Adjusted:
    """p-values adjusted for how many they are, in the order given."""

    adjusted: tuple[float | None, ...]
    reason: str | None = None

    def __iter__(self) -> Iterator[float | None]:
        """The adjusted values one after another."""
        return iter(self.adjusted)

    def __len__(self) -> int:
        """How many values were given."""
        return len(self.adjusted)

    def __getitem__(self, index: int) -> float | None:
        """The adjusted value of one place."""
        return self.adjusted[index]


@dataclass(frozen=True)
class Alpha(_OneNumber):
    """Internal consistency of `items` items answered by `n` people."""

    alpha: float | None = None
    n: int = 0
    items: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class McNemar:
    """Whether as many crossed a line one way as the other; `method` is "exact" or "chi-square"."""

    p: float | None = None
    statistic: float | None = None
    discordant: int = 0
    method: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DoseResponse(_OneNumber):
    """Spearman's rank correlation of hours and change, with its interval."""

    rho: float | None = None
    p: float | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class AdjustedDose:
    """Change of the later score an hour, at equal first scores and within groups.

    `slope` is in units of the score an hour.
    """

    slope: float | None = None
    standard_error: float | None = None
    t: float | None = None
    df: int | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    groups: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class IntraclassCorrelation(_OneNumber):
    """ICC(1) of `n` people in `groups` groups, with its analysis of variance."""

    icc: float | None = None
    f: float | None = None
    p: float | None = None
    df_between: int | None = None
    df_within: int | None = None
    mean_square_between: float | None = None
    mean_square_within: float | None = None
    n0: float | None = None
    groups: int = 0
    n: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class DesignEffect(_OneNumber):
    """How much less people in groups say than as many people by themselves.

    `design_effect` takes the mean size of the groups; `design_effect_unequal` weights each group
    by its size, which is what a mean over people needs where sizes differ, and equals the first
    where they do not. `effective_n` is the people divided by the latter, never more than there are.
    """

    design_effect: float | None = None
    design_effect_unequal: float | None = None
    icc: float | None = None
    mean_size: float | None = None
    effective_n: float | None = None
    groups: int = 0
    n: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class MeanTest:
    """A mean against nought: t, two-sided p and the interval of the mean."""

    mean: float | None = None
    t: float | None = None
    df: int | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class ExpectedRegression(_OneNumber):
    """How far a group chosen for a low start is expected to rise by itself, in the score's units.

    `z` is where the cut-off lies in the distribution that the group was chosen from.
    """

    expected: float | None = None
    z: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Correction(_OneNumber):
    """The factor that takes the bias of few people out of a standardised difference."""

    correction: float | None = None
    reason: str | None = None


@np.errstate(all="ignore")
def paired_change(before: Numbers, after: Numbers) -> PairedChange:
    """Change of people measured twice: t, effect sizes, signed ranks, and how many went up.

    The mean change has Student's interval. d_av = mean change / sqrt((s1^2 + s2^2) / 2) (Cumming
    2012, p. 291) with the standard error sqrt(s_diff^2 / n) / s_av (Algina and Keselman 2003,
    Educational and Psychological Measurement 63, 537-553, eq. 4) and the normal quantile, as R's
    effectsize::repeated_measures_d has it. That error leaves out how uncertain s_av itself is: of
    95 % it keeps about 94 with fifty pairs, a change of 0.3 and a correlation of 0.8, but 87 at a
    change of 0.8. The limits of d_z times sd_change / s_av, their equations 7 to 9, keep 95.
    d_z = mean change / s_diff with the limits at which the noncentral t distribution puts 2.5 % on
    either side (Cumming and Finch 2001, same journal 61, 532-574); g_z is d_z times
    `hedges_correction`. r is Pearson's. Signed ranks as Wilcoxon (1945): zeros dropped and counted,
    mid-ranks for ties, `wilcoxon_statistic` the smaller of W+ and W-, the two-sided p from the
    exact permutation distribution of those mid-ranks up to 200 pairs that differ and beyond from
    the normal with the variance corrected for ties, no correction for continuity; rank_biserial =
    (W+ - W-) / (W+ + W-) (Kerby 2014).
    """
    first, last = _columns(before, after)
    reason = _unusable(first, last)
    if reason or not first.size:
        return PairedChange(n=first.size, reason=reason or "There are no pairs.")
    noise = NOISE * (np.abs(first) + np.abs(last))
    change = np.where(np.abs(last - first) <= noise, 0.0, last - first)
    counts = _directions(change)
    if first.size < 2:
        return PairedChange(
            n=1,
            mean_before=float(first[0]),
            mean_after=float(last[0]),
            mean_change=float(change[0]),
            up=counts.up,
            same=counts.same,
            down=counts.down,
            zeros=counts.same,
            reason="One pair is too few.",
        )
    deviations = _Deviations(_sd(first), _sd(last), _sd(change, float(noise.max())))
    test, ranks = _t_test(change, deviations.change), _signed_ranks(change, noise)
    average, paired = _d_av(change, deviations), _d_z(test, change, deviations.change)
    return PairedChange(
        n=first.size,
        mean_before=float(first.mean()),
        mean_after=float(last.mean()),
        sd_before=deviations.before,
        sd_after=deviations.after,
        mean_change=float(change.mean()),
        sd_change=deviations.change,
        t=test.t,
        df=test.df,
        p=test.p,
        ci_low=test.low,
        ci_high=test.high,
        d_av=average.d,
        d_av_low=average.low,
        d_av_high=average.high,
        d_z=paired.d,
        d_z_low=paired.low,
        d_z_high=paired.high,
        g_z=_times(paired.d, hedges_correction(first.size - 1).correction),
        r=_pearson(first, last, deviations),
        up=counts.up,
        same=counts.same,
        down=counts.down,
        wilcoxon_statistic=ranks.statistic,
        wilcoxon_p=ranks.p,
        zeros=counts.same,
        rank_biserial=ranks.biserial,
        wilcoxon_method=ranks.method,
        reason=_why_incomplete(first.size, counts, deviations, paired),
    )


@np.errstate(all="ignore")
def reliable_change(
    before: Numbers,
    after: Numbers,
    *,
    reliability: float | Decimal | None,
    direction: str = "higher",
    functional: Sequence[Any] | None = None,
) -> ReliableChange:
    """How many changed reliably, and how many of them crossed to the functional side.

    S_diff = s_pre sqrt(1 - r) sqrt(2); a change is reliable where |change / S_diff| > 1.96. The
    cut-off c = (s1 M0 + s0 M1) / (s0 + s1) weighs the first scores here (1) and the functional
    population (0), given as (mean, standard deviation). Jacobson and Truax (1991), Journal of
    Consulting and Clinical Psychology 59, 12-19. `direction` is "higher" or "lower", whichever is
    better; ValueError for anything else. To have crossed is to have started at or on the worse side
    of the cut-off and to have ended beyond it.
    """
    sign = {"higher": 1.0, "lower": -1.0}.get(direction)
    if sign is None:
        raise ValueError('direction must be "higher" or "lower".')
    first, last = _columns(before, after)
    reason = _unusable(first, last) or _no_reliability(reliability, strictly=True)
    spread = _sd(first) if not reason and first.size > 1 else 0.0
    if reason or not spread:
        return ReliableChange(n=first.size, reason=reason or _no_spread(first.size))
    assert reliability is not None  # noqa: S101 # told by `_no_reliability`
    error = spread * math.sqrt(1 - float(reliability)) * math.sqrt(2)
    change = sign * (last - first)
    better, worse = change > RELIABLE * error, change < -RELIABLE * error
    cutoff, why_not = _cutoff(float(first.mean()), spread, functional)
    crossed = np.zeros(first.size, bool)
    if cutoff is not None:
        crossed = (sign * first <= sign * cutoff) & (sign * last > sign * cutoff)
    recovered = int((better & crossed).sum())
    return ReliableChange(
        cutoff=cutoff,
        recovered=recovered,
        improved=int(better.sum()) - recovered,
        unchanged=int((~better & ~worse).sum()),
        deteriorated=int(worse.sum()),
        s_diff=error,
        smallest=RELIABLE * error,
        n=first.size,
        reason=why_not,
    )


def wilson_interval(successes: int, n: int) -> Interval:
    """Wilson's score interval of a share, 95 %, without correction for continuity.

    Wilson (1927); method 3 of Newcombe (1998), Statistics in Medicine 17, 857-872.
    """
    hits, total = _count(successes), _count(n)
    if hits is None or total is None or hits > total:
        return Interval(reason="Successes and people must be whole numbers, successes no more.")
    if not total:
        return Interval(reason="There is nobody to take a share of.")
    found = stats.binomtest(hits, total).proportion_ci(confidence_level=0.95, method="wilson")
    share = hits / total
    # Rounding must not push the share out of its own interval at 0 and 1.
    return Interval(min(float(found.low), share), max(float(found.high), share), share)


def holm(p_values: Numbers) -> Adjusted:
    """Holm's step-down adjustment, in the order given.

    The i-th smallest of m is multiplied by m - i + 1, never below the one before it, never above 1.
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70. What is not a p-value stays None and
    does not count among the m.
    """
    given = _numbers(p_values)
    known = np.flatnonzero((given >= 0) & (given <= 1))
    order = known[np.argsort(given[known], kind="stable")]
    steps = given[order] * np.arange(known.size, 0, -1)
    result: list[float | None] = [None] * given.size
    for place, value in zip(order, np.minimum(np.maximum.accumulate(steps), 1.0), strict=True):
        result[place] = float(value)
    missing = given.size - known.size
    return Adjusted(
        tuple(result),
        f"{missing} of {given.size} are not p-values and were left out." if missing else None,
    )


@np.errstate(all="ignore")
def cronbach_alpha(items: Iterable[Numbers]) -> Alpha:
    """Cronbach's alpha; people as rows, items as columns, every cell answered.

    k / (k - 1) * (1 - sum of the items' variances / variance of the sums). Cronbach (1951),
    Psychometrika 16, 297-334.
    """
    rows = [_numbers(row) for row in items]
    if len({row.size for row in rows}) > 1:
        raise ValueError("Every person needs an answer to each item.")
    people, width = len(rows), rows[0].size if rows else 0
    reason = _unusable(*rows) if rows else None
    if reason or people < 2 or width < 2:
        return Alpha(None, people, width, reason or "It takes two people and two items.")
    table = np.vstack(rows)
    total = _sd(table.sum(axis=1))
    if not total:
        return Alpha(None, people, width, "Everybody has the same sum.")
    shares = table.var(axis=0, ddof=1).sum() / total**2
    return Alpha(float(width / (width - 1) * (1 - shares)), people, width)


def mcnemar(only_before: int, only_after: int) -> McNemar:
    """Whether crossings one way outnumber those the other way, two-sided.

    Exact binomial below 25 crossings; else (|b - c| - 1)^2 / (b + c) against chi-square with one
    degree of freedom, which is 0 where b equals c. McNemar (1947), Psychometrika 12, 153-157.
    """
    lost, gained = _count(only_before), _count(only_after)
    if lost is None or gained is None:
        return McNemar(reason="Both must be whole numbers, nought or more.")
    discordant = lost + gained
    if not discordant:
        return McNemar(reason="Nobody crossed.")
    if discordant < EXACT_DISCORDANT:
        p = float(stats.binomtest(lost, discordant, 0.5).pvalue)
        return McNemar(p, float(min(lost, gained)), discordant, "exact")
    statistic = max(abs(lost - gained) - 1, 0) ** 2 / discordant
    return McNemar(float(stats.chi2.sf(statistic, 1)), statistic, discordant, "chi-square")


@np.errstate(all="ignore")
def dose_response(hours: Numbers, change: Numbers) -> DoseResponse:
    """Spearman's rank correlation of hours attended and change, mid-ranks for ties.

    p from t = rho sqrt((n - 2) / (1 - rho^2)); the interval on Fisher's scale with the standard
    error sqrt((1 + rho^2 / 2) / (n - 3)) of Bonett and Wright (2000), Psychometrika 65, 23-28.
    """
    dose, result = _columns(hours, change)
    size = dose.size
    reason = _unusable(dose, result)
    if reason or size < 3:
        return DoseResponse(n=size, reason=reason or "It takes three pairs.")
    if not _sd(dose) or not _sd(result):
        return DoseResponse(n=size, reason="The hours or the changes are all the same.")
    found = stats.spearmanr(_midranks(dose), _midranks(result))
    rho = max(-1.0, min(1.0, float(found.statistic)))
    if size < 4 or abs(rho) > 1 - NOISE:
        return DoseResponse(rho, float(found.pvalue), size, reason="There is no interval.")
    half = float(stats.norm.ppf(TAIL)) * math.sqrt((1 + rho**2 / 2) / (size - 3))
    low, high = math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)
    return DoseResponse(rho, float(found.pvalue), size, low, high)


@np.errstate(all="ignore")
def adjusted_dose(
    before: Numbers, after: Numbers, hours: Numbers, groups: Iterable[object]
) -> AdjustedDose:
    """The slope of hours in after ~ before + hours + group, by least squares.

    `groups` names each person's group; each has a constant of its own, so people are compared
    within groups only (Frisch and Waugh 1933: taking group means out gives the same slope). The
    standard error takes people of a group as independent once the group's level is out.
    """
    first, last, dose = _columns(before, after, hours)
    names, members = np.unique([str(name) for name in groups], return_inverse=True)
    if members.size != first.size:
        raise ValueError("Columns must be of the same length.")
    size, df = first.size, first.size - names.size - 2
    reason = _unusable(first, last, dose)
    if reason or df < 1:
        return AdjustedDose(n=size, groups=names.size, reason=reason or "There are too few pairs.")
    start, end, time = (_within(column, members) for column in (first, last, dose))
    # What is left of the hours once first scores are out of them, and of the later scores.
    rest, outcome = _without(time, start), _without(end, start)
    spread = float(rest @ rest)
    if spread <= NOISE * max(float(dose @ dose), 1.0):
        return AdjustedDose(n=size, groups=names.size, reason="Hours do not differ within groups.")
    slope = float(rest @ outcome) / spread
    left = outcome - slope * rest
    error = math.sqrt(float(left @ left) / df / spread)
    if error <= NOISE * max(abs(slope), 1.0):
        return AdjustedDose(slope, n=size, groups=names.size, reason="Nothing is left to vary.")
    half = float(stats.t.ppf(TAIL, df)) * error
    return AdjustedDose(
        slope=slope,
        standard_error=error,
        t=slope / error,
        df=df,
        p=float(2 * stats.t.sf(abs(slope / error), df)),
        low=slope - half,
        high=slope + half,
        n=size,
        groups=names.size,
    )


@np.errstate(all="ignore")
def icc(groups: Iterable[Numbers]) -> IntraclassCorrelation:
    """ICC(1) from one-way analysis of variance; groups as rows, of any lengths.

    (MSB - MSW) / (MSB + (n0 - 1) MSW) with n0 = (N - sum of n_i^2 / N) / (k - 1), the groups' size
    where it is the same. Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428; n0 after
    Donner and Koval (1980). It may come out below nought; empty groups do not count.
    """
    rows = _rows(groups)
    sizes = np.array([row.size for row in rows], dtype=float)
    count, people = len(rows), int(sizes.sum())
    reason = _unusable(*rows) or _too_few_in_groups(count, people)
    values = np.concatenate(rows) if rows else np.zeros(0)
    if reason or not _sd(values):
        why = reason or "All values are the same."
        return IntraclassCorrelation(groups=count, n=people, reason=why)
    means = np.array([row.mean() for row in rows])
    spreads = np.array([((row - row.mean()) ** 2).sum() for row in rows])
    between = float((sizes * (means - values.mean()) ** 2).sum() / (count - 1))
    within = float(spreads.sum() / (people - count))
    size = float((people - (sizes**2).sum() / people) / (count - 1))
    ratio = between / within if within else None
    return IntraclassCorrelation(
        icc=(between - within) / (between + (size - 1) * within),
        f=ratio,
        p=None if ratio is None else float(stats.f.sf(ratio, count - 1, people - count)),
        df_between=count - 1,
        df_within=people - count,
        mean_square_between=between,
        mean_square_within=within,
        n0=size,
        groups=count,
        n=people,
        reason=None if within else "Nobody differs from their own group, so there is no F.",
    )


@np.errstate(all="ignore")
def design_effect(groups: Iterable[Numbers]) -> DesignEffect:
    """1 + (m - 1) ICC(1), with m the mean size of the groups. Kish (1965), Survey Sampling, 5.4.

    Where sizes differ, `design_effect_unequal` takes m = sum of n_i^2 / sum of n_i instead, which
    is larger: big groups weigh more in a mean over people (Eldridge, Ashby and Kerry 2006,
    International Journal of Epidemiology 35, 1292-1300).
    """
    rows = _rows(groups)
    found = icc(rows)
    if found.icc is None:
        return DesignEffect(groups=found.groups, n=found.n, reason=found.reason)
    sizes = np.array([row.size for row in rows], dtype=float)
    mean_size, weighted = float(sizes.mean()), float((sizes**2).sum() / sizes.sum())
    unequal = 1 + (weighted - 1) * found.icc
    return DesignEffect(
        design_effect=1 + (mean_size - 1) * found.icc,
        design_effect_unequal=unequal,
        icc=found.icc,
        mean_size=mean_size,
        effective_n=found.n / max(unequal, 1.0),
        groups=found.groups,
        n=found.n,
        reason="Groups differ less than by chance." if found.icc < 0 else None,
    )


@np.errstate(all="ignore")
def hub_means_t(groups: Iterable[Numbers]) -> MeanTest:
    """Student's t of the groups' mean changes against nought: groups, not people, are the cases.

    The plainest honest test where people come in groups (Donner and Klar 2000, chapter 7). `n` is
    the number of groups.
    """
    rows = _rows(groups)
    reason = _unusable(*rows)
    if reason or len(rows) < 2:
        return MeanTest(n=len(rows), reason=reason or "It takes two groups.")
    means = np.array([row.mean() for row in rows])
    test = _t_test(means, _sd(means))
    why = None if test.t is not None else "The groups' means are all the same."
    return MeanTest(
        float(means.mean()), test.t, test.df, test.p, test.low, test.high, len(rows), why
    )


@np.errstate(all="ignore")
def expected_regression(
    mean: float | Decimal | None,
    sd: float | Decimal | None,
    reliability: float | Decimal | None,
    cutoff: float | Decimal | None,
) -> ExpectedRegression:
    """How far people chosen for scoring below a cut-off rise when nothing is done.

    s (1 - r) phi(z) / Phi(z) with z = (c - mu) / s; `mean` and `sd` are of those from whom they
    were chosen. For people chosen for scoring above a cut-off, hand over -mean and -cutoff: they
    fall by as much. Davis (1976), American Journal of Epidemiology 104, 493-498; Barnett, van der
    Pols and Dobson (2005), International Journal of Epidemiology 34, 215-220.
    """
    place, spread, line = _number(mean), _number(sd), _number(cutoff)
    reason = _no_reliability(reliability, strictly=False)
    if reason or reliability is None:
        return ExpectedRegression(reason=reason)
    if not all(math.isfinite(value) for value in (place, spread, line)) or spread <= 0:
        return ExpectedRegression(reason="It takes a mean, a cut-off and a deviation above nought.")
    z = float(np.divide(line - place, spread))
    if not math.isfinite(z):
        return ExpectedRegression(reason="The cut-off is too far from the mean.")
    # phi(z) / Phi(z), which keeps its digits however far below the mean the cut-off is.
    ratio = math.sqrt(2 / math.pi) / float(special.erfcx(-z / math.sqrt(2)))
    return ExpectedRegression(spread * (1 - float(reliability)) * ratio, z)


def hedges_correction(df: float) -> Correction:
    """J(df) = exp(lnG(df/2) - ln sqrt(df/2) - lnG((df-1)/2)), exact.

    Beyond 100,000 degrees of freedom his 1 - 3 / (4 df - 1), right to the eleventh digit, where the
    difference of two large logarithms is not. Hedges (1981), Journal of Educational Statistics 6,
    107-128.
    """
    degrees = _number(df)
    if not math.isfinite(degrees) or degrees <= 1:
        return Correction(reason="It takes more than one degree of freedom.")
    if degrees > LARGEST_DF:
        return Correction(1 - 3 / (4 * degrees - 1))
    half = degrees / 2
    exponent = special.gammaln(half) - math.log(math.sqrt(half)) - special.gammaln(half - 0.5)
    return Correction(math.exp(float(exponent)))


class _Directions(NamedTuple):
    up: int
    same: int
    down: int


class _Deviations(NamedTuple):
    before: float
    after: float
    change: float


class _Test(NamedTuple):
    t: float | None = None
    df: int | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None


class _Effect(NamedTuple):
    d: float | None = None
    low: float | None = None
    high: float | None = None


class _Ranks(NamedTuple):
    statistic: float | None = None
    p: float | None = None
    biserial: float | None = None
    method: str | None = None


def _number(value: object) -> float:
    """A number as a float; what is none, or too large to be one, is NaN."""
    if not isinstance(value, Real | Decimal):
        return math.nan
    try:
        return float(value)
    except (OverflowError, ValueError):
        return math.nan


def _numbers(values: Numbers) -> Column:
    """A column of floats, NaN where there is no number."""
    given = np.asanyarray(values if hasattr(values, "__array__") else list(values))
    if given.ndim != 1:
        raise ValueError("A column holds one number a person.")
    if given.dtype.kind not in "fiub":
        given = np.array([_number(value) for value in given.tolist()])
    column = given.astype(np.float64)
    # A masked array hides its gaps from everything that does not ask.
    return np.ma.filled(column, np.nan) if isinstance(column, np.ma.MaskedArray) else column


def _columns(*given: Numbers) -> tuple[Column, ...]:
    """Columns of the same length; ValueError otherwise."""
    columns = tuple(_numbers(values) for values in given)
    if len({column.size for column in columns}) > 1:
        raise ValueError("Columns must be of the same length.")
    return columns


def _rows(groups: Iterable[Numbers]) -> list[Column]:
    """The groups that anybody is in."""
    return [row for row in (_numbers(group) for group in groups) if row.size]


def _unusable(*columns: Column) -> str | None:
    """Why nothing can be worked out of these columns, if so."""
    for column in columns:
        missing = int((~np.isfinite(column)).sum())
        if missing:
            return f"{missing} of {column.size} values are missing or not numbers."
        if column.size and np.abs(column).max() > LARGEST_NUMBER:
            return "A value is too large to be a score."
    return None


def _count(value: object) -> int | None:
    """A whole number from nought, or None."""
    number = _number(value)
    return int(number) if math.isfinite(number) and number >= 0 and number % 1 == 0 else None


def _no_reliability(reliability: object, *, strictly: bool) -> str | None:
    """Why this reliability cannot be used, if so; `strictly` where 1 leaves no error to go by."""
    value = _number(reliability)
    if not 0 <= value <= 1 or (strictly and value == 1):
        return "It takes a reliability from 0 to below 1."
    return None


def _no_spread(size: int) -> str:
    """Why a column has no deviation."""
    return "There are too few pairs." if size < 2 else "The first scores are all the same."


def _too_few_in_groups(groups: int, people: int) -> str | None:
    """Why these groups cannot be compared, if so."""
    if groups < 2 or people <= groups:
        return "It takes two groups, one of them with two people."
    return None


def _sd(column: Column, noise: float | None = None) -> float:
    """The standard deviation, exactly 0 where only rounding tells the values apart."""
    if column.size < 2:
        return 0.0
    limit = NOISE * float(np.abs(column).max()) if noise is None else noise
    return float(column.std(ddof=1)) if np.ptp(column) > limit else 0.0


def _directions(change: Column) -> _Directions:
    """How many went up, stayed and went down."""
    up, down = int((change > 0).sum()), int((change < 0).sum())
    return _Directions(up, change.size - up - down, down)


def _t_test(values: Column, spread: float) -> _Test:
    """Student's t of a mean against nought, or nothing where nothing varies."""
    if not spread:
        return _Test()
    found = stats.ttest_1samp(values, 0.0)
    limits = found.confidence_interval(0.95)
    low, high = float(limits.low), float(limits.high)
    return _Test(float(found.statistic), values.size - 1, float(found.pvalue), low, high)


def _d_av(change: Column, deviations: _Deviations) -> _Effect:
    """The mean change in average standard deviations."""
    average = math.sqrt((deviations.before**2 + deviations.after**2) / 2)
    if not average:
        return _Effect()
    d = float(change.mean()) / average
    if not deviations.change:
        return _Effect(d)
    half = float(stats.norm.ppf(TAIL)) * deviations.change / math.sqrt(change.size) / average
    return _Effect(d, d - half, d + half)


def _d_z(test: _Test, change: Column, spread: float) -> _Effect:
    """The mean change in standard deviations of the change."""
    if test.t is None or test.df is None:
        return _Effect()
    d = float(change.mean()) / spread
    if abs(test.t) > LARGEST_T:
        return _Effect(d)
    low, high = _noncentrality(test.t, test.df)
    root = math.sqrt(change.size)
    return _Effect(d, low / root, high / root)


def _noncentrality(t: float, df: int) -> tuple[float, float]:
    """The noncentralities that leave 2.5 % above and below t."""
    if t < 0:
        low, high = _noncentrality(-t, df)
        return -high, -low

    below = _noncentral_cdf(t, df)
    reach = 5 + 2.5 * t  # with one degree of freedom the upper limit is 2.24 t

    def limit(share: float) -> float:
        ends = (t - reach, t + reach)
        return float(optimize.brentq(lambda centre: below(centre) - share, *ends, xtol=1e-10))

    return limit(TAIL), limit(1 - TAIL)


def _noncentral_cdf(t: float, df: int) -> Callable[[float], float]:
    """How often the noncentral t distribution lies at or below t, from nought up, by its centre.

    T = (Z + centre) / U: integrated over whichever of Z and U leaves the smoother curve. scipy's
    own gives no number at all in places that a thousand pairs reach (t 37.6, centre 82).
    """
    if t * t >= 2 * df:
        return lambda centre: _over_the_normal(t, df, centre)
    # U is a chi over the root of its degrees of freedom; its density does not move with the centre.
    half = df / 2
    low = math.sqrt(special.gammaincinv(half, 1e-17) / half)
    high = math.sqrt(special.gammainccinv(half, 1e-17) / half)
    roots = low + (high - low) * NODES
    logs = (df - 1) * np.log(roots) - half * roots**2 + half * math.log(half)
    heights = (high - low) * WEIGHTS * 2 * np.exp(logs - special.gammaln(half))
    return lambda centre: float(heights @ special.ndtr(t * roots - centre))


def _over_the_normal(t: float, df: int, centre: float) -> float:
    """The same where t is large: integrated over Z."""
    # Below -centre the numerator is negative, and so is T.
    low = min(max(-centre, -FAR), FAR)
    normal = low + (FAR - low) * NODES
    above = special.chdtrc(df, df * ((normal + centre) / t) ** 2)
    heights = np.exp(-(normal**2) / 2) / math.sqrt(2 * math.pi) * above
    return float(special.ndtr(low) + (FAR - low) * (WEIGHTS @ heights))


def _pearson(first: Column, last: Column, deviations: _Deviations) -> float | None:
    """Pearson's correlation, or None where a column does not vary."""
    if not deviations.before or not deviations.after:
        return None
    return max(-1.0, min(1.0, float(np.corrcoef(first, last)[0, 1])))


def _midranks(values: Column, noise: Column | None = None) -> Column:
    """Ranks from 1, ties sharing theirs; values that only rounding tells apart are tied."""
    order = np.argsort(values, kind="stable")
    limits = NOISE * np.abs(values) if noise is None else noise
    gaps = np.diff(values[order]) > np.maximum(limits[order][1:], limits[order][:-1])
    places = np.empty(values.size)
    places[order] = np.concatenate(([0], np.cumsum(gaps)))
    return np.asarray(stats.rankdata(places), dtype=np.float64)


def _signed_ranks(change: Column, noise: Column) -> _Ranks:
    """Wilcoxon's signed ranks of the changes that are not nought."""
    moved = change != 0
    if not moved.any():
        return _Ranks()
    ranks = _midranks(np.abs(change[moved]), noise[moved])
    is_up = change[moved] > 0
    plus, minus = float(ranks[is_up].sum()), float(ranks[~is_up].sum())
    biserial = (plus - minus) / (plus + minus)
    if ranks.size <= EXACT_PAIRS:
        return _Ranks(min(plus, minus), _exact_p(ranks, min(plus, minus)), biserial, "exact")
    found = stats.wilcoxon(np.where(is_up, ranks, -ranks), method="approx", correction=False)
    return _Ranks(min(plus, minus), float(found.pvalue), biserial, "normal")


def _exact_p(ranks: Column, statistic: float) -> float:
    """The two-sided p over all signs that these mid-ranks could have had.

    The distribution of W+ is built up rank by rank, in halves because mid-ranks are halves, up to
    the statistic only; it is symmetrical, so both tails are twice the lower.
    """
    limit = round(2 * statistic)
    chances = np.zeros(limit + 1)
    chances[0] = 1.0
    for rank in np.sort(np.rint(2 * ranks).astype(int)):
        chances *= 0.5
        if rank <= limit:
            chances[rank:] += chances[:-rank].copy()
    return min(1.0, 2 * float(chances.sum()))


def _cutoff(
    mean: float, sd: float, functional: Sequence[Any] | None
) -> tuple[float | None, str | None]:
    """The point between the people here and the functional population, or why there is none."""
    if functional is None:
        return None, None
    place, spread = (_number(value) for value in functional)
    if not math.isfinite(place) or not math.isfinite(spread) or spread <= 0:
        return None, "The functional population needs a mean and a deviation above nought."
    return (sd * place + spread * mean) / (spread + sd), None


def _times(value: float | None, factor: float | None) -> float | None:
    """A product, or None where a part is missing."""
    return None if value is None or factor is None else value * factor


def _within(column: Column, members: NDArray[np.intp]) -> Column:
    """What each value differs by from the mean of its group."""
    means = np.bincount(members, weights=column) / np.bincount(members)
    return column - means[members]


def _without(column: Column, other: Column) -> Column:
    """What is left of a column once another is fitted out of it, both of mean nought."""
    power = float(other @ other)
    return column - other * (float(other @ column) / power) if power else column


def _why_incomplete(
    size: int, counts: _Directions, deviations: _Deviations, paired: _Effect
) -> str | None:
    """What is missing of a paired change, and why."""
    reasons = []
    if not deviations.change:
        reasons.append("Every change is the same, so there is no test of its mean.")
    elif paired.low is None:
        reasons.append("Changes hardly vary, so d_z has no interval.")
    if not deviations.before or not deviations.after:
        reasons.append("One of the two columns does not vary.")
    if counts.same == size:
        reasons.append("Nobody changed, so there are no ranks.")
    if size == 2 and deviations.change:
        reasons.append("Two pairs are too few for g_z.")
    return " ".join(reasons) or None
