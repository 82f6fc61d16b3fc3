"""Outcomes as sections of words, charts and tables: one order for the page and for reports.

Nothing is read here and nothing is worked out: what `evaluation.queries.outcomes` found is put
into words. This design has no comparison group (level 1 of the Maryland scale), so scores "changed
by"; nothing here says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from evaluation import statistics
from evaluation.analysis import (
    INDICATIVE_BELOW,
    LEAST_PAIRS,
    Compared,
    Group,
    ScoreOutcome,
)
from evaluation.instruments.definition import Direction
from evaluation.queries.outcomes import Flow, Outcomes, Quality, Share
from evaluation.reports.numbers import (
    NOTHING,
    count,
    interval,
    p_value,
    people,
    percent,
    plain,
    share,
    signed,
    span,
    with_sd,
)
from evaluation.reports.outcome_charts import (
    Interval,
    Part,
    Step,
    Twin,
    flow_chart,
    interval_chart,
    parts_chart,
    twin_chart,
)

TOO_FEW = f"fewer than {LEAST_PAIRS} pairs"

# What is said above the numbers.
CHANGE_WORDS = (
    "Change is after minus before. d_av is the change in standard deviations of the scores, "
    "d_z in standard deviations of the changes; neither says why scores changed."
)
RELIABLE_WORDS = (
    "A change counts as reliable where it is larger than the instrument's own wobble would "
    "make 95 times in 100 (Jacobson and Truax). Deteriorated is always shown."
)
LOW_WORDS = (
    "Whoever is chosen for a low start scores higher next time by chance alone. What that "
    "regression to the mean would do stands beside what was seen."
)
GROUP_WORDS = (
    f"Groups of fewer than {LEAST_PAIRS} pairs have no figures; those under {INDICATIVE_BELOW}"
    " are indicative only. Groups whose intervals overlap may not differ at all."
)
HUB_WORDS = (
    "Young people of one hub are alike in more than their sessions. The design effect says by"
    " how much that widens every interval above, and the test on hub means takes each hub "
    "once."
)
LOST_WORDS = (
    "If those who were lost had started differently, the change of those who stayed does not "
    "speak for them. A difference beyond 0.25 standard deviations is worth a look."
)


@dataclass(frozen=True)
class Grid:
    """A table of texts: its caption, headings, and rows whose first cell names the row."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """One part of the page: a heading, what it says, a drawing, and the numbers behind it."""

    id: str
    title: str
    words: tuple[str, ...]
    chart: SafeString | None = None
    grid: Grid | None = None


def sections_of(outcomes: Outcomes) -> list[Section]:
    """Everything that is said of a measure, in reading order, without parts that say nothing."""
    made = (make(outcomes) for make in SECTIONS)
    return [section for section in made if section is not None]


# --- In short -----------------------------------------------------------------------------------
def headline_of(outcome: ScoreOutcome) -> str:
    """One sentence of one score's change, without a word of why."""
    change = outcome.change
    if not outcome.has_figures or change.mean_change is None:
        return (
            f"{outcome.score.label}: {people(outcome.n)} answered before and after. Figures are "
            f"shown from {LEAST_PAIRS}."
        )
    return (
        f"{outcome.score.label}: scores changed by {signed(change.mean_change)} "
        f"({interval(change.ci_low, change.ci_high)}) in {people(outcome.n)} who answered "
        f"twice, on a scale from {outcome.score.low} to {outcome.score.high}"
        f"{_better(outcome)}."
    )


def _better(outcome: ScoreOutcome) -> str:
    is_lower = outcome.score.direction is Direction.LOWER
    return ", where lower is better" if is_lower else ""


# --- Sections -----------------------------------------------------------------------------------
def _who(outcomes: Outcomes) -> Section:
    flow = outcomes.flow
    rows = (
        ("Came in the period", count(flow.reached), "At least one attendance."),
        (
            "Of the instrument's age",
            count(flow.of_age),
            (
                f"{outcomes.definition.min_age} to {outcomes.definition.max_age}; of "
                f"{people(flow.age_unknown)} no age is known."
            ),
        ),
        ("With consent to surveys", count(flow.consented), "In force now."),
        ("Answered a baseline", count(flow.baseline), "The earliest one counts."),
        (
            "Follow-up due",
            count(flow.due),
            f"At least {outcomes.definition.weeks} weeks after the baseline.",
        ),
        (
            "Answered twice",
            count(flow.pairs),
            f"A valid pair. {people(flow.early)} answered again too early to count.",
        ),
    )
    words = (_attrition(flow),)
    chart = flow_chart("who", "Who is counted", _steps(flow))
    return Section(
        "who",
        "Who is counted",
        words,
        chart,
        Grid("Who is counted", ("Step", "Young people", "What it means"), rows),
    )


