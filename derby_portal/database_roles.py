"""What the role of web and workers may do in the database; the owner grants it."""

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

# May be added to and read, never changed: not even by somebody who broke into the web server.
APPEND_ONLY = ("accounts_auditentry", "evaluation_snapshot")
# Never rewritten either, but erasing a person's record takes their marks with it.
NEVER_UPDATED = ("participants_markoperation",)


def grant_application_role(connection: BaseDatabaseWrapper) -> bool:
    """Grant the application role reading and writing of rows, and inserting only where said.

    Run as the owner after every migration; running it again changes nothing. Returns False, and
    does nothing, where owner and application share one role.
    """
    role = settings.DATABASE_APPLICATION_USER
    if role == connection.settings_dict["USER"]:
        return False
    to_role = sql.Identifier(role)
    # In one transaction: not for a moment may the frozen tables be open.
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}",
        ):
            cursor.execute(sql.SQL(statement).format(to_role))
        for table in (*APPEND_ONLY, *NEVER_UPDATED):
            rights = "UPDATE, DELETE, TRUNCATE" if table in APPEND_ONLY else "UPDATE, TRUNCATE"
            cursor.execute(
                sql.SQL("REVOKE " + rights + " ON {} FROM {}").format(
                    sql.Identifier(table), to_role
                )
            )
    return True
