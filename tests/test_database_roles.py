"""The two database roles: what web and workers can do, tried on the real server."""

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.models import AuditEntry, AuditKind
from derby_portal.database_roles import APPEND_ONLY, UPDATED_ONLY, grant_application_role
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
    assert refused(f"UPDATE {table} SET id = id")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_kept_for_ever_cannot_be_deleted(table: str) -> None:
    assert refused(f"DELETE FROM {table}")


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
