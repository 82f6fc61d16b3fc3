"""What the audit trail can be narrowed by."""

from __future__ import annotations

import datetime as dt

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.audit_forms import EARLIEST, LATEST, DateField
from accounts.kinds import KINDS, KindGroup
from accounts.models import AuditEntry, User
from accounts.queries.trail import between


class DateFilter(django_filters.Filter):
    """A Europe/London date in the browser's own picker."""

    field_class = DateField


class TrailFilter(django_filters.FilterSet):
    """Kind, account, dates and what it is about. One query, for the names of accounts."""

    group = django_filters.ChoiceFilter(
        choices=KindGroup.choices, method="of_group", label="What", empty_label="Anything"
    )
    who = django_filters.ModelChoiceFilter(
        queryset=User.objects.order_by("name", "email"),
        method="by_account",
        label="Who",
        empty_label="Anybody",
    )
    first = DateFilter(method="from_date", label="From")
    last = DateFilter(method="to_date", label="To")
    about = django_filters.UUIDFilter(field_name="object_id", label="Number of a record")

    class Meta:
        model = AuditEntry
        fields = ("group", "who", "first", "last", "about")

    def of_group(
        self, entries: QuerySet[AuditEntry], name: str, value: str
    ) -> QuerySet[AuditEntry]:
        """Of one group of kinds."""
        return entries.filter(kind__in=KINDS[value])

    def by_account(
        self, entries: QuerySet[AuditEntry], name: str, value: User
    ) -> QuerySet[AuditEntry]:
        """What somebody did."""
        return entries.filter(actor_id=value.pk)

    def from_date(
        self, entries: QuerySet[AuditEntry], name: str, value: dt.date
    ) -> QuerySet[AuditEntry]:
        """On a Europe/London date or later."""
        return between(entries, value, LATEST)

    def to_date(
        self, entries: QuerySet[AuditEntry], name: str, value: dt.date
    ) -> QuerySet[AuditEntry]:
        """On a Europe/London date or earlier."""
        return between(entries, EARLIEST, value)

    @property
    def found(self) -> QuerySet[AuditEntry]:
        """What was asked for; nothing where the question is wrong."""
        entries: QuerySet[AuditEntry] = self.qs if self.is_valid() else self.queryset.none()
        return entries

    @property
    def said(self) -> str:
        """The question in one short line, for the trail: which fields, and the kind."""
        asked = [name for name in self.base_filters if self.data.get(name)]
        return " ".join(["trail", self.form.cleaned_data.get("group") or "", *asked]).strip()

    @property
    def query(self) -> str:
        """What was asked for as the part of an address behind the question mark."""
        kept = QueryDict(mutable=True)
        for name in self.base_filters:
            if self.data.get(name):
                kept[name] = self.data[name]
        return kept.urlencode()
