from django.db import migrations

# `merged_into` names the root in one step, whoever writes it: every figure counts on that. The row
# that is merged into is locked, so that two merges at once cannot make a chain between them.
CREATE = """
CREATE FUNCTION participants_merged_into_a_root() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM participants_participant WHERE id = NEW.merged_into_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM participants_participant
        WHERE (id = NEW.merged_into_id AND merged_into_id IS NOT NULL) OR merged_into_id = NEW.id
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            CONSTRAINT = 'participant_merged_into_a_root',
            TABLE = 'participants_participant',
            MESSAGE = 'A record is merged into a root, and only a record that is no root itself.';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER participant_merged_into_a_root
    BEFORE INSERT OR UPDATE OF merged_into_id ON participants_participant
    FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL)
    EXECUTE FUNCTION participants_merged_into_a_root();
"""
DROP = """
DROP TRIGGER participant_merged_into_a_root ON participants_participant;
DROP FUNCTION participants_merged_into_a_root();
"""


class Migration(migrations.Migration):
    dependencies = [("participants", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
