"""Pages of places show no words of somebody of whom nothing may say where they are."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

DROP = "DROP TRIGGER words_in_public_barred ON participants_participant;"
BEFORE = "restricted_at", "objected_at", "merged_into_id"


def created(columns: tuple[str, ...]) -> str:
    """Public pages are made anew when one of these columns of a person changes."""
    changed = " OR ".join(f"OLD.{each} IS DISTINCT FROM NEW.{each}" for each in columns)
    return (
        "CREATE TRIGGER words_in_public_barred AFTER UPDATE ON participants_participant"
        f" FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION public_pages_changed();"
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("evaluation", "0011_urgent_worries")]

    operations: ClassVar = [
        migrations.RunSQL(DROP + created((*BEFORE, "is_address_hidden")), DROP + created(BEFORE)),
    ]
