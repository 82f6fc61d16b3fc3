"""What the list of staff can be narrowed by, and its columns."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.models import Role, User
from hubs.models import Hub
from hubs.staff_queries import (
    CLEARANCE_STATES,
    STATES,
    at_hub,
    clearance_words,
    labels_of,
    with_clearances,
    with_role,
)


class StaffFilter(django_filters.FilterSet):
    """Name or address, role, hub, state and checks. Those who left stand apart."""

    q = django_filters.CharFilter(method="with_words", label="Name or e-mail", max_length=80)
    role = django_filters.ChoiceFilter(
        choices=Role.choices, method="by_role", label="Role", empty_label="Any role"
    )
    hub = django_filters.ChoiceFilter(method="by_hub", label="Hub", empty_label="Any hub")
    state = django_filters.ChoiceFilter(
        choices=STATES, method="by_state", label="State", empty_label="Working or invited"
    )
    clearances = django_filters.ChoiceFilter(
        choices=CLEARANCE_STATES,
        method="by_clearances",
        label="DBS and training",
        empty_label="However they stand",
    )

    class Meta:
        model = User
        fields = ("q", "role", "hub", "state", "clearances")

    def __init__(
        self, data: QueryDict, queryset: QuerySet[User], *, hubs: QuerySet[Hub], now: dt.datetime
    ) -> None:
        """Offer the hubs that are this reader's business."""
        self.now = now
        super().__init__(data, queryset)
        self.filters["hub"].extra["choices"] = list(
            hubs.order_by("name").values_list("slug", "name")
        )

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        """Without a state, everybody who has not left."""
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.filter(is_active=True)
        found: QuerySet[User] = super().filter_queryset(queryset)
        return found

    def with_words(self, staff: QuerySet[User], name: str, words: str) -> QuerySet[User]:
        return staff.filter(Q(name__icontains=words) | Q(email__icontains=words))

    def by_role(self, staff: QuerySet[User], name: str, role: str) -> QuerySet[User]:
        return with_role(staff, role)

    def by_hub(self, staff: QuerySet[User], name: str, slug: str) -> QuerySet[User]:
        return at_hub(staff, slug, self.now)

    def by_state(self, staff: QuerySet[User], name: str, state: str) -> QuerySet[User]:
        return staff.filter(state=state)  # type: ignore[misc]

    def by_clearances(self, staff: QuerySet[User], name: str, state: str) -> QuerySet[User]:
        return with_clearances(staff, state, timezone.localdate(self.now))


class StaffTable(tables.Table):
    """Name, roles, hubs, state and checks of a `staff_list`."""

    name = tables.Column()
    roles = tables.Column(empty_values=(), orderable=False)
    hubs = tables.Column(empty_values=(), orderable=False)
    state = tables.Column()
    dbs_through = tables.Column("DBS check", empty_values=())
    training_through = tables.Column("Safeguarding training", empty_values=())

    class Meta:
        sequence = ("name", "roles", "hubs", "state", "dbs_through", "training_through")
        order_by = "name"
        empty_text = "Nobody is like that. Change what you asked for above."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}

    def __init__(self, staff: QuerySet[User], *, today: dt.date) -> None:
        """Say what is over on this day."""
        super().__init__(staff)
        self.today = today

    def render_name(self, record: Any) -> str:
        """A link to the account's own page."""
        address = reverse("staff:member", kwargs={"pk": record.pk})
        return format_html('<a href="{}">{}</a>', address, record.name or record.email)

    def render_roles(self, record: Any) -> str:
        """Roles by name."""
        return ", ".join(labels_of(record.roles_now)) or "none"

    def render_hubs(self, record: Any) -> str:
        """Hubs by name."""
        return ", ".join(member.hub.name for member in record.hubs_now) or "none"

    def render_state(self, value: str) -> str:
        """The state in words."""
        return dict(STATES)[value]

    def render_dbs_through(self, record: Any) -> str:
        """The DBS check in words."""
        return clearance_words(record.dbs_through, is_needed=record.at_hub, today=self.today)

    def render_training_through(self, record: Any) -> str:
        """The training in words."""
        return clearance_words(record.training_through, is_needed=record.at_hub, today=self.today)
