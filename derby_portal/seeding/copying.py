"""Rows into tables with PostgreSQL's COPY: streamed, so memory does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connection, models
from psycopg import Cursor, sql


def copy_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Copy rows of these fields into a model's table, in the caller's transaction.

    Returns how many were copied. Constraints hold as for any insert; model defaults do not, so
    every field without a database default must be among them.
    """
    table = sql.Identifier(model._meta.db_table)
    columns = sql.SQL(", ").join([sql.Identifier(_column(model, name)) for name in fields])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)
    count = 0
    with connection.cursor() as cursor, cast("Cursor", cursor).copy(statement) as copy:
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            copy.write_row(row)
    return count


def _column(model: type[models.Model], field: str) -> str:
    return cast("str", cast("models.Field", model._meta.get_field(field)).column)
