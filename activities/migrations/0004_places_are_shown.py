"""Public pages say that places are limited, and so change when a session gets some."""

from django.db import migrations

from accounts.public_pages import watch

SHOWN_BEFORE = (
    "activity_id", "kind", "starts_at", "ends_at", "cancelled_at", "cancellation_reason",
    "listed_at", "checked_at",
)


def swapped(operation):
    """The same backwards."""
    return migrations.RunSQL(operation.reverse_sql, operation.sql)


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0003_terms_and_logs'),
    ]

    operations = [
        swapped(watch("activities_session", SHOWN_BEFORE)),
        watch("activities_session", (*SHOWN_BEFORE, "places")),
    ]
