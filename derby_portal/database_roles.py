"""What the role of web and workers may do in the database; the owner grants it."""

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

# May be added to and read, never changed: not even by somebody who broke into the web server.
APPEND_ONLY = (
    "accounts_auditentry",
    "accounts_auditseal",
    "evaluation_snapshot",
    "participants_registerevent",
    "participants_concernaction",
    "participants_removal",
)
# What the owner does for web and workers in tables that they may not change: each function says
# itself how old a row must be.
FUNCTIONS = (
    "participants_forget_reasons",
    "participants_forget_concerns",
)
# Never rewritten either, but erasing a person's record takes their marks with it: what a device
# said stays as it was, and only these columns tell what became of it.
UPDATED_ONLY: dict[str, tuple[str, ...]] = {
    "participants_markoperation": ("participant_id", "held_for", "settled_at", "settled_by_id"),
    # What somebody wrote stays as they wrote it; only the owner seals it anew under another key.
    "participants_concern": ("participant_id", "first_read_at", "closed_at"),
    # That somebody opened much stays as it was raised; what came of it is said.
    "accounts_accessalert": ("mailed_at", "seen_at", "seen_by_id", "words"),
    # What was answered stays as it was; a name may be emptied, and a link outlived.
    "participants_consent": ("answered_by", "link_id"),
}
# Of these the rows that web and workers wrote stay, until one of the functions takes them.
NEVER_DELETED = ("participants_concern", "accounts_accessalert")


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
        for function in FUNCTIONS:
            grant = sql.SQL("GRANT EXECUTE ON FUNCTION {} TO ")
            cursor.execute(grant.format(sql.Identifier(function)) + to_role)
        for narrowing in _narrowed():
            cursor.execute(narrowing + to_role)
    return True


def _narrowed() -> Iterator[sql.Composed]:
    """Statements that take rights back, each to be followed by the role."""
    for table in APPEND_ONLY:
        revoke = sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM ")
        yield revoke.format(sql.Identifier(table))
    for table in NEVER_DELETED:
        yield sql.SQL("REVOKE DELETE ON {} FROM ").format(sql.Identifier(table))
    for table, columns in UPDATED_ONLY.items():
        yield sql.SQL("REVOKE UPDATE, TRUNCATE ON {} FROM ").format(sql.Identifier(table))
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        grant = sql.SQL("GRANT UPDATE ({}) ON {} TO ")
        yield grant.format(names, sql.Identifier(table))
