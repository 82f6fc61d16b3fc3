from django.db import migrations

from accounts.public_pages import WITH_LOCK, WITHOUT_LOCK


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_audit_of_pages")]
    operations = [migrations.RunSQL(WITH_LOCK, WITHOUT_LOCK)]
