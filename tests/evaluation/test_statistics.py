"""Statistics against published worked examples, other programs, brute force, and their own laws.

Every figure under "published" is printed by the source named beside it, and agrees to its digits.
"""

import itertools
import math
import time
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluation import statistics as s

# Student (1908), Biometrika 6, 20: hours of sleep gained with two drugs; R's data set `sleep`.
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# Darwin (1876) in Fisher (1935), The Design of Experiments, table 3: eighths of an inch.
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
# Hollander and Wolfe (1973), Nonparametric Statistical Methods, 29: depression before and after.
DEPRESSION_1 = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
DEPRESSION_2 = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
# Shrout and Fleiss (1979), Psychological Bulletin 86, 423, table 2: six targets, four judges.
RATINGS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def to(digits, value):
    assert isinstance(value, float)
    return round(value, digits)


class TestPublished:
    def test_student_s_sleep_paired_t(self):
        # R, ?t.test: t = 4.0621, df = 9, p-value = 0.002833, interval 0.7001142 2.4598858.
        found = s.paired_change(SLEEP_1, SLEEP_2)
        assert (to(4, found.t), found.df, to(6, found.p)) == (4.0621, 9, 0.002833)
        assert (to(7, found.ci_low), to(7, found.ci_high)) == (0.7001142, 2.4598858)
        assert (to(2, found.mean_before), to(2, found.mean_after)) == (0.75, 2.33)
        assert to(2, found.mean_change) == 1.58

    def test_darwin_s_maize(self):
        # Fisher (1935), section 17: mean difference 20.933 eighths, t = 2.148, 14 degrees.
        found = s.paired_change([0] * 15, MAIZE)
        assert (to(3, found.mean_change), to(3, found.t), found.df) == (20.933, 2.148, 14)
        assert (found.up, found.down, found.wilcoxon_statistic) == (13, 2, 24)

    def test_sleep_d_z_with_noncentral_interval(self):
        # R, effectsize 0.8, ?cohens_d on these data: -1.28 [-2.12, -0.41], first minus second.
        found = s.paired_change(SLEEP_2, SLEEP_1)
        assert (to(2, found.d_z), to(2, found.d_z_low), to(2, found.d_z_high)) == (
            -1.28,
            -2.12,
            -0.41,
        )

    def test_d_z_of_a_hundred_with_noncentral_interval(self):
        # R, effectsize issue 631: n = 100, Cohen's d 0.95874 | [0.71998, 1.19412].
        scores = np.arange(100.0)
        change = (scores - scores.mean()) / scores.std(ddof=1) + 0.95874
        found = s.paired_change(np.zeros(100), change)
        assert (to(5, found.d_z), to(5, found.d_z_low), to(5, found.d_z_high)) == (
            0.95874,
            0.71998,
            1.19412,
        )

    def test_two_films_d_z_and_d_av(self):
        # Lakens (2013), Frontiers in Psychology 4, 863: M 8.7 (0.82) and 7.7 (0.95), t(9) = 4.74,
        # p = .001, interval of the difference [0.52, 1.48], d_z = 1.50, d_av = 1.13.
        first, second = [9, 7, 8, 9, 8, 9, 9, 10, 9, 9], [9, 6, 7, 8, 7, 9, 8, 8, 8, 7]
        found = s.paired_change(second, first)
        assert (to(2, found.sd_after), to(2, found.sd_before)) == (0.82, 0.95)
        assert (to(2, found.t), to(3, found.p)) == (4.74, 0.001)
        assert (to(2, found.ci_low), to(2, found.ci_high)) == (0.52, 1.48)
        assert (to(2, found.d_z), to(2, found.d_av)) == (1.5, 1.13)

    def test_exact_wilcoxon(self):
        # R, exactRankTests, ?wilcox.exact: V = 40, one-sided p-value = 0.01953.
        found = s.paired_change(DEPRESSION_1, DEPRESSION_2)
        assert found.wilcoxon_statistic == 45 - 40
        assert to(4, found.wilcoxon_p / 2) == 0.0195
        assert found.wilcoxon_p == 20 / 512
        assert (found.wilcoxon_method, found.zeros) == ("exact", 0)

    def test_exact_wilcoxon_with_ties_and_zeros(self):
        # Bortz, Lienert and Boehnke; R-help, 25 August 2006, exactRankTests: V = 13, p = 0.1367.
        first = [9, 14, 8, 11, 14, 10, 8, 14, 12, 14, 13, 9, 15, 12, 9]
        second = [13, 15, 9, 12, 16, 10, 8, 13, 12, 16, 9, 10, 16, 12, 9]
        found = s.paired_change(first, second)
        assert (found.wilcoxon_statistic, to(4, found.wilcoxon_p)) == (13, 0.1367)
        assert (found.zeros, found.up, found.same, found.down) == (5, 8, 5, 2)
        assert to(4, found.rank_biserial) == round((42 - 13) / 55, 4)

    def test_reliable_change(self):
        # Jacobson and Truax (1991), 13-14: s1 = 7.5, r = .80, S_diff = 4.74; a person from 32.5 to
        # 47.5 has RC = 3.16; c = 50 with M1 = 40, M0 = 60, s0 = 7.5: reliable, but not recovered.
        found = s.reliable_change(
            [32.5, 40, 47.5], [47.5, 40, 47.5], reliability=0.8, functional=(60, 7.5)
        )
        assert (to(2, found.s_diff), to(2, 15 / found.s_diff)) == (4.74, 3.16)
        assert to(9, found.cutoff) == 50
        assert (found.recovered, found.improved, found.unchanged) == (0, 1, 2)
        assert found.deteriorated == 0

    @pytest.mark.parametrize(
        ("hits", "n", "low", "high"),
        [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ],
    )
    def test_wilson(self, hits, n, low, high):
        # Newcombe (1998), Statistics in Medicine 17, 861, table I, method 3.
        found = s.wilson_interval(hits, n)
        assert (to(4, found.low), to(4, found.high)) == (low, high)

    def test_holm(self):
        # pingouin's documentation of `holm`.
        found = s.holm([0.50, 0.003, 0.32, 0.054, 0.0003])
        assert [round(p, 4) for p in found] == [0.64, 0.012, 0.64, 0.162, 0.0015]

    def test_holm_again(self):
        # stdlib's documentation of `padjust`.
        found = s.holm([0.319, 0.201, 0.4, 0.374, 0.113])
        assert [round(p, 3) for p in found] == [0.957, 0.804, 0.957, 0.957, 0.565]

    def test_alpha(self):
        # Shrout and Fleiss (1979), table 4: ICC(3,4) = .91, which is Cronbach's alpha (422).
        assert to(2, s.cronbach_alpha(RATINGS).alpha) == 0.91

    def test_intraclass_correlation(self):
        # Shrout and Fleiss (1979), tables 3 and 4: BMS 11.24, WMS 6.26, ICC(1,1) = .17.
        found = s.icc(RATINGS)
        assert (to(2, found.mean_square_between), to(2, found.mean_square_within)) == (11.24, 6.26)
        assert (to(2, found.icc), found.n0) == (0.17, 4)

    def test_intraclass_correlation_again(self):
        # R, superb, ?ShroutFleissICC1: 0.434343434.
        found = s.icc([[2, 4, 4, 6], [4, 5, 8, 8], [5, 8, 9, 9]])
        assert to(9, found.icc) == 0.434343434

    def test_mcnemar(self):
        # Agresti (1990), Categorical Data Analysis, 350: 86 and 150; z^2 = 17.36 without the
        # correction, (|86 - 150| - 1)^2 / 236 with it.
        found = s.mcnemar(150, 86)
        assert to(2, (150 - 86) ** 2 / found.discordant) == 17.36
        assert to(4, found.statistic) == round(63**2 / 236, 4)
        assert found.p == pytest.approx(stats.chi2.sf(63**2 / 236, 1))
        # Sign test of 10 against 2: Siegel (1956), table D, one-sided .019.
        assert to(3, s.mcnemar(10, 2).p / 2) == 0.019

    def test_spearman(self):
        # scipy's documentation of `spearmanr`, with a tie.
        found = s.dose_response([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])
        assert to(12, found.rho) == round(0.82078268166812329, 12)
        assert to(12, found.p) == round(0.088587005313543798, 12)

    def test_spearman_again(self):
        # Wikipedia, "Spearman's rank correlation coefficient": -29/165, p = 0.627188 (t).
        iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
        hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
        found = s.dose_response(iq, hours)
        assert found.rho == pytest.approx(-29 / 165, abs=1e-12)
        assert to(6, found.p) == 0.627188

    @pytest.mark.parametrize(
        ("df", "factor"),
        [(2, 0.5642), (3, 0.7236), (4, 0.7979), (5, 0.8408), (9, 0.9139), (10, 0.9228)],
    )
    def test_hedges_correction(self, df, factor):
        # Hedges (1981), Journal of Educational Statistics 6, 114, table 1 (10: .9227 or .9228).
        assert s.hedges_correction(df).correction == pytest.approx(factor, abs=0.00006)

    def test_expected_regression(self):
        # The agreed check of the programme's evaluators.
        assert to(3, s.expected_regression(23.5, 5, 0.7, 19.5).expected) == 2.051


