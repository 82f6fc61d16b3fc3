"""A portal with very many rows, for measuring: 5,000,000 marks at the scale of 200.

BENCH_SCALE chooses the size: 200 unless told otherwise. With BENCH_KEEP the rows stand in a
database of that name and stay there for the next run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from activities.models import Session
from participants.models import Attendance, Participant

SCALE = int(os.environ.get("BENCH_SCALE", "200"))
KEEP = os.environ.get("BENCH_KEEP", "")


def owner_connection(name: str = "") -> psycopg.Connection[Any]:
    """As the owner of the tables, each statement by itself."""
    given = connection.get_connection_params()
    wanted = {
        "user": settings.DATABASE_OWNER_URL["USER"],
        "password": settings.DATABASE_OWNER_URL["PASSWORD"],
        "dbname": name or given["dbname"],
    }
    known = {key: given[key] for key in ("host", "port") if key in given}
    return psycopg.connect(**known, **wanted, autocommit=True)


@contextmanager
def many_rows() -> Iterator[None]:
    """Seed what is missing, and go on in that database; emptied afterwards unless it is kept."""
    if KEEP:
        _change_to(KEEP)
    began = time.monotonic()
    call_command("seed", scale=SCALE, stdout=StringIO(), stderr=StringIO())
    print(f"\nseed --scale {SCALE}: {time.monotonic() - began:.0f} s", end="")
    with owner_connection() as owner:
        owner.execute("VACUUM (ANALYZE) participants_attendance, activities_session")
        owner.execute("ANALYZE")
    print(
        f"; {Attendance.objects.count():,} marks, {Participant.objects.count():,} people,"
        f" {Session.objects.count():,} sessions"
    )
    yield
    if not KEEP:
        call_command("flush", interactive=False, verbosity=0)


def _change_to(name: str) -> None:
    connection.close()
    with owner_connection("postgres") as owner:
        there = owner.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there is None:
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connection.settings_dict["NAME"] = name
    with as_owner():
        call_command("migrate", verbosity=0, skip_checks=True)


@contextmanager
def as_owner() -> Iterator[None]:
    """Let Django's connection be the owner's for a while."""
    application = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    owner = {key: settings.DATABASE_OWNER_URL[key] for key in ("USER", "PASSWORD")}
    connection.settings_dict.update(owner)
    yield
    connection.close()
    connection.settings_dict.update(application)