def _attrition(flow: Flow) -> str:
    attrition = flow.attrition
    if not flow.due or attrition.low is None or attrition.high is None:
        return "Nobody's follow-up is due yet, so nobody can have been lost."
    between = span(percent(attrition.low), percent(attrition.high))
    return (
        f"Of {people(flow.due)} whose follow-up was due, {flow.lost:,} were lost: "
        f"{percent(flow.lost / flow.due)} ({between}, "
        "95 % Wilson interval)."
    )


def _steps(flow: Flow) -> list[Step]:
    steps = (
        ("Came in the period", flow.reached, "of other ages, or of no known age"),
        ("Of the instrument's age", flow.of_age, "without consent"),
        ("With consent to surveys", flow.consented, "without a baseline"),
        ("Answered a baseline", flow.baseline, "not due yet"),
        ("Follow-up due", flow.due, "lost"),
        ("Answered twice", flow.pairs, ""),
    )
    numbers = [n for _, n, _ in steps] + [steps[-1][1]]
    return [
        Step(label, n, f"{n - numbers[at + 1]:,} {left}" if left and n > numbers[at + 1] else "")
        for at, (label, n, left) in enumerate(steps)
    ]


def _change(outcomes: Outcomes) -> Section | None:
    said = _with_figures(outcomes)
    if not said:
        return None
    rows = tuple(_change_row(each) for each in said)
    headings = (
        *("Score", "Pairs", "Before", "After", "Change", "95 % interval"),
        *("Effect size d_av", "95 % interval", "d_z", "95 % interval", "p", "p after Holm"),
    )
    words = (
        CHANGE_WORDS,
        *_holm_words(said),
    )
    chart = interval_chart(
        "change", "Change with 95 % interval", "Change in points of the scale",
        [_drawn_change(each) for each in said],
    )  # fmt: skip
    return Section(
        "change", "How much scores changed", words, chart, Grid("Change", headings, rows)
    )


def _holm_words(said: Sequence[ScoreOutcome]) -> Iterator[str]:
    if any(each.is_primary for each in said):
        yield (
            "One score was named as the primary outcome beforehand; its p value stands as it is. "
            "The p values of all others are adjusted after Holm, for many were looked at."
        )
    elif len(said) > 1:
        yield "No score here is the primary outcome: p values are adjusted after Holm."


def _drawn_change(outcome: ScoreOutcome) -> Interval:
    change = outcome.change
    text = f"{signed(change.mean_change)} ({interval(change.ci_low, change.ci_high)})"
    label = f"{outcome.score.label} (primary)" if outcome.is_primary else outcome.score.label
    return Interval(label, change.ci_low, change.mean_change, change.ci_high, text)


def _change_row(outcome: ScoreOutcome) -> tuple[str, ...]:
    change = outcome.change
    return (
        f"{outcome.score.label} (primary)" if outcome.is_primary else outcome.score.label,
        count(outcome.n),
        with_sd(change.mean_before, change.sd_before),
        with_sd(change.mean_after, change.sd_after),
        signed(change.mean_change),
        span(signed(change.ci_low), signed(change.ci_high)),
        signed(change.d_av),
        span(signed(change.d_av_low), signed(change.d_av_high)),
        signed(change.d_z),
        span(signed(change.d_z_low), signed(change.d_z_high)),
        p_value(change.p) if outcome.is_primary else NOTHING,
        p_value(outcome.p_adjusted),
    )


def _directions(outcomes: Outcomes) -> Section | None:
    said = _with_figures(outcomes)
    if not said:
        return None
    bars = [(each.score.label, _up_and_down(each)) for each in said]
    rows = tuple(
        (
            each.score.label,
            *(share(part, each.n) for part in (each.change.up, each.change.same, each.change.down)),
            p_value(each.change.wilcoxon_p),
            count(each.change.zeros),
            signed(each.change.rank_biserial),
        )
        for each in said
    )
    headings = (
        *("Score", "Went up", "Stayed the same", "Went down"),
        *("Wilcoxon p", "No change, dropped", "Rank-biserial r"),
    )
    words = ("Every change counts here, however small. Blue is the better direction.",)
    chart = parts_chart("directions", "Up, same and down", bars)
    return Section(
        "directions", "Up, the same, down", words, chart, Grid("Up, same and down", headings, rows)
    )


