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
from evaluation.queries.keying import Agreement
from evaluation.queries.outcomes import Flow, Outcomes, Quality, Share
from evaluation.reports.numbers import (
    NOTHING,
    count,
    estimate,
    nearest_five,
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
    "d_z in standard deviations of the changes; neither says why scores changed. The interval of "
    "d_av is approximate, and too narrow where the change is large."
)
PRIMARY_WORDS = (
    "One score was named as the primary outcome beforehand; its p value stands as it is. The p "
    "values of the others on this page are adjusted after Holm, for many were looked at; those in "
    "further tables are not adjusted."
)
ROUNDED_WORDS = (
    "People to the nearest five, fewer than five as such, scores to one decimal, as of the last "
    "time that ten or more had answered again. Nobody can work out from it what one of them said."
)
DIRECTION_WORDS = "Every change counts here, however small. Blue is the better direction."
DOSE_WORDS = (
    "Who comes more may differ from who comes less in many ways. Hours are those between the two "
    "answers."
)
RELIABLE_WORDS = (
    "A change counts as reliable where it is larger than the instrument's own wobble would "
    "make 95 times in 100 (Jacobson and Truax). Deteriorated is always shown."
)
LOW_WORDS = (
    "Whoever is chosen for a bad start scores better next time by chance alone. What that "
    "regression to the mean would do stands beside what was seen: by the score's reliability at "
    "least, and by how the two answers go together, good and bad days among it, at most."
)
GROUP_WORDS = (
    f"Groups of fewer than {LEAST_PAIRS} pairs have no figures; those under {INDICATIVE_BELOW}"
    " are indicative only. Groups whose intervals overlap may not differ at all."
)
HUB_WORDS = (
    "Young people of one hub are alike in more than their sessions. Every interval"
    " above should be wider by the square root of the design effect, and the test on hub means "
    "takes each hub once."
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
    """One part of the page: a heading, what it says, a drawing, and the numbers behind it.

    The first table stands open, further ones are folded under their captions.
    """

    id: str
    title: str
    words: tuple[str, ...] = ()
    chart: SafeString | None = None
    grids: tuple[Grid, ...] = ()


Said = Sequence[ScoreOutcome]


def sections_of(outcomes: Outcomes) -> list[Section]:
    """Everything that is said of a measure, in reading order, without sections that say nothing."""
    said = [each for each in outcomes.scores if each.has_figures]
    of_scores = [make(said) for make in OF_SCORES] if said else []
    made = [_who(outcomes), *of_scores, _lost(outcomes), _quality(outcomes)]
    return [section for section in made if section is not None]


def hub_sections_of(outcomes: Outcomes) -> list[Section]:
    """What a hub's own staff read of it: its totals, rounded, and no part of them.

    They know who came when, so exact totals would tell them what one young person answered.
    """
    said = [each for each in outcomes.scores if each.has_figures]
    of_scores = [_rounded(said)] if said else []
    return [_who(outcomes), *of_scores, _quality(outcomes)]


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
        f"(95 % interval {_ends(change.ci_low, change.ci_high)}) in {people(outcome.n)} who "
        f"answered twice, on a scale from {outcome.score.low} to {outcome.score.high}"
        f"{_better(outcome)}. {change.up:,} went up, {change.same:,} stayed the same, "
        f"{change.down:,} went down."
    )


def _better(outcome: ScoreOutcome) -> str:
    is_lower = outcome.score.direction is Direction.LOWER
    return ", where lower is better" if is_lower else ""


def rounded_headline_of(outcome: ScoreOutcome) -> str:
    """The same for a hub's own staff, to one decimal and the nearest five people."""
    change = outcome.change
    if not outcome.has_figures or change.mean_change is None:
        return headline_of(outcome)
    return (
        f"{outcome.score.label}: scores changed by about {signed(change.mean_change, places=1)} in "
        f"about {nearest_five(outcome.n)} young people who answered twice, on a scale from "
        f"{outcome.score.low} to {outcome.score.high}{_better(outcome)}."
    )


