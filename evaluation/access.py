"""What a user may do with reports, and with what the public is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from accounts.access import holds_any
from accounts.models import User
from evaluation.models import (
    CHECKER_ROLES,
    EDITOR_ROLES,
    REPORT_READERS,
    REPORT_ROLES,
    WHOLE_REPORT_ROLES,
    Audience,
    Grant,
    Quote,
    Release,
    ReportRun,
    RunStatus,
)
from evaluation.models.instruments import ASKING_ROLES, MEASURE_ROLES
from evaluation.models.research import EXTRACT_ROLES, STUDY_ROLES, Extract
from hubs.models import Hub
from participants.access import can
from participants.models import Participant, Registration
from participants.queries.records import records_for, records_of
from participants.sections import Act, Section


class Wanted(Protocol):
    """What a report is asked of, as far as rights depend on it."""

    @property
    def grant(self) -> Grant | None: ...
    @property
    def hubs(self) -> Sequence[Hub]: ...
    @property
    def audience(self) -> str: ...


def can_request_report(user: User, asked: Wanted) -> bool:
    """Whether the user may have this report built.

    Trust staff any; evaluators the internal one of programmes, in which nobody is named; a hub's
    staff that of their own hubs. Promises and money, and so grants, are trust staff's.
    """
    if holds_any(user, REPORT_ROLES):
        return True
    if asked.grant is not None:
        return False
    if asked.audience == Audience.INTERNAL:
        return holds_any(user, WHOLE_REPORT_ROLES)
    if asked.audience != Audience.HUB or not asked.hubs:
        return False
    own = Hub.objects.visible_to(user).filter(pk__in=[hub.pk for hub in asked.hubs])
    return own.count() == len(asked.hubs)


def can_cancel_report(user: User, run: ReportRun) -> bool:
    """Whether the user may stop a report, or stop waiting for it: who asked, and trust staff."""
    return holds_any(user, REPORT_ROLES) or run.requests.filter(asked_by=user).exists()


def can_schedule_reports(user: User) -> bool:
    """Whether the user may begin and end reports that are asked for by themselves."""
    return holds_any(user, REPORT_ROLES)


def can_export_report(user: User) -> bool:
    """Whether the user may download the files of finished reports that they may see."""
    return holds_any(user, REPORT_READERS)


def can_change_grants(user: User) -> bool:
    """Whether the user may change grants, what they promise, their budgets and their spend."""
    return holds_any(user, REPORT_ROLES)


def can_change_shapes(user: User) -> bool:
    """Whether the user may say what reports hold."""
    return holds_any(user, REPORT_ROLES)


def can_edit_stories(user: User) -> bool:
    """Whether the user may write stories, put them up and take them down."""
    return holds_any(user, REPORT_ROLES)


def can_release(user: User) -> bool:
    """Whether the user may publish figures and take them back."""
    return holds_any(user, REPORT_ROLES)


def is_releasable(run: ReportRun) -> bool:
    """Whether releases can be made of a report: it is finished, and not for one hub's own staff."""
    is_finished = run.status == RunStatus.DONE and run.snapshot_id is not None
    return is_finished and run.audience != Audience.HUB


def can_sign_off(user: User, release: Release) -> bool:
    """Whether the user may be the second person: nobody signs off what they began or wrote in.

    Who wrote first is not the second person because another changed a word since. One query.
    """
    if not can_release(user) or user.pk == release.made_by_id:
        return False
    return not release.writers.filter(pk=user.pk).exists()


def can_edit_pages(user: User) -> bool:
    """Whether the user may change pages, recordings and what stands about translations."""
    return holds_any(user, EDITOR_ROLES)


def can_change_measures(user: User) -> bool:
    """Whether the user may say what a programme measures."""
    return holds_any(user, MEASURE_ROLES)


def can_ask(user: User, *people: Participant) -> bool:
    """Whether the user may have all these root people asked: by a tablet, a link or on paper.

    One query beside that for roles, however many they are.
    """
    if not holds_any(user, ASKING_ROLES):
        return False
    ids = {person.pk for person in people}
    return records_for(user).named().filter(pk__in=ids).count() == len(ids)


def can_write_quote(user: User, person: Participant, hub: Hub) -> bool:
    """Whether the user may write down words of a root person who is registered at this hub."""
    if not Hub.objects.visible_to(user).filter(pk=hub.pk).exists():
        return False
    at_hub = Registration.objects.filter(hub=hub, participant__in=records_of(person))
    if not at_hub.exists():
        return False
    return holds_any(user, CHECKER_ROLES) or can(user, Act.WRITE, Section.OUTCOMES, person)


def can_change_quote(user: User, quote: Quote) -> bool:
    """Whether the user may change a quote or take it out."""
    return Quote.objects.visible_to(user).filter(pk=quote.pk).exists()


def can_check_quote(user: User, quote: Quote) -> bool:
    """Whether the user may be the second person who reads it: nobody checks their own words."""
    writers = {quote.recorded_by_id, quote.edited_by_id}
    return holds_any(user, CHECKER_ROLES) and user.pk not in writers


def can_enter(user: User, person: Participant) -> bool:
    """Whether the user may enter answers of a root person: from paper, observed, or of a tool."""
    return person.anonymised_at is None and can(user, Act.WRITE, Section.OUTCOMES, person)


def can_run_studies(user: User) -> bool:
    """Whether the user may start studies, ask for extracts, release them and destroy keys."""
    return holds_any(user, STUDY_ROLES)


def can_fetch_extract(user: User, extract: Extract) -> bool:
    """Whether the user may download an extract: nobody before it was released."""
    return extract.released_at is not None and holds_any(user, EXTRACT_ROLES)


def can_export_rows(user: User) -> bool:
    """Whether the user may download the rows behind a report, in which nobody is named."""
    return holds_any(user, WHOLE_REPORT_ROLES)


def can_see_money(user: User) -> bool:
    """Whether the user may see budgets, spend and costs."""
    return holds_any(user, REPORT_ROLES)


def can_see_rows(user: User, *, is_equality: bool) -> bool:
    """Whether the user may see the rows behind a figure that they may see.

    Rows of equality monitoring tell an answer of each of them: at hubs these are written only.
    """
    return holds_any(user, WHOLE_REPORT_ROLES if is_equality else REPORT_READERS)