class TestAgainstOtherWays:
    """The same figures by scipy, by the plain formula or by counting every case."""

    @pytest.mark.parametrize("seed", range(5))
    def test_paired_change(self, seed):
        rng = np.random.default_rng(seed)
        before = rng.integers(10, 40, 60)
        after = before + rng.integers(-6, 9, 60)
        change = (after - before).astype(float)
        found, test = s.paired_change(before, after), stats.ttest_rel(after, before)
        assert (found.t, found.p) == pytest.approx((test.statistic, test.pvalue))
        limits = test.confidence_interval()
        assert (found.ci_low, found.ci_high) == pytest.approx((limits.low, limits.high))
        assert found.r == pytest.approx(stats.pearsonr(before, after).statistic)
        average = math.sqrt((before.var(ddof=1) + after.var(ddof=1)) / 2)
        error = math.sqrt(change.var(ddof=1) / 60) / average
        assert found.d_av == pytest.approx(change.mean() / average)
        assert found.d_av_high - found.d_av == pytest.approx(stats.norm.ppf(0.975) * error)
        assert found.d_av - found.d_av_low == pytest.approx(stats.norm.ppf(0.975) * error)
        assert found.g_z == pytest.approx(found.d_z * s.hedges_correction(59).correction)
        assert (found.up, found.same, found.down) == (
            (change > 0).sum(),
            (change == 0).sum(),
            (change < 0).sum(),
        )

    @pytest.mark.parametrize("seed", range(5))
    def test_limits_of_d_z_leave_their_tails(self, seed):
        rng = np.random.default_rng(seed)
        found = s.paired_change(rng.normal(size=12), rng.normal(1, 1, 12))
        root = math.sqrt(12)
        assert stats.nct.sf(found.t, 11, found.d_z_low * root) == pytest.approx(0.025)
        assert stats.nct.cdf(found.t, 11, found.d_z_high * root) == pytest.approx(0.025)

    @pytest.mark.parametrize("df", [1, 2, 9, 1000, 10_000, 99_999])
    @pytest.mark.parametrize("t", [0.0, 1.0, 15.0, 37.6, 60.0, 300.0, 2999.0])
    def test_limits_are_found_however_large_the_change(self, t, df):
        # scipy is right at the limits themselves; between them it may give no number.
        low, high = s._noncentrality(t, df)
        assert stats.nct.sf(t, df, low) == pytest.approx(0.025, rel=1e-5)
        assert stats.nct.cdf(t, df, high) == pytest.approx(0.025, rel=1e-5)

    @given(st.lists(st.integers(-4, 4), min_size=2, max_size=9))
    @settings(max_examples=60, deadline=None)
    def test_exact_wilcoxon_is_every_choice_of_signs(self, change):
        moved = [value for value in change if value]
        assume(moved)
        found = s.paired_change([0] * len(change), change)
        ranks = stats.rankdata(np.abs(moved))
        sums = [
            sum(rank for rank, is_up in zip(ranks, signs, strict=True) if is_up)
            for signs in itertools.product((False, True), repeat=len(moved))
        ]
        extreme = sum(min(value, sum(ranks) - value) <= found.wilcoxon_statistic for value in sums)
        assert found.wilcoxon_p == pytest.approx(min(1.0, extreme / len(sums)))

    def test_exact_wilcoxon_without_ties_is_scipy_s(self):
        change = np.array([1, -2, 3, 4, -5, 6, 7, 8, -9, 10, 11, 12, 13.5])
        exact = stats.wilcoxon(change, method="exact")
        found = s.paired_change(np.zeros(13), change)
        assert (found.wilcoxon_statistic, found.wilcoxon_p) == pytest.approx(
            (exact.statistic, exact.pvalue)
        )

    def test_beyond_two_hundred_the_normal_with_ties(self):
        rng = np.random.default_rng(3)
        change = rng.choice([-3, -2, -1, 1, 2, 3, 4], 201)
        found = s.paired_change(np.zeros(201), change)
        normal = stats.wilcoxon(change, method="asymptotic", correction=False)
        assert (found.wilcoxon_method, found.wilcoxon_p) == ("normal", pytest.approx(normal.pvalue))
        exact = s._exact_p(stats.rankdata(np.abs(change)), found.wilcoxon_statistic)
        assert found.wilcoxon_p == pytest.approx(exact, abs=0.001)

    def test_unequal_groups(self):
        groups = [[1, 2, 3], [4, 6], [5, 9, 8, 7]]
        found, test = s.icc(groups), stats.f_oneway(*groups)
        assert (found.f, found.p) == pytest.approx((test.statistic, test.pvalue))
        size = (9 - (9 + 4 + 16) / 9) / 2
        assert found.n0 == pytest.approx(size)
        between, within = found.mean_square_between, found.mean_square_within
        assert found.icc == pytest.approx((between - within) / (between + (size - 1) * within))
        effect = s.design_effect(groups)
        assert effect.design_effect == pytest.approx(1 + (3 - 1) * found.icc)
        assert effect.design_effect_unequal == pytest.approx(1 + (29 / 9 - 1) * found.icc)
        assert effect.effective_n == pytest.approx(9 / effect.design_effect_unequal)

    def test_hub_means(self):
        found = s.hub_means_t([[1, 3], [4], [0, 1, 2]])
        test = stats.ttest_1samp([2, 4, 1], 0)
        assert (found.mean, found.t, found.p, found.n) == pytest.approx(
            (7 / 3, test.statistic, test.pvalue, 3)
        )

    def test_adjusted_dose_is_the_regression_with_a_constant_a_group(self):
        rng = np.random.default_rng(5)
        groups = np.repeat(["a", "b", "c"], [20, 15, 25])
        before, hours = rng.normal(20, 5, 60), rng.uniform(0, 40, 60)
        after = 3 + 0.7 * before + 0.1 * hours + (groups == "b") * 2 + rng.normal(0, 2, 60)
        design = np.column_stack([hours, before, *[(groups == name) * 1.0 for name in "abc"]])
        weights = np.linalg.lstsq(design, after, rcond=None)[0]
        left = after - design @ weights
        error = math.sqrt(left @ left / 55 * np.linalg.inv(design.T @ design)[0, 0])
        found = s.adjusted_dose(before, after, hours, groups)
        assert (found.slope, found.standard_error) == pytest.approx((weights[0], error))
        assert (found.df, found.n, found.groups) == (55, 60, 3)
        assert found.p == pytest.approx(2 * stats.t.sf(abs(found.t), 55))
        assert found.low < found.slope < found.high

    def test_interval_of_spearman(self):
        found = s.dose_response([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5])
        half = 1.959963985 * math.sqrt((1 + found.rho**2 / 2) / 3)
        assert found.low == pytest.approx(math.tanh(math.atanh(found.rho) - half))
        assert found.high == pytest.approx(math.tanh(math.atanh(found.rho) + half))

    def test_expected_regression_in_a_simulation(self):
        rng = np.random.default_rng(11)
        true = rng.normal(23.5, 5 * math.sqrt(0.7), 400_000)
        error = 5 * math.sqrt(0.3)
        first, second = (true + rng.normal(0, error, 400_000) for _ in range(2))
        low = first < 19.5
        rise = (second[low] - first[low]).mean()
        assert s.expected_regression(23.5, 5, 0.7, 19.5).expected == pytest.approx(rise, abs=0.03)
        # Chosen for a high start they fall by as much as the mirrored group rises.
        mirrored = s.expected_regression(-23.5, 5, 0.7, -27.5).expected
        assert mirrored == pytest.approx(s.expected_regression(23.5, 5, 0.7, 19.5).expected)


pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=12).map(
    lambda rows: ([row[0] for row in rows], [row[1] for row in rows])
)
MIRRORED = ("mean_change", "t", "d_av", "d_z", "g_z", "rank_biserial")
TURNED = (("ci_low", "ci_high"), ("d_av_low", "d_av_high"), ("d_z_low", "d_z_high"))
KEPT = ("n", "sd_change", "df", "p", "r", "same", "zeros", "wilcoxon_statistic", "wilcoxon_p")


def negative(value):
    return None if value is None else -value


def close(value):
    return None if value is None else pytest.approx(value, rel=1e-6, abs=1e-8)


class TestLaws:
    @given(pairs)
    @settings(max_examples=60, deadline=None)
    def test_swapping_before_and_after_flips_signs(self, columns):
        before, after = columns
        there, back = s.paired_change(before, after), s.paired_change(after, before)
        for name in MIRRORED:
            assert getattr(back, name) == close(negative(getattr(there, name))), name
        for low, high in TURNED:
            assert getattr(back, low) == close(negative(getattr(there, high)))
            assert getattr(back, high) == close(negative(getattr(there, low)))
        for name in KEPT:
            assert getattr(back, name) == close(getattr(there, name)), name
        assert (back.up, back.down) == (there.down, there.up)
        assert (back.mean_before, back.sd_before) == (there.mean_after, there.sd_after)

    @given(pairs, st.integers(-100, 100))
    @settings(max_examples=60, deadline=None)
    def test_adding_a_constant_changes_nothing_but_means(self, columns, constant):
        before, after = columns
        there = s.paired_change(before, after)
        moved = s.paired_change([x + constant for x in before], [x + constant for x in after])
        for field in fields(there):
            value = getattr(there, field.name)
            if field.name in {"mean_before", "mean_after"}:
                value += constant
            expected = close(value) if isinstance(value, float) else value
            assert getattr(moved, field.name) == expected, field.name

    @given(pairs, st.integers(-100, 100), st.sampled_from(["higher", "lower"]))
    @settings(max_examples=60, deadline=None)
    def test_reliable_change_moves_with_a_constant(self, columns, constant, direction):
        before, after = columns
        how = {"reliability": 0.8, "direction": direction}
        there = s.reliable_change(before, after, functional=(30, 5), **how)
        moved = s.reliable_change(
            [x + constant for x in before],
            [x + constant for x in after],
            functional=(30 + constant, 5),
            **how,
        )
        assert moved.cutoff == close(None if there.cutoff is None else there.cutoff + constant)
        assert (moved.improved, moved.unchanged, moved.deteriorated) == (
            there.improved,
            there.unchanged,
            there.deteriorated,
        )
        if there.cutoff is not None:
            kinds = (there.recovered, there.improved, there.unchanged, there.deteriorated)
            assert sum(kinds) == there.n

    @given(pairs, st.randoms(use_true_random=False))
    @settings(max_examples=40, deadline=None)
    def test_order_is_irrelevant(self, columns, random):
        before, after = columns
        order = list(range(len(before)))
        random.shuffle(order)
        there = s.paired_change(before, after)
        mixed = s.paired_change([before[i] for i in order], [after[i] for i in order])
        for field in fields(there):
            value = getattr(there, field.name)
            expected = close(value) if isinstance(value, float) else value
            assert getattr(mixed, field.name) == expected, field.name

    @given(pairs, st.sampled_from([0.1, 2.0, 10.0]))
    @settings(max_examples=40, deadline=None)
    def test_the_unit_of_the_score_is_irrelevant(self, columns, unit):
        before, after = columns
        there = s.paired_change(before, after)
        scaled = s.paired_change([x * unit for x in before], [x * unit for x in after])
        for name in ("t", "p", "d_av", "d_z", "g_z", "r", "wilcoxon_p", "rank_biserial", "zeros"):
            assert getattr(scaled, name) == close(getattr(there, name)), name
        assert scaled.mean_change == close(there.mean_change * unit)

    @given(pairs)
    @settings(max_examples=40, deadline=None)
    def test_swapping_turns_better_into_worse(self, columns):
        before, after = columns
        there = s.reliable_change(before, after, reliability=0.8)
        mirrored = s.reliable_change(before, after, reliability=0.8, direction="lower")
        assert (there.improved, there.deteriorated) == (mirrored.deteriorated, mirrored.improved)

    @given(st.lists(st.floats(0, 1), max_size=12))
    def test_holm_never_lowers_and_keeps_order(self, raw):
        found = s.holm(raw).adjusted
        assert all(p <= q <= 1 for p, q in zip(raw, found, strict=True))
        order = sorted(range(len(raw)), key=lambda i: raw[i])
        assert [found[i] for i in order] == sorted(found)

    @given(st.integers(0, 400), st.integers(1, 400))
    @settings(deadline=None)
    def test_wilson_contains_the_share(self, hits, n):
        assume(hits <= n)
        found = s.wilson_interval(hits, n)
        assert 0 <= found.low <= hits / n <= found.high <= 1

    @given(st.integers(0, 80), st.integers(0, 80))
    @settings(deadline=None)
    def test_mcnemar_looks_both_ways(self, lost, gained):
        assume(lost + gained)
        found = s.mcnemar(lost, gained)
        assert 0 <= found.p <= 1
        assert found.p == pytest.approx(s.mcnemar(gained, lost).p)


