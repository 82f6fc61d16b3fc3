"""Public pages show what young people asked for and what came of it."""

from django.db import migrations

from accounts.public_pages import watch


class Migration(migrations.Migration):
    dependencies = [("activities", "0005_feedback")]

    operations = [
        watch("activities_saiddid"),
        watch("activities_saiddidtext"),
    ]
