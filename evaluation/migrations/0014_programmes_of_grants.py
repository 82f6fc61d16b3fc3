"""A grant may pay for several programmes: what each one paid for so far is the first of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations


def copy(apps: Any, schema_editor: Any) -> None:
    """Give grants, and the reports of them, the programme that they had."""
    grants = apps.get_model("evaluation", "Grant")
    runs = apps.get_model("evaluation", "ReportRun")
    for grant in grants.objects.all():
        grant.programmes.add(grant.programme_id)
    for run in runs.objects.select_related("grant"):
        run.programmes.add(run.grant.programme_id)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("evaluation", "0013_reports_and_releases")]

    operations: ClassVar = [migrations.RunPython(copy, migrations.RunPython.noop)]