# --- Who is counted -----------------------------------------------------------------------------
def _who(outcomes: Outcomes) -> Section:
    flow, definition = outcomes.flow, outcomes.definition
    rows = (
        ("Came in the period", count(flow.reached), "At least one attendance."),
        (
            "Of the instrument's age",
            count(flow.of_age),
            f"{definition.min_age} to {definition.max_age}. Age not known: {flow.age_unknown:,}.",
        ),
        ("With consent to surveys", count(flow.consented), "In force now."),
        ("Answered a baseline", count(flow.baseline), "The earliest one counts."),
        (
            "Follow-up due",
            count(flow.due),
            f"At least {definition.weeks} weeks have passed since the baseline.",
        ),
        (
            "Answered twice",
            count(flow.pairs),
            f"A valid pair. {people(flow.early)} answered again too early to count.",
        ),
    )
    grid = Grid("Who is counted", ("Step", "Young people", "What it means"), rows)
    chart = flow_chart("who", "Who is counted", _steps(flow))
    return Section("who", "Who is counted", (_attrition(flow),), chart, (grid,))


def _attrition(flow: Flow) -> str:
    attrition = flow.attrition
    if not flow.due or attrition.low is None or attrition.high is None:
        return "Nobody's follow-up is due yet, so nobody can have been lost."
    between = span(percent(attrition.low), percent(attrition.high))
    return (
        f"Of {people(flow.due)} whose follow-up was due, {flow.lost:,} were lost: "
        f"{percent(flow.lost / flow.due)} ({between}, 95 % Wilson interval)."
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
    following = [n for _, n, _ in steps[1:]] + [flow.pairs]
    return [
        Step(label, n, f"{n - after:,} {left}" if n > after else "")
        for (label, n, left), after in zip(steps, following, strict=True)
    ]


# --- Of scores ----------------------------------------------------------------------------------
def _change(said: Said) -> Section:
    headings = (
        *("Score", "Pairs", "Before", "After", "Change (95 % interval)"),
        *("Effect size d_av (95 %)", "d_z (95 %)", "p", "p after Holm"),
    )
    grid = Grid("Change", headings, tuple(_change_row(each) for each in said))
    chart = interval_chart(
        "change",
        "Change with 95 % interval",
        "Change in points of the scale",
        [_drawn(_name(each), each.change) for each in said],
    )
    words = (CHANGE_WORDS, *_holm_words(said))
    return Section("change", "How much scores changed", words, chart, (grid,))


def _holm_words(said: Said) -> Iterator[str]:
    if any(each.is_primary for each in said):
        yield PRIMARY_WORDS
    elif len(said) > 1:
        yield "No score here is the primary outcome: p values here are adjusted after Holm."


def _change_row(outcome: ScoreOutcome) -> tuple[str, ...]:
    change = outcome.change
    return (
        _name(outcome),
        count(outcome.n),
        with_sd(change.mean_before, change.sd_before),
        with_sd(change.mean_after, change.sd_after),
        estimate(change.mean_change, change.ci_low, change.ci_high),
        estimate(change.d_av, change.d_av_low, change.d_av_high),
        estimate(change.d_z, change.d_z_low, change.d_z_high),
        p_value(change.p) if outcome.is_primary else NOTHING,
        p_value(outcome.p_adjusted),
    )


def _rounded(said: Said) -> Section:
    headings = (
        *("Score", "Young people", "Before", "After", "Change"),
        *("Went up", "Stayed the same", "Went down"),
    )
    grid = Grid("Change, rounded", headings, tuple(_rounded_row(each) for each in said))
    return Section("change", "How much scores changed", (ROUNDED_WORDS,), None, (grid,))


def _rounded_row(outcome: ScoreOutcome) -> tuple[str, ...]:
    change = outcome.change
    return (
        _name(outcome),
        nearest_five(outcome.n),
        plain(change.mean_before, places=1),
        plain(change.mean_after, places=1),
        signed(change.mean_change, places=1),
        *(nearest_five(part) for part in (change.up, change.same, change.down)),
    )


def _directions(said: Said) -> Section:
    headings = (
        *("Score", "Went up", "Stayed the same", "Went down"),
        *("Wilcoxon p, not adjusted", "No change, dropped", "Rank-biserial r"),
    )
    grid = Grid("Up, same and down", headings, tuple(_direction_row(each) for each in said))
    bars = [(each.score.label, _up_and_down(each)) for each in said]
    chart = parts_chart("directions", "Up, same and down", bars)
    return Section("directions", "Up, the same, down", (DIRECTION_WORDS,), chart, (grid,))


def _direction_row(outcome: ScoreOutcome) -> tuple[str, ...]:
    change = outcome.change
    return (
        outcome.score.label,
        *(share(part, outcome.n) for part in (change.up, change.same, change.down)),
        p_value(change.wilcoxon_p),
        count(change.zeros),
        signed(change.rank_biserial),
    )


def _up_and_down(outcome: ScoreOutcome) -> list[Part]:
    change = outcome.change
    is_higher = outcome.score.direction is Direction.HIGHER
    return [
        Part("went up", change.up or 0, "good" if is_higher else "bad"),
        Part("stayed the same", change.same or 0, "even"),
        Part("went down", change.down or 0, "bad" if is_higher else "good"),
    ]


def _bands(said: Said) -> Section | None:
    banded = [each for each in said if each.bands]
    if not banded:
        return None
    named = [
        (f"{each.score.label}: {band.label}" if len(banded) > 1 else band.label, band, each.n)
        for each in banded
        for band in each.bands
    ]
    rows = tuple((name, share(band.before, n), share(band.after, n)) for name, band, n in named)
    grid = Grid("Bands before and after", ("Band", "Before", "After"), rows)
    twins = [Twin(name, band.before, band.after) for name, band, _ in named]
    chart = twin_chart("bands", "Bands before (outlined) and after (filled)", twins)
    words = tuple(_crossing_words(each) for each in banded)
    return Section("bands", "Bands before and after", words, chart, (grid,))


def _crossing_words(outcome: ScoreOutcome) -> str:
    crossing = outcome.crossing
    if crossing is None:
        return ""
    return (
        f"{outcome.score.label}: {crossing.only_before:,} left the band “{crossing.label}”, "
        f"{crossing.only_after:,} came into it (McNemar p {p_value(crossing.p)})."
    )


def _reliable(said: Said) -> Section:
    headings = (
        *("Score", "Recovered", "Improved", "Unchanged", "Deteriorated"),
        *("Least reliable change", "Reliability used"),
    )
    grid = Grid("Reliable change", headings, tuple(_reliable_row(each) for each in said))
    bars = [
        (each.score.label, _reliable_parts(each.reliable))
        for each in said
        if each.reliable is not None and each.reliable.unchanged is not None
    ]
    chart = parts_chart("reliable", "Reliable change", bars) if bars else None
    return Section("reliable", "Reliable change", (RELIABLE_WORDS,), chart, (grid,))


def _reliable_parts(change: statistics.ReliableChange) -> list[Part]:
    better = (change.recovered or 0) + (change.improved or 0)
    return [
        Part("improved", better, "good"),
        Part("unchanged", change.unchanged or 0, "even"),
        Part("deteriorated", change.deteriorated or 0, "bad"),
    ]


def _reliable_row(outcome: ScoreOutcome) -> tuple[str, ...]:
    change, used = outcome.reliable, outcome.reliability
    if change is None or used.value is None:
        return (outcome.score.label, *[NOTHING] * 5, used.source)
    recovered = NOTHING if change.cutoff is None else share(change.recovered, outcome.n)
    return (
        outcome.score.label,
        recovered,
        *(share(n, outcome.n) for n in (change.improved, change.unchanged, change.deteriorated)),
        plain(change.smallest),
        f"{used.value:.2f}. {used.source}",
    )


def _low_starts(said: Said) -> Section | None:
    rows = tuple(
        (
            each.score.label,
            count(low.n),
            f"{low.cutoff:.2f}. {low.why}",
            _estimate_of(low.change),
            signed(low.expected),
        )
        for each in said
        if (low := each.low_start) is not None
    )
    headings = (
        *(
            "Score",
            "Young people",
            "Who",
            "Change seen",
            "Expected by chance alone: by reliability",
        ),
        "By how the two answers go together",
    )
    grid = Grid("Those who started low", headings, rows)
    return Section("low", "Those who started low", (LOW_WORDS,), None, (grid,)) if rows else None


def _dose(said: Said) -> Section:
    headings = (
        *("Score", "Pairs", "Spearman's correlation of hours and change (95 %)", "p"),
        "Points for ten hours more, start and hub taken into account (95 %)",
    )
    grid = Grid(
        "Hours attended between the two answers, and change",
        headings,
        tuple(_dose_row(each) for each in said),
    )
    shown = next((each for each in said if each.is_primary), said[0])
    chart = interval_chart(
        "dose",
        f"{shown.score.label}: change by sessions attended",
        "Change, by sessions attended in between",
        [_drawn(f"{group.label} ({group.n:,})", group.change) for group in shown.doses],
    )
    folded = _folded(said, lambda each: each.doses, "Sessions attended in between")
    return Section(
        "dose", "Did those who came more change more?", (DOSE_WORDS,), chart, (grid, *folded)
    )


def _dose_row(outcome: ScoreOutcome) -> tuple[str, ...]:
    dose, slope = outcome.dose, outcome.adjusted
    ten = [None if one is None else 10 * one for one in (slope.slope, slope.low, slope.high)]
    return (
        outcome.score.label,
        count(dose.n),
        estimate(dose.rho, dose.low, dose.high),
        p_value(dose.p),
        estimate(*ten),
    )


def _groups(said: Said) -> Section:
    folded = _folded(said, lambda each: each.groups, "Group")
    return Section("groups", "By group", (GROUP_WORDS,), None, folded)


def _folded(
    said: Said, groups_of: Callable[[ScoreOutcome], Sequence[Group]], heading: str
) -> tuple[Grid, ...]:
    """One table a score, the primary one first."""
    in_order = sorted(said, key=lambda each: not each.is_primary)
    headings = (heading, "Pairs", "Change (95 % interval)", "Note")
    return tuple(
        Grid(_name(each), headings, tuple(_group_row(group) for group in groups_of(each)))
        for each in in_order
    )


def _group_row(group: Group) -> tuple[str, ...]:
    name = f"{group.title}: {group.label.strip()}"
    if group.change is None:
        return (name, count(group.n), NOTHING, TOO_FEW)
    note = "indicative" if group.is_indicative else ""
    return (name, count(group.n), _estimate_of(group.change), note)


def _hubs(said: Said) -> Section | None:
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
        if each.clusters.hubs > 1
    )
    headings = ("Score", "Hubs", "ICC(1)", "Design effect", "t on hub means", "p")
    grid = Grid("Hubs as clusters", headings, rows)
    return Section("hubs", "How alike hubs are", (HUB_WORDS,), None, (grid,)) if rows else None


