import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

# A name as people search it. PostgreSQL takes unaccent for changeable, for its dictionary could be
# another one; here it is named, and lies in a file that comes with the server.
PLAIN = """
CREATE FUNCTION participants_plain(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$
    SELECT translate(
        lower(public.unaccent('public.unaccent'::regdictionary, name)), '-_''`’‘ʼ', '  '
    )
$$;
"""
DROP = "DROP FUNCTION participants_plain(text);"


class Migration(migrations.Migration):
    dependencies = [("participants", "0007_consents_of_looked_after")]
    operations = [
        migrations.RunSQL(PLAIN, DROP),
        migrations.RemoveIndex(model_name="participant", name="participant_search_name"),
        migrations.RemoveField(model_name="participant", name="search_name"),
        migrations.AddField(
            model_name="participant",
            name="search_name",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    django.db.models.functions.text.Concat(
                        "given_name",
                        models.Value(" "),
                        "known_as",
                        models.Value(" "),
                        "family_name",
                    ),
                    function="participants_plain",
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("search_name", "gin_trgm_ops"),
                name="participant_search_name",
            ),
        ),
    ]
