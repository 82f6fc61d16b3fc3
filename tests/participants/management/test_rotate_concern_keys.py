"""Sealing concerns anew: as the owner, in batches, whoever stopped it half-way."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as real
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from accounts.models import AuditEntry, AuditKind, Role
from derby_portal.local.folders import random_key
from participants.concern_keys import is_newest, unseal
from participants.models import Concern, ConcernAction, ConcernActionKind, ConcernRoute
from participants.services import concern_keys as services
from participants.services.concerns import add_action, write_concern
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = random_key(), random_key()


@pytest.fixture
def as_owner(settings: Any) -> Iterator[None]:
    """What the command connects as; tests otherwise have the rights of web and workers."""
    application = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    owner = {key: real.DATABASE_OWNER_URL[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(owner)
    settings.DATABASE_ROLE = "owner"
    yield
    connection.close()
    connection.settings_dict.update(application)


@pytest.fixture
def concerns(settings: Any, now: dt.datetime) -> list[Concern]:
    """Five under the old key, each with an action."""
    settings.CONCERN_KEYS = [OLD]
    writer, lead = (
        factories.make_user(Role.COORDINATOR),
        factories.make_user(Role.SAFEGUARDING_LEAD),
    )
    made = [
        write_concern(
            nonce=uuid.uuid4(),
            words={"saw": f"Planted {number}"},
            route=ConcernRoute.LEAD,
            is_urgent=False,
            person=None,
            session=None,
            by=writer,
            now=now,
        )
        for number in range(5)
    ]
    for concern in made:
        add_action(
            concern=concern,
            kind=ConcernActionKind.NOTE,
            words="Planted",
            nonce=uuid.uuid4(),
            by=lead,
            now=now,
        )
    settings.CONCERN_KEYS = [NEW, OLD]
    return made


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("rotate_concern_keys", *arguments, stdout=output)
    return output.getvalue()


def tokens() -> list[str]:
    return [row.sealed for model in (Concern, ConcernAction) for row in model.objects.all()]


def test_everything_opens_with_the_new_key_alone(
    concerns: list[Concern], as_owner: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    assert "Left under older keys: 10" in run("--check")
    output = run()
    assert "Sealed anew: 10" in output
    assert "Left under older keys: 0" in output
    assert "Planted" not in output
    settings.CONCERN_KEYS = [NEW]
    assert all(map(is_newest, tokens()))
    said = {unseal(row.pk, row.sealed)["saw"] for row in Concern.objects.all()}
    assert said == {f"Planted {number}" for number in range(5)}
    entries = AuditEntry.objects.filter(kind=AuditKind.CONCERN_KEYS_ROTATED).order_by("pk")
    assert [entry.reason for entry in entries] == ["2 sealed", "2 sealed", "1 sealed"] * 2
    assert {(entry.actor_id, entry.object_id) for entry in entries} == {(None, None)}
    before = tokens()
    assert "Sealed anew: 0" in run()
    assert tokens() == before


def test_stopped_half_way_it_goes_on(
    concerns: list[Concern], as_owner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    whole, calls = services._rotate_batch, iter([True, False])

    def stops(*arguments: Any) -> None:
        if not next(calls):
            raise KeyboardInterrupt
        whole(*arguments)

    monkeypatch.setattr(services, "_rotate_batch", stops)
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.setattr(services, "_rotate_batch", whole)
    assert "Left under older keys: 8" in run("--check")
    assert "Sealed anew: 8" in run()


def test_what_no_key_opens_is_counted_and_kept(
    concerns: list[Concern], as_owner: None, settings: Any
) -> None:
    before = tokens()
    settings.CONCERN_KEYS = [NEW]
    with pytest.raises(CommandError, match="10 open with none of the keys"):
        run()
    assert tokens() == before


def test_web_and_workers_cannot(concerns: list[Concern], settings: Any) -> None:
    settings.DATABASE_ROLE = "application"
    with pytest.raises(CommandError, match="DATABASE_ROLE=owner"):
        run()
    with pytest.raises(ProgrammingError, match="permission denied"):
        services.rotate()
    assert "Left under older keys: 10" in run("--check")


def test_without_keys_it_says_so(settings: Any) -> None:
    settings.CONCERN_KEYS = []
    with pytest.raises(CommandError, match="CONCERN_KEYS"):
        run("--check")