OF_SCORES: tuple[Callable[[Said], Section | None], ...] = (
    _change,
    _directions,
    _bands,
    _reliable,
    _low_starts,
    _dose,
    _groups,
    _hubs,
)


# --- Those who were lost, and quality -----------------------------------------------------------
def _lost(outcomes: Outcomes) -> Section | None:
    if not outcomes.flow.lost:
        return None
    headings = (
        *("What", "Followed up", "Mean", "Lost", "Mean"),
        "Difference in standard deviations",
    )
    rows = tuple(_compared_row(each) for each in outcomes.compared)
    grid = Grid("Followed up and lost, compared at the start", headings, rows)
    return Section("lost", "Those who were lost", (LOST_WORDS,), None, (grid,))


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
        *(_keyed_twice(each) for each in quality.agreement),
    )
    grid = Grid("Quality of the data", ("What", "How many"), rows)
    return Section("quality", "How good the data are", (), None, (grid,))


def _missing(quality: Quality) -> str:
    missing = quality.missing_share
    return NOTHING if missing is None else f"{quality.missing:,} ({percent(missing)})"


def _keyed_twice(agreement: Agreement) -> tuple[str, str]:
    forms = "1 form" if agreement.forms == 1 else f"{agreement.forms:,} forms"
    same = f"{share(agreement.agreed, agreement.items)} of {agreement.items:,} answers agree"
    return f"Paper keyed in twice, {agreement.hub}", f"{forms}: {same}"


def _shares(what: str, parts: Sequence[Share], of: int) -> Iterator[tuple[str, str]]:
    for part in parts:
        yield f"{what}: {part.label}", share(part.n, of)


# --- Words --------------------------------------------------------------------------------------
def _name(outcome: ScoreOutcome) -> str:
    return f"{outcome.score.label} (primary)" if outcome.is_primary else outcome.score.label


def _drawn(label: str, change: statistics.PairedChange | None) -> Interval:
    if change is None:
        return Interval(label, None, None, None, TOO_FEW)
    text = estimate(change.mean_change, change.ci_low, change.ci_high)
    return Interval(label, change.ci_low, change.mean_change, change.ci_high, text)


def _estimate_of(change: statistics.PairedChange | None) -> str:
    if change is None:
        return TOO_FEW
    return estimate(change.mean_change, change.ci_low, change.ci_high)


def _ends(low: float | None, high: float | None) -> str:
    return span(signed(low), signed(high))
