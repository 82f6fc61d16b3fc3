"""Writes of grants: what they are, what they pay for, what they promise, and their budgets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Programme
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import ChangedMeanwhileError
from evaluation.access import can_change_grants
from evaluation.models import BudgetLine, Grant, Target
from evaluation.queries.spend import NOUGHT, budget
from hubs.models import Organisation, OrganisationKind

LONGEST_SLUG = 110


class GrantError(Exception):
    """Something that a grant refuses; its text is for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def fingerprint_of_grant(grant: Grant) -> str:
    """SHA-256 of what a grant says and pays for, in hex; empty for one that is not there yet."""
    if not grant.pk:
        return ""
    programmes = sorted(grant.programmes.values_list("pk", flat=True))
    return sha256(f"{fingerprint_of_row(grant)} {programmes}".encode()).hexdigest()


def fingerprint_of_budget(grant: Grant) -> str:
    """SHA-256 of a grant's budget lines, in hex."""
    return sha256(repr(sorted(budget(grant).items())).encode()).hexdigest()


@transaction.atomic
def put_grant(
    *,
    by: User,
    grant: Grant,
    facts: Mapping[str, Any],
    programmes: Collection[Programme],
    seen: str = "",
) -> Grant:
    """Write a grant, new or there already, by field, and the programmes that it pays for.

    `seen` is `fingerprint_of_grant` of the one that the change began from.

    Raises:
        PermissionDenied: the user does not look after grants.
        ChangedMeanwhileError: it says something else by now.
        GrantError: another grant has its name, it pays for nothing, has less than its budget, or
            money was spent on a programme that it would not pay for any more.
    """
    _refuse_others(by)
    stored = _locked(grant) if grant.pk else grant
    if stored.pk and seen != fingerprint_of_grant(stored):
        raise ChangedMeanwhileError
    if Grant.objects.exclude(pk=stored.pk).filter(name__iexact=facts["name"]).exists():
        raise GrantError("Another grant has this name.", "name")
    _refuse_programmes(stored, programmes)
    _refuse_over_budget(sum(budget(stored).values(), NOUGHT) if stored.pk else NOUGHT, facts)
    for name, value in facts.items():
        setattr(stored, name, value)
    stored.slug = stored.slug or _free_slug(stored.name)
    stored.save()
    stored.programmes.set(programmes)
    _audit(by, AuditKind.GRANT_CHANGED, stored)
    return stored


@transaction.atomic
def add_funder(*, by: User, name: str) -> Organisation:
    """Add an organisation that gives money.

    Raises:
        PermissionDenied: the user does not look after grants.
        GrantError: there is an organisation of this name, perhaps of another kind.
    """
    _refuse_others(by)
    if Organisation.objects.filter(name__iexact=name).exists():
        raise GrantError("There is an organisation of this name already.", "name")
    slug = slugify(name)[:LONGEST_SLUG] or "funder"
    if Organisation.objects.filter(slug=slug).exists():
        raise GrantError("There is an organisation of nearly this name already.", "name")
    funder = Organisation.objects.create(name=name, slug=slug, kind=OrganisationKind.FUNDER)
    record_audit(
        by=by, kind=AuditKind.GRANT_CHANGED, about=funder, reason=f"Funder no. {funder.pk} added"
    )
    return funder


@transaction.atomic
def put_target(*, by: User, target: Target, facts: Mapping[str, Any], seen: str = "") -> Target:
    """Write what a grant promises of one figure, new or there already, by field.

    `target` names its grant; `seen` is `fingerprint_of_row` of what the change began from.

    Raises:
        PermissionDenied: the user does not look after grants.
        ChangedMeanwhileError: it says something else by now, or is gone.
        GrantError: the grant promises this figure of these days and people already.
    """
    _refuse_others(by)
    grant = _locked(target.grant)
    stored = target
    if target.pk:
        found = Target.objects.select_for_update().filter(pk=target.pk).first()
        if found is None or seen != fingerprint_of_row(found):
            raise ChangedMeanwhileError
        stored = found
    for name, value in facts.items():
        setattr(stored, name, value)
    _refuse_twice(stored)
    stored.save()
    _audit(by, AuditKind.TARGET_CHANGED, grant, f", target no. {stored.pk}")
    return stored


@transaction.atomic
def remove_target(*, by: User, target: Target) -> None:
    """Promise this no more. Reports that were made keep it.

    Raises:
        PermissionDenied: the user does not look after grants.
    """
    _refuse_others(by)
    _audit(by, AuditKind.TARGET_CHANGED, target.grant, f", target no. {target.pk} removed")
    target.delete()


@transaction.atomic
def put_budget(*, by: User, grant: Grant, amounts: Mapping[str, Decimal | None], seen: str) -> None:
    """Write how much of a grant is meant for which kind of cost, in pounds; nothing or 0: none.

    `seen` is `fingerprint_of_budget` of what the change began from.

    Raises:
        PermissionDenied: the user does not look after grants.
        ChangedMeanwhileError: somebody else changed it meanwhile.
        GrantError: it would be more than the grant.
    """
    _refuse_others(by)
    stored = _locked(grant)
    if seen != fingerprint_of_budget(stored):
        raise ChangedMeanwhileError
    wanted = {kind: pounds for kind, pounds in amounts.items() if pounds}
    _refuse_over_budget(sum(wanted.values(), NOUGHT), {"amount": stored.amount})
    stored.budget_lines.all().delete()
    BudgetLine.objects.bulk_create(
        BudgetLine(grant=stored, kind=kind, amount=pounds) for kind, pounds in wanted.items()
    )
    _audit(by, AuditKind.BUDGET_CHANGED, stored)


def _refuse_others(by: User) -> None:
    if not can_change_grants(by):
        raise PermissionDenied


def _refuse_programmes(grant: Grant, programmes: Collection[Programme]) -> None:
    if not programmes:
        raise GrantError("Choose at least one programme that it pays for.", "programmes")
    if not grant.pk:
        return
    kept = {programme.pk for programme in programmes}
    lines = grant.spend.filter(programme__isnull=False).exclude(programme__in=kept)
    if line := lines.select_related("programme").first():
        raise GrantError(
            f"Money was spent on {line.programme}, so it stays with this grant.", "programmes"
        )


def _refuse_over_budget(planned: Decimal, facts: Mapping[str, Any]) -> None:
    if planned > facts["amount"]:
        over = planned - facts["amount"]
        raise GrantError(f"The budget would be £{over:,.2f} more than the grant.", "amount")


def _refuse_twice(target: Target) -> None:
    days, people = ("first_day", "last_day"), ("hub_id", "min_age", "max_age", "characteristic")
    same = ("indicator", *days, *people)
    others = Target.objects.filter(grant_id=target.grant_id).exclude(pk=target.pk)
    if tuple(getattr(target, name) for name in same) in others.values_list(*same):
        raise GrantError(
            "The grant promises this figure of these days and people already. Change that one.",
            "indicator",
        )


def _locked(grant: Grant) -> Grant:
    return Grant.objects.select_for_update().get(pk=grant.pk)


def _free_slug(name: str) -> str:
    """A slug of the name that no grant has; with a number where it has to be."""
    slug = slugify(name)[:LONGEST_SLUG] or "grant"
    taken = set(Grant.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(each for each in numbered if each not in taken)


def _audit(by: User, kind: AuditKind, grant: Grant, more: str = "") -> None:
    record_audit(by=by, kind=kind, about=grant, reason=f"Grant no. {grant.pk}{more}")
