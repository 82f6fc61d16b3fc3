"""Who ever wrote in a release is kept, not only who wrote last in each of its boxes.

What was written so far had only its last writers; the audit trail knows the earlier ones.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import migrations, models

# The trail's word for it, as it stood when this was written.
WRITTEN = "release.written"


def fill(apps: Any, schema_editor: Any) -> None:
    """Give every release whoever wrote in it, by its boxes and by the trail; who left is left out.

    It may run again: nobody is kept twice.
    """
    narratives = apps.get_model("evaluation", "Narrative").objects.exclude(written_by=None)
    written = apps.get_model("accounts", "AuditEntry").objects.filter(kind=WRITTEN)
    wrote: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for release, by in narratives.values_list("release_id", "written_by_id"):
        wrote[release].add(by)
    for release, by in written.values_list("object_id", "actor_id"):
        wrote[release].add(by)
    accounts = set(apps.get_model("accounts", "User").objects.values_list("pk", flat=True))
    for release in apps.get_model("evaluation", "Release").objects.filter(pk__in=wrote):
        release.writers.add(*wrote[release.pk] & accounts)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("evaluation", "0018_reports_of_one_clock"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.AddField(
            "release",
            "writers",
            models.ManyToManyField(editable=False, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
