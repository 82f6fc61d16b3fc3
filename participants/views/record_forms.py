"""Saving a form of a record: what was typed stays, whatever the record refuses."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django import forms
from django.core.exceptions import PermissionDenied

from accounts.audience import AuthedRequest
from participants.access import can
from participants.forms.records import VersionedForm
from participants.models import Participant
from participants.sections import Act, Section
from participants.services.errors import RecordError
from participants.services.records import ChangedMeanwhileError


def is_saved(
    form: forms.Form, save: Callable[[], object], version: Callable[[], int] | None = None
) -> bool:
    """Save a form that is valid; what is refused is said on top of it.

    `version` tells the state that stands now, on which somebody may save once more.
    """
    if not form.is_valid():
        return False
    try:
        save()
    except ChangedMeanwhileError as error:
        form.add_error(None, str(error))
        if version is not None and isinstance(form, VersionedForm):
            form.opened_again(version())
            form.is_overtaken = True  # type: ignore[attr-defined]
        return False
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True


def status_of(form: forms.Form) -> int:
    """The status of a page with a form: 409 where somebody else was first, 422 for a bad one."""
    if getattr(form, "is_overtaken", False):
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def require_write(request: AuthedRequest, person: Participant, section: Section) -> None:
    """Raise PermissionDenied where the section is not the user's to write in."""
    if not can(request.user, Act.WRITE, section, person):
        raise PermissionDenied
