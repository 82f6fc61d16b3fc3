"""What stands in the database before a seed."""

from __future__ import annotations

from django.db import connection
from django.db.models import CharField
from django.db.models.functions import Cast, Substr

from activities.models import Programme, Session
from derby_portal.seeding.chance import SEED_ID_VERSION
from derby_portal.seeding.history import history_sessions, person_id
from hubs.models import Hub
from participants.models import Participant

# Names the lock under which two seeds at once wait for each other.
SEED_LOCK = 20180925
# Where the version stands in a UUID's text.
VERSION_AT = 15


def one_seed_at_a_time() -> None:
    """Wait for other seeds until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEED_LOCK])


def has_history() -> bool:
    """Whether the seed's delivery of 2018-19 is there."""
    return Session.objects.filter(pk=history_sessions()[0].id).exists()


def has_year(group: int) -> bool:
    """Whether the people of a year before the history are there."""
    return Participant.objects.filter(pk=person_id(group, 0)).exists()


def has_foreign_people() -> bool:
    """Whether there is anybody whom the seed did not make; ids of its own are of version 5."""
    version = Substr(Cast("pk", CharField()), VERSION_AT, 1)
    people = Participant.objects.annotate(id_version=version)
    return people.exclude(id_version=str(SEED_ID_VERSION)).exists()


def holds_anything() -> bool:
    """Whether hubs or programmes are there, whoever made them."""
    return Hub.objects.exists() or Programme.objects.exists()
