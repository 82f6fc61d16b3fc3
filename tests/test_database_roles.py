"""The two database roles: what web and workers can do, tried on the real server."""

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from accounts.models import AuditEntry, AuditKind
from derby_portal.database_roles import (
    APPEND_ONLY,
    NEVER_DELETED,
    UPDATED_ONLY,
    grant_application_role,
)
from tests import factories

pytestmark = pytest.mark.django_db


def refused(statement: str) -> bool:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return True


def test_application_adds_to_the_audit_trail_but_cannot_change_it() -> None:
    AuditEntry.objects.create(kind=AuditKind.REPORT_READ, object_type="evaluation.reportrun")
    assert AuditEntry.objects.count() == 1
    assert refused("UPDATE accounts_auditentry SET reason = 'another'")
    assert refused("DELETE FROM accounts_auditentry")
    assert refused("TRUNCATE accounts_auditentry")


@pytest.mark.parametrize("table", [*APPEND_ONLY, *UPDATED_ONLY])
def test_frozen_tables_refuse_every_update(table: str) -> None:
    column = "entry_id" if table == "accounts_auditseal" else "id"
    assert refused(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", [*APPEND_ONLY, *NEVER_DELETED])
def test_what_is_kept_for_ever_cannot_be_deleted(table: str) -> None:
    assert refused(f"DELETE FROM {table}")


TRAIL = ("accounts_auditentry", "accounts_auditseal")


@pytest.mark.parametrize("table", TRAIL)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET {} = {}",
        "DELETE FROM {}",
        "TRUNCATE {} CASCADE",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} OWNER TO CURRENT_USER",
        "ALTER TABLE {} DROP COLUMN {}",
        "DROP TABLE {}",
        "CREATE RULE nothing AS ON INSERT TO {} DO INSTEAD NOTHING",
        "GRANT UPDATE ON {} TO CURRENT_USER",
        "SET session_replication_role = replica",
        "SELECT 1 FROM {} FOR UPDATE",
        "MERGE INTO {0} USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
    ],
)
def test_whoever_signs_in_as_the_application_cannot_touch_the_trail(
    table: str, statement: str
) -> None:
    """A connection of its own, as somebody would open who stole the web server's settings."""
    server = connection.get_connection_params()
    own = settings.DATABASE_URL
    column = "reason" if table == "accounts_auditentry" else "digest"
    # By a socket there is no port.
    where = {key: server[key] for key in ("dbname", "host", "port") if key in server}
    with psycopg.connect(**where, user=own["USER"], password=own["PASSWORD"]) as link:
        link.execute(f"SELECT {column} FROM {table}")
        if statement.startswith("GRANT"):
            # PostgreSQL only warns where there is nothing that one may grant.
            link.execute(statement.format(table))
            statement = "UPDATE {} SET {} = {}"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            link.execute(statement.format(table, column, column))


def test_what_became_of_a_mark_may_be_written_and_what_it_said_not() -> None:
    with connection.cursor() as cursor:
        for column in UPDATED_ONLY["participants_markoperation"]:
            cursor.execute(f"UPDATE participants_markoperation SET {column} = {column}")
    for column in ("status", "marked_at", "marked_by_id", "person_id", "session_id", "role"):
        assert refused(f"UPDATE participants_markoperation SET {column} = {column}")


def test_application_cannot_change_tables() -> None:
    assert refused("ALTER TABLE accounts_auditentry ADD COLUMN extra text")
    assert refused("CREATE TABLE own_table (id int)")
    assert refused("DROP TABLE hubs_hub")


def test_application_reads_and_writes_rows() -> None:
    hub = factories.make_hub(name="Old name")
    hub.name = "New name"
    hub.save()
    hub.refresh_from_db()
    assert hub.name == "New name"
    hub.delete()


def test_one_role_for_both_is_told() -> None:
    """The connection of the tests is the application's: as an owner it would be the same role."""
    assert grant_application_role(connection) is False
