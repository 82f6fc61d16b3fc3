from django.db import migrations

COLUMNS = """
    id, given_name, family_name, known_as, birth_date, year_group, school, takes_part_as, address, home_postcode, is_address_hidden, may_walk_home, collection_word, few_contacts_why, gender, ethnicity, special_needs, sen_provision, sen_needs, care_experienced, free_school_meals, alternative_provision, young_carer, english_additional, languages, imd_decile, imd_edition, is_complete, complete_by, restricted_at, objected_at, anonymised_at, created_at, home_lsoa_id, home_ward_id, merged_into_id
"""
# What was there before changes were kept is each record's first state, from when it was made.
FILL = f"""
INSERT INTO participants_participantevent (pgh_label, pgh_created_at, pgh_obj_id, {COLUMNS})
SELECT 'insert_insert', created_at, id, {COLUMNS} FROM participants_participant;

INSERT INTO participants_registrationevent (
    pgh_label, pgh_created_at, pgh_obj_id, id, registered_at, hub_id, participant_id
)
SELECT 'insert_insert', registered_at, id, id, registered_at, hub_id, participant_id
FROM participants_registration;
"""
# "As it was known at a moment" looks for the latest state before it.
INDEX = """
CREATE INDEX participant_event_moment ON participants_participantevent (pgh_obj_id, pgh_created_at);
"""
DROP = "DROP INDEX participant_event_moment;"


class Migration(migrations.Migration):
    dependencies = [("participants", "0005_records")]
    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(INDEX, DROP),
    ]
