from django.db import migrations

from accounts.public_pages import CREATE_SEQUENCE, DROP_SEQUENCE


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(CREATE_SEQUENCE, DROP_SEQUENCE)]