class TestNeverAWrongNumber:
    EMPTY = tuple(
        field.name for field in fields(s.PairedChange) if field.name not in {"n", "reason"}
    )

    @pytest.mark.parametrize(
        "bad",
        [[], [1, 2, None], [1.0, math.nan, 2.0], [math.inf, 1, 2], [1e300, 2, 3], ["a", "b"]],
        ids=["nobody", "none", "nan", "infinite", "enormous", "words"],
    )
    def test_unusable(self, bad):
        found = s.paired_change(bad, bad)
        assert found.n == len(bad)
        assert found.reason
        assert all(getattr(found, name) is None for name in self.EMPTY)
        assert s.reliable_change(bad, bad, reliability=0.8).unchanged is None
        assert s.dose_response(bad, bad).rho is None
        assert s.icc([bad, bad]).icc is None
        assert s.design_effect([bad, bad]).design_effect is None
        assert s.hub_means_t([bad, bad]).t is None
        assert s.adjusted_dose(bad, bad, bad, ["a"] * len(bad)).slope is None
        assert s.cronbach_alpha([bad, bad]).alpha is None

    def test_what_is_missing_is_counted_in_the_reason(self):
        found = s.paired_change([1, None, None, 4], [1, 2, 3, 4])
        assert found.reason == "2 of 4 values are missing or not numbers."

    def test_gaps_of_a_masked_array_are_gaps(self):
        masked = np.ma.masked_array([1.0, 999.0, 3.0], mask=[False, True, False])
        assert s.paired_change(masked, [1, 2, 3]).mean_change is None

    def test_one_pair(self):
        found = s.paired_change([3], [5])
        assert (found.n, found.mean_change, found.up) == (1, 2.0, 1)
        assert (found.sd_change, found.t, found.wilcoxon_p) == (None, None, None)
        assert found.reason == "One pair is too few."

    def test_two_pairs(self):
        found = s.paired_change([1, 2], [2, 5])
        assert (found.t, found.df, found.g_z) == (2.0, 1, None)
        assert found.reason == "Two pairs are too few for g_z."

    @pytest.mark.parametrize("step", [1, 0.1])
    def test_everybody_changed_alike(self, step):
        found = s.paired_change([step, 2 * step, 3 * step], [11 * step, 12 * step, 13 * step])
        assert (found.sd_change, found.t, found.p, found.d_z, found.ci_low) == (0, *[None] * 4)
        assert (found.d_av, found.d_av_low) == (pytest.approx(10), None)
        assert found.reason == "Every change is the same, so there is no test of its mean."

    def test_nobody_varies(self):
        found = s.paired_change([2, 2, 2], [2, 2, 2])
        assert (found.mean_change, found.sd_before, found.zeros) == (0, 0, 3)
        assert (found.d_av, found.r, found.t, found.wilcoxon_p) == (None, None, None, None)

    def test_decimal_fractions_are_tied_where_they_are_equal(self):
        # 0.3 - 0.1 and 0.2 - 0.0 differ in the last bit only.
        found = s.paired_change([0.1, 0.0, 0.0], [0.3, 0.2, -0.2])
        assert found.wilcoxon_statistic == 2.0

    def test_an_effect_beyond_reason_has_no_interval(self):
        found = s.paired_change([0, 1, 2], [1, 2 + 1e-9, 3 - 1e-9])
        assert (found.d_z_low, found.d_z_high) == (None, None)
        assert found.reason == "Changes hardly vary, so d_z has no interval."

    @pytest.mark.parametrize("reliability", [None, 1, 1.2, -0.1, math.nan])
    def test_reliability(self, reliability):
        found = s.reliable_change([1, 2, 3], [2, 3, 5], reliability=reliability)
        assert (found.improved, found.deteriorated) == (None, None)
        assert found.reason == "It takes a reliability from 0 to below 1."

    def test_without_a_functional_population_nobody_has_recovered(self):
        found = s.reliable_change([1, 2, 3], [9, 2, -5], reliability=0.8)
        kinds = (found.recovered, found.improved, found.unchanged, found.deteriorated)
        assert (found.cutoff, kinds, found.reason) == (None, (0, 1, 1, 1), None)

    def test_a_functional_population_without_spread(self):
        found = s.reliable_change([1, 2, 3], [9, 2, -5], reliability=0.8, functional=(5, 0))
        assert (found.cutoff, found.recovered) == (None, 0)
        assert "functional" in found.reason

    def test_lower_is_better(self):
        found = s.reliable_change(
            [20, 25, 30], [5, 25, 60], reliability=0.9, direction="lower", functional=(8, 5)
        )
        assert found.cutoff == pytest.approx((5 * 8 + 5 * 25) / 10)
        assert (found.recovered, found.improved, found.deteriorated) == (1, 0, 1)

    def test_who_starts_beyond_the_cutoff_does_not_recover(self):
        found = s.reliable_change([10, 20, 30], [10, 20, 60], reliability=0.9, functional=(26, 5))
        assert (found.recovered, found.improved) == (0, 1)

    @pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 5), (1.5, 4), (None, 4)])
    def test_shares_of_nothing(self, hits, n):
        found = s.wilson_interval(hits, n)
        assert (found.low, found.high, found.share) == (None, None, None)
        assert found.reason

    @pytest.mark.parametrize(("lost", "gained"), [(0, 0), (-1, 3), (1.5, 2), (None, 1)])
    def test_crossings_of_nobody(self, lost, gained):
        found = s.mcnemar(lost, gained)
        assert found.p is None
        assert found.reason

    def test_as_many_each_way(self):
        assert s.mcnemar(20, 20).p == 1.0
        assert s.mcnemar(5, 5).p == 1.0
        assert (s.mcnemar(12, 12).method, s.mcnemar(12, 13).method) == ("exact", "chi-square")

    def test_holm_with_gaps(self):
        found = s.holm([0.01, None, 0.04, 2, math.nan])
        assert found.adjusted == (0.02, None, 0.04, None, None)
        assert (found[0], len(found), list(found)[2]) == (0.02, 5, 0.04)
        assert found.reason == "3 of 5 are not p-values and were left out."
        assert s.holm([]).adjusted == ()

    @pytest.mark.parametrize(
        "items", [[], [[1, 2]], [[1], [2]], [[1, 2], [2, 1]], [[1, 2], [None, 3]]]
    )
    def test_alpha_of_too_little(self, items):
        found = s.cronbach_alpha(items)
        assert found.alpha is None
        assert found.reason

    @pytest.mark.parametrize("groups", [[], [[1, 2]], [[1], [2]], [[1, 1], [1, 1]]])
    def test_groups_of_too_little(self, groups):
        assert s.icc(groups).icc is None
        assert s.design_effect(groups).design_effect is None
        assert s.icc(groups).reason == s.design_effect(groups).reason is not None

    def test_groups_without_a_spread_of_their_own(self):
        found = s.icc([[1, 1], [2, 2]])
        assert (found.icc, found.f, found.p) == (1.0, None, None)

    def test_groups_more_alike_than_by_chance(self):
        found = s.design_effect([[0, 10], [1, 9]])
        assert found.icc < 0
        assert (found.effective_n, found.reason) == (4, "Groups differ less than by chance.")

    def test_empty_groups_do_not_count(self):
        assert s.icc([[1, 2], [], [4, 5]]).groups == 2

    @pytest.mark.parametrize("df", [None, 0, 1, -3, math.inf, math.nan])
    def test_correction_of_too_little(self, df):
        assert s.hedges_correction(df).correction is None

    @pytest.mark.parametrize(
        "given_values",
        [(None, 5, 0.7, 19), (20, 0, 0.7, 19), (20, 5, 1.1, 19), (20, 5, None, 19)],
        ids=["mean", "sd", "reliability", "no-reliability"],
    )
    def test_regression_of_too_little(self, given_values):
        found = s.expected_regression(*given_values)
        assert found.expected is None
        assert found.reason

    @pytest.mark.parametrize(
        ("given_values", "expected"),
        [
            # Far below the mean everybody chosen lies at the cut-off.
            ((1e9, 1.0, 0.7, 0.0), 0.3e9),
            ((1e9, 1e-9, 0.7, 0.0), 0.3e9),
            ((0.0, 1.0, 0.7, 1e200), 0.0),
        ],
    )
    def test_regression_however_far(self, given_values, expected):
        assert s.expected_regression(*given_values).expected == pytest.approx(expected)

    def test_regression_beyond_numbers(self):
        found = s.expected_regression(1e300, 1e-300, 0.7, 0)
        assert (found.expected, found.reason) == (None, "The cut-off is too far from the mean.")

    @pytest.mark.parametrize("df", [99_999, 100_001, 10**9, 10**15])
    def test_correction_of_a_multitude(self, df):
        assert 1 - s.hedges_correction(df).correction == pytest.approx(3 / (4 * df - 1), rel=1e-3)

    def test_regression_far_below(self):
        # phi(z) / Phi(z) tends to -z: what is left is nearly all of the distance.
        found = s.expected_regression(0, 1, 0, -60)
        assert found.expected == pytest.approx(60.0166, abs=0.001)
        assert s.expected_regression(0, 1, 1, -1).expected == 0

    def test_dose_of_too_little(self):
        assert s.dose_response([1, 2], [1, 2]).rho is None
        assert s.dose_response([1, 1, 1], [1, 2, 3]).rho is None
        perfect = s.dose_response([1, 2, 3, 4], [2, 3, 4, 5])
        assert (perfect.rho, perfect.low, perfect.reason) == (1.0, None, "There is no interval.")

    @pytest.mark.parametrize(
        ("hours", "after", "reason"),
        [
            ([5, 5, 5, 7, 7, 7], [1, 2, 4, 3, 5, 9], "Hours do not differ within groups."),
            ([1, 2, 3, 1, 2, 4], [1, 2, 3, 1, 2, 4], "Nothing is left to vary."),
        ],
    )
    def test_adjusted_dose_of_nothing(self, hours, after, reason):
        found = s.adjusted_dose([1, 5, 2, 4, 3, 3], after, hours, list("aaabbb"))
        assert (found.p, found.reason) == (None, reason)

    def test_columns_of_different_lengths_are_an_error(self):
        with pytest.raises(ValueError, match="same length"):
            s.paired_change([1, 2], [1])
        with pytest.raises(ValueError, match="same length"):
            s.adjusted_dose([1], [1], [1], [])
        with pytest.raises(ValueError, match="each item"):
            s.cronbach_alpha([[1, 2], [1]])

    def test_other_errors_of_the_caller(self):
        with pytest.raises(ValueError, match="direction"):
            s.reliable_change([1, 2], [1, 2], reliability=0.8, direction="up")
        with pytest.raises(ValueError, match="one number a person"):
            s.paired_change([[1, 2], [3, 4]], [[1, 2], [3, 4]])


