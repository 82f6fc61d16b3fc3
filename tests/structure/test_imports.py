"""The way up: hubs, activities, participants, evaluation, each built on those before it only."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.apps import apps
from django.db.models import Field, Model

ORDER = ["accounts", "hubs", "activities", "participants", "evaluation"]


def own_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in ORDER]


def test_import_contracts_hold() -> None:
    """Also run on its own by `make test`; here so that pytest alone tells too."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", lint], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_foreign_keys_point_down_only(model: type[Model]) -> None:
    for field in model._meta.get_fields():
        related = field.related_model
        if (
            isinstance(field, Field)
            and isinstance(related, type)
            and related._meta.app_label in ORDER
        ):
            assert ORDER.index(related._meta.app_label) <= ORDER.index(model._meta.app_label), field


@pytest.mark.parametrize(
    "label",
    [
        "participants.Participant",
        "activities.Session",
        "participants.MarkOperation",
        "participants.Attendance",
        "evaluation.ReportRun",
        "accounts.User",
    ],
)
def test_people_sessions_marks_and_runs_have_uuid_keys(label: str) -> None:
    assert apps.get_model(label)._meta.pk.get_internal_type() == "UUIDField"
