"""Columns of the list of people."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables

from participants.models import Participant

PARTS = "participants/people/_people_%s.html"


def _part(name: str, **options: Any) -> tables.TemplateColumn:
    """A column that a template draws; its name is the cell's class, which a phone lays out."""
    cells = {"td": {"class": f"people-cell people-cell--{name}"}}
    return tables.TemplateColumn(template_name=PARTS % name, attrs=cells, **options)


class PeopleTable(tables.Table):
    """People by name. Nothing of a sensitive section stands here but that there is a care note."""

    name = _part("name", order_by=("family_name", "given_name", "pk"))
    year_group = _part("year", verbose_name="School year", order_by=("year_group", "family_name"))
    hubs = _part("hubs", verbose_name="Hubs", orderable=False)
    last_came = _part("last", verbose_name="Last came", orderable=False)
    state = _part("state", verbose_name="Record", orderable=False)

    class Meta:
        model = Participant
        fields = ("name", "year_group", "hubs", "last_came", "state")
        order_by = "name"
        empty_text = "Nobody is like that. Take something out of the filter."
        row_attrs: ClassVar = {"class": "people-row"}


class FoundTable(PeopleTable):
    """What a search found, the likeliest first."""

    class Meta(PeopleTable.Meta):
        orderable = False
        order_by = ""
        empty_text = (
            "Nobody of that name is on your list. Look at the spelling, or try one name only."
        )