class TestShape:
    @pytest.mark.parametrize(
        "kind",
        [tuple, np.array, lambda v: [Decimal(str(x)) for x in v], iter, np.float32],
        ids=["tuple", "array", "decimals", "iterator", "float32"],
    )
    def test_columns_may_be_anything_alike(self, kind):
        before, after = [1, 4, 2, 8], [3, 4, 5, 9]
        assert s.paired_change(kind(before), kind(after)) == s.paired_change(before, after)

    def test_results_are_python_numbers(self):
        found = s.paired_change(np.array([1, 4, 2, 8]), np.array([3, 4, 5, 9]))
        kinds = {type(getattr(found, field.name)) for field in fields(found)}
        assert kinds == {int, float, str, type(None)}

    def test_results_do_not_change(self):
        with pytest.raises(FrozenInstanceError):
            s.mcnemar(3, 4).p = 0

    def test_results_of_one_number_are_numbers(self):
        assert float(s.hedges_correction(9)) == s.hedges_correction(9).correction
        assert float(s.icc(RATINGS)) == s.icc(RATINGS).icc
        with pytest.raises(ValueError, match="more than one degree"):
            float(s.hedges_correction(1))

    def test_a_hundred_thousand_pairs(self):
        rng = np.random.default_rng(1)
        before = rng.normal(20, 5, 100_000).round()
        after = before + rng.normal(1, 4, 100_000).round()
        begun = time.perf_counter()
        s.paired_change(before, after)
        s.reliable_change(before, after, reliability=0.8, functional=(24, 5))
        # About 40 ms on two shared cores.
        assert time.perf_counter() - begun < 1
