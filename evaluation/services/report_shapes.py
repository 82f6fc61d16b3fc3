"""Writes of shapes of reports: those that ship, and what trust staff make of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.services.errors import ChangedMeanwhileError
from evaluation.access import can_change_shapes
from evaluation.indicators import INDICATORS
from evaluation.models import ReportTemplate
from evaluation.reports.shipped_shapes import Shape, shipped_shapes
from evaluation.reports.templates import TABLE_NAMES, Section, check_names, dump

LONGEST_SLUG = 50


@dataclass(frozen=True)
class Loaded:
    """One shape that ships. `what` is "created", "replaced", "unchanged" or "kept"."""

    shape: ReportTemplate
    what: str


def fingerprint_of_shape(shape: ReportTemplate) -> str:
    """SHA-256 of what a shape says, in hex; empty for one that is not there yet."""
    if not shape.pk:
        return ""
    said = [shape.name, shape.summary, shape.sections, str(shape.retired_at)]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def load_shapes(*, now: dt.datetime, shapes: Iterable[Shape] | None = None) -> list[Loaded]:
    """Bring in the shapes that ship, all or nothing; again it changes nothing.

    What somebody changed or retired is kept as they left it. By commands only.

    Raises:
        ShapeError: a file is not right.
    """
    return [_load(shape, now) for shape in (shipped_shapes() if shapes is None else shapes)]


@transaction.atomic
def put_shape(
    *,
    by: User,
    shape: ReportTemplate,
    name: str,
    summary: str,
    sections: Sequence[Section],
    seen: str = "",
    now: dt.datetime,
) -> ReportTemplate:
    """Write what a shape holds, new or there already. Reports that were built keep theirs.

    `seen` is `fingerprint_of_shape` of the one that the change began from.

    Raises:
        PermissionDenied: the user does not look after shapes.
        ChangedMeanwhileError: it says something else by now.
        ShapeError: it names a table or a figure that there is none of.
    """
    stored = _to_change(by, shape) if shape.pk else shape
    _refuse_others(by)
    if seen != fingerprint_of_shape(stored):
        raise ChangedMeanwhileError
    check_names(sections, tables=TABLE_NAMES, figures=INDICATORS)
    stored.name, stored.summary, stored.sections = name, summary, dump(sections)
    stored.slug = stored.slug or _free_slug(name)
    return _save(stored, by, now)


@transaction.atomic
def copy_shape(*, by: User, shape: ReportTemplate, now: dt.datetime) -> ReportTemplate:
    """Make another one that holds the same, to be changed.

    Raises:
        PermissionDenied: the user does not look after shapes.
    """
    stored = _to_change(by, shape)
    name = f"Copy of {stored.name}"[:120]
    copy = ReportTemplate(
        slug=_free_slug(name),
        name=name,
        summary=stored.summary,
        sections=stored.sections,
        position=stored.position,
    )
    return _save(copy, by, now)


@transaction.atomic
def retire_shape(*, by: User, shape: ReportTemplate, now: dt.datetime) -> ReportTemplate:
    """Offer it no more. Reports that were built, and schedules that name it, keep it.

    Raises:
        PermissionDenied: the user does not look after shapes.
    """
    stored = _to_change(by, shape)
    stored.retired_at = stored.retired_at or now
    return _save(stored, by, now)


@transaction.atomic
def bring_back_shape(*, by: User, shape: ReportTemplate, now: dt.datetime) -> ReportTemplate:
    """Offer it again.

    Raises:
        PermissionDenied: the user does not look after shapes.
    """
    stored = _to_change(by, shape)
    stored.retired_at = None
    return _save(stored, by, now)


def _load(shape: Shape, now: dt.datetime) -> Loaded:
    standing = ReportTemplate.objects.select_for_update().filter(slug=shape.slug).first()
    if standing and standing.changed_by_id:
        return Loaded(standing, "kept")
    row = standing or ReportTemplate(slug=shape.slug)
    facts = {
        "name": shape.name,
        "summary": shape.summary,
        "position": shape.position,
        "sections": dump(shape.sections),
    }
    check_names(shape.sections, tables=TABLE_NAMES, figures=INDICATORS)
    if standing and all(getattr(row, name) == value for name, value in facts.items()):
        return Loaded(row, "unchanged")
    for name, value in facts.items():
        setattr(row, name, value)
    row.changed_at = now
    row.save()
    what = "replaced" if standing else "created"
    reason = f"{row.slug}: {what}"
    record_audit(by=None, kind=AuditKind.REPORT_TEMPLATE_CHANGED, about=row, reason=reason)
    return Loaded(row, what)


def _save(shape: ReportTemplate, by: User, now: dt.datetime) -> ReportTemplate:
    shape.changed_by, shape.changed_at = by, now
    shape.save()
    record_audit(
        by=by, kind=AuditKind.REPORT_TEMPLATE_CHANGED, about=shape, reason=f"Shape no. {shape.pk}"
    )
    return shape


def _to_change(by: User, shape: ReportTemplate) -> ReportTemplate:
    _refuse_others(by)
    return ReportTemplate.objects.select_for_update().get(pk=shape.pk)


def _refuse_others(by: User) -> None:
    if not can_change_shapes(by):
        raise PermissionDenied


def _free_slug(name: str) -> str:
    """A slug of the name that no shape has; with a number where it has to be."""
    slug = slugify(name)[:LONGEST_SLUG] or "shape"
    taken = set(ReportTemplate.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(each for each in numbered if each not in taken)
