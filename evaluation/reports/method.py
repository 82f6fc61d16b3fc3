"""How the figures of a report were made, in words."""

from __future__ import annotations

from activities.models import Programme
from evaluation.queries.record import Scope


def method(scope: Scope) -> list[dict[str, str]]:
    """Paragraphs with headings."""
    return [
        {
            "heading": "Where the figures come from",
            "text": "Every figure is added up from the registers that hub coordinators took "
            "and the session logs they kept, and from the lines of spend. No figure was typed in "
            "or changed by hand. All were read at one moment, so they agree with each other.",
        },
        {
            "heading": "Who is counted",
            "text": f"Young people who came as participants or volunteers: {_ages(scope)}. People "
            "of unknown age are counted and shown as not known. Artists, coaches, families and "
            "training sessions are not. Records that turned out to be of one person count once.",
        },
        {
            "heading": "Period",
            "text": "Both dates are included. A session belongs to the date of its start in "
            "Derby, and months and weeks are those of Derby's clocks. Sessions that had not "
            "ended when the figures were read cannot have a missing register yet.",
        },
        {
            "heading": "Rounding",
            "text": "Counts are exact. Hours are shown to one decimal, rounded so that the "
            "rows of a table add up to its total.",
        },
        {
            "heading": "How to handle this report",
            "text": "It holds exact figures about small groups of children. It is for staff "
            "who may see the registers, and must not be published or passed on as it is.",
        },
    ]


def _ages(scope: Scope) -> str:
    if len(scope.programmes) == 1:
        return _ages_of(scope.programmes[0])
    return "; ".join(f"{each.name}: {_ages_of(each)}" for each in scope.programmes)


def _ages_of(programme: Programme) -> str:
    return (
        f"aged {programme.min_age} to {programme.max_age} at the session, up to "
        f"{programme.max_age_extended} with special needs or as a care leaver"
    )
