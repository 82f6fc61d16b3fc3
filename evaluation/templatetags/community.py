"""How stories and released figures read and are drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from activities.templatetags.listing import plain_date, short_month
from evaluation.markdown import to_html
from evaluation.models import ReleasedFigure, Story, StoryState
from evaluation.queries.community import FigureSeries
from evaluation.reports.charts import bar_chart
from evaluation.reports.document import Bar, Chart

register = template.Library()


@register.filter
def markdown(text: str, top: int = 2) -> SafeString:
    """An editor's Markdown as safe HTML; its headings begin at the level given."""
    return to_html(text, top=top)


@register.filter
def period(figure: ReleasedFigure) -> str:
    """From which day to which, in the page's language."""
    return _between(figure, plain_date)


@register.filter
def number(figure: ReleasedFigure) -> str:
    """A figure's value as shown, its digits grouped as the page's language does."""
    if figure.amount is None:
        return figure.value
    grouped = number_format(figure.amount, decimal_pos=0, force_grouping=True)
    return figure.value.replace(f"{figure.amount:,.0f}", grouped)


@register.filter
def sources(figures: Iterable[FigureSeries]) -> list[str]:
    """Where these figures come from, each source once."""
    return list(dict.fromkeys(series.latest.source for series in figures))


@register.filter
def in_words(text: str) -> str:
    """A figure's label or definition in the page's language."""
    return _(text)


@register.filter
def chart(series: FigureSeries) -> SafeString | str:
    """The figures of separate periods as bars; nothing where there is only one period."""
    if not series.earlier:
        return ""
    bars = tuple(
        Bar(_between(each, short_month), each.amount, number(each))
        for each in series.earlier
        if each.amount is not None
    )
    title = _(series.label)
    description = _("One bar for each period. The table beside it says the same.")
    return mark_safe(bar_chart(Chart(series.key, title, description, bars)))  # noqa: S308


@register.filter
def state_of(story: Story) -> StoryState:
    """Where a story stands now, for editors."""
    return story.state(timezone.now())


def _between(figure: ReleasedFigure, said: Callable[[dt.date], str]) -> str:
    first, last = said(figure.first_day), said(figure.last_day)
    return _("%(first)s to %(last)s") % {"first": first, "last": last}
