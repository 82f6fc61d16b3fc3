from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("evaluation", "0014_programmes_of_grants")]

    operations: ClassVar = [migrations.RemoveField(model_name="grant", name="programme")]
