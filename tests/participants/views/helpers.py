"""What a register's page and a device send, and what they are told."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.models import Session
from participants.models import Participant


def address(name: str, session: Session) -> str:
    return reverse(f"participants:{name}", kwargs={"pk": session.pk})


def operation(person: Participant, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "participant": str(person.pk),
        "status": "present",
        "at": timezone.now().isoformat(),
        "device": "test",
    } | fields


def send(client: Client, session: Session, body: Any, **extra: Any) -> Any:
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(
        address("record_marks", session), body, content_type="application/json", **extra
    )


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def statuses(session: Session) -> dict[Any, str]:
    return dict(session.attendances.values_list("participant", "status"))