def _up_and_down(outcome: ScoreOutcome) -> list[Part]:
    change = outcome.change
    is_higher = outcome.score.direction is Direction.HIGHER
    return [
        Part("went up", change.up or 0, "good" if is_higher else "bad"),
        Part("stayed the same", change.same or 0, "even"),
        Part("went down", change.down or 0, "bad" if is_higher else "good"),
    ]


def _bands(outcomes: Outcomes) -> Section | None:
    said = [each for each in _with_figures(outcomes) if each.bands]
    if not said:
        return None
    rows = tuple(
        (
            f"{each.score.label}: {band.label}",
            share(band.before, each.n),
            share(band.after, each.n),
        )
        for each in said
        for band in each.bands
    )
    words = tuple(_crossing_words(each) for each in said if each.crossing is not None)
    twins = [
        Twin(
            f"{each.score.label}: {band.label}" if len(said) > 1 else band.label,
            band.before,
            band.after,
        )
        for each in said
        for band in each.bands
    ]
    chart = twin_chart("bands", "Bands before (outlined) and after (filled)", twins)
    grid = Grid("Bands before and after", ("Band", "Before", "After"), rows)
    return Section("bands", "Bands before and after", words, chart, grid)


def _crossing_words(outcome: ScoreOutcome) -> str:
    crossing = outcome.crossing
    assert crossing is not None  # noqa: S101  (the caller has looked)
    return (
        f"{outcome.score.label}: {crossing.only_before:,} left the band “{crossing.label}”, "
        f"{crossing.only_after:,} came into it (McNemar p {p_value(crossing.p)})."
    )


def _reliable(outcomes: Outcomes) -> Section | None:
    said = _with_figures(outcomes)
    if not said:
        return None
    drawn = [
        (each.score.label, _reliable_parts(each.reliable))
        for each in said
        if each.reliable and each.reliable.unchanged is not None
    ]
    rows = tuple(_reliable_row(each) for each in said)
    words = (RELIABLE_WORDS,)
    headings = (
        "Score", "Recovered", "Improved", "Unchanged", "Deteriorated", "Reliability used",
    )  # fmt: skip
    chart = parts_chart("reliable", "Reliable change", drawn) if drawn else None
    return Section(
        "reliable", "Reliable change", words, chart, Grid("Reliable change", headings, rows)
    )


def _reliable_parts(change: statistics.ReliableChange | None) -> list[Part]:
    if change is None:
        return []
    return [
        Part("improved", (change.recovered or 0) + (change.improved or 0), "good"),
        Part("unchanged", change.unchanged or 0, "even"),
        Part("deteriorated", change.deteriorated or 0, "bad"),
    ]


def _reliable_row(outcome: ScoreOutcome) -> tuple[str, ...]:
    change, used = outcome.reliable, outcome.reliability
    if change is None or used.value is None:
        return (outcome.score.label, *[NOTHING] * 4, used.source)
    recovered = NOTHING if change.cutoff is None else share(change.recovered, outcome.n)
    return (
        outcome.score.label,
        recovered,
        *(share(n, outcome.n) for n in (change.improved, change.unchanged, change.deteriorated)),
        f"{used.value:.2f}. {used.source}",
    )


def _low_starts(outcomes: Outcomes) -> Section | None:
    said = [each for each in _with_figures(outcomes) if each.low_start is not None]
    if not said:
        return None
    rows = []
    for each in said:
        low = each.low_start
        assert low is not None  # noqa: S101  (only those were chosen)
        rows.append(
            (
                each.score.label,
                count(low.n),
                f"{low.cutoff:.2f}. {low.why}",
                _mean_change(low.change),
                signed(low.expected),
            )
        )
    words = (LOW_WORDS,)
    headings = ("Score", "Young people", "Who", "Change seen", "Expected by chance alone")
    return Section(
        "low",
        "Those who started low",
        words,
        None,
        Grid("Those who started low", headings, tuple(rows)),
    )


def _dose(outcomes: Outcomes) -> Section | None:
    said = _with_figures(outcomes)
    if not said:
        return None
    rows = tuple(_group_row(each, group) for each in said for group in each.doses)
    words = tuple(_dose_words(each) for each in said)
    headings = ("Score and sessions", "Pairs", "Change", "95 % interval", "Note")
    return Section(
        "dose",
        "Did those who came more change more?",
        words,
        None,
        Grid("Change by sessions attended between the two answers", headings, rows),
    )


def _dose_words(outcome: ScoreOutcome) -> str:
    dose = outcome.dose
    if dose.rho is None:
        return f"{outcome.score.label}: no figure. {dose.reason}"
    return (
        f"{outcome.score.label}: Spearman's correlation of hours attended and change is "
        f"{signed(dose.rho)} (p {p_value(dose.p)}, {people(dose.n)}).{_adjusted_words(outcome)}"
    )


