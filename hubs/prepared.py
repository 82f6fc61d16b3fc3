"""Queries that are put together once a process and asked often.

Putting a query of many columns together takes Django longer than PostgreSQL takes to answer it.
Where a page is asked for by the hundred, its SQL is kept and only the values in it change.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Prepared:
    """A `values_list` query with blanks: values that stand nowhere else in it.

    Rows come as the database gives them, so the fields must be ones that Django takes as they are:
    text, numbers, moments, UUIDs and arrays of text.
    """

    def __init__(self, rows: QuerySet[Any, Any], **blanks: Any) -> None:
        """Take a query and the value that each of its blanks holds for now."""
        self._sql, params = rows.query.sql_with_params()
        names = {value: name for name, value in blanks.items()}
        self._params = [(names.get(param), param) for param in params]
        if missing := set(blanks) - {name for name, _ in self._params}:
            raise ValueError(f"The query has no blank for {', '.join(sorted(missing))}.")

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Ask with these values in place of the blanks."""
        params = [values[name] if name else param for name, param in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            return list(cursor.fetchall())