def _adjusted_words(outcome: ScoreOutcome) -> str:
    """The same, with where everybody started and their hub taken into account."""
    dose = outcome.adjusted
    if dose.slope is None or dose.low is None or dose.high is None:
        return ""
    ten = [signed(10 * value, places=3) for value in (dose.slope, dose.low, dose.high)]
    return (
        f" With the start and the hub taken into account, ten hours more go with {ten[0]} points "
        f"({span(ten[1], ten[2])}, 95 % interval)."
    )


def _groups(outcomes: Outcomes) -> Section | None:
    said = _with_figures(outcomes)
    if not said:
        return None
    rows = tuple(
        _group_row(each, group, title=f"{group.title}: ") for each in said for group in each.groups
    )
    words = (GROUP_WORDS,)
    headings = ("Score and group", "Pairs", "Change", "95 % interval", "Note")
    return Section("groups", "By group", words, None, Grid("Change by group", headings, rows))


def _group_row(outcome: ScoreOutcome, group: Group, title: str = "") -> tuple[str, ...]:
    name = f"{outcome.score.label}. {title}{group.label.strip()}"
    change = group.change
    if change is None:
        return (name, count(group.n), NOTHING, NOTHING, TOO_FEW)
    return (
        name,
        count(group.n),
        signed(change.mean_change),
        span(signed(change.ci_low), signed(change.ci_high)),
        "indicative" if group.is_indicative else "",
    )


def _hubs(outcomes: Outcomes) -> Section | None:
    said = _with_figures(outcomes)
    if not said or outcomes.asked.hub is not None:
        return None
    rows = tuple(
        (
            each.score.label,
            count(each.clusters.hubs),
            signed(each.clusters.icc, places=3),
            plain(each.clusters.design_effect),
            plain(each.clusters.t),
            p_value(each.clusters.p),
        )
        for each in said
    )
    words = (HUB_WORDS,)
    headings = ("Score", "Hubs", "ICC(1)", "Design effect", "t on hub means", "p")
    return Section("hubs", "How alike hubs are", words, None, Grid("Clusters", headings, rows))


def _lost(outcomes: Outcomes) -> Section | None:
    rows = tuple(_compared_row(each) for each in outcomes.compared)
    if not outcomes.flow.lost:
        return None
    words = (LOST_WORDS,)
    headings = (
        "What", "Followed up", "Mean", "Lost", "Mean", "Difference in standard deviations",
    )  # fmt: skip
    return Section(
        "lost",
        "Those who were lost",
        words,
        None,
        Grid("Followed up and lost, compared at the start", headings, rows),
    )


def _compared_row(each: Compared) -> tuple[str, ...]:
    return (
        each.label,
        count(each.n_kept),
        plain(each.kept),
        count(each.n_lost),
        plain(each.lost),
        signed(each.difference),
    )


def _quality(outcomes: Outcomes) -> Section:
    quality = outcomes.quality
    rows = (
        ("Finished answers that count", count(quality.responses)),
        ("Questions without an answer", _missing(quality)),
        *_shares("Answered", quality.assistance, quality.responses),
        *_shares("By", quality.channels, quality.responses),
        ("Late baselines (after four weeks)", count(quality.late_baselines)),
        ("Median weeks between the two", plain(quality.weeks, places=1)),
        ("Begun and not finished", count(quality.unfinished)),
        ("Set aside", count(quality.set_aside)),
        ("Left out: consent is not in force", count(quality.without_consent)),
    )
    return Section(
        "quality",
        "How good the data are",
        (),
        None,
        Grid("Quality of the data", ("What", "How many"), rows),
    )


def _missing(quality: Quality) -> str:
    missing = quality.missing_share
    return NOTHING if missing is None else f"{quality.missing:,} ({percent(missing)})"


def _shares(what: str, parts: Sequence[Share], of: int) -> Iterator[tuple[str, str]]:
    for part in parts:
        yield f"{what}: {part.label}", share(part.n, of)


SECTIONS: tuple[Callable[[Outcomes], Section | None], ...] = (
    _who,
    _change,
    _directions,
    _bands,
    _reliable,
    _low_starts,
    _dose,
    _groups,
    _hubs,
    _lost,
    _quality,
)


def _mean_change(change: statistics.PairedChange | None) -> str:
    if change is None:
        return TOO_FEW
    return f"{signed(change.mean_change)} ({span(signed(change.ci_low), signed(change.ci_high))})"


def _with_figures(outcomes: Outcomes) -> list[ScoreOutcome]:
    return [each for each in outcomes.scores if each.has_figures]
