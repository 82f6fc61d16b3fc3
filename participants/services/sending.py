"""The second look before a document about a child leaves: who confirmed what, to whom and why.

Every export of people goes through here; `participants.views.sending.second_look` is its page.
Registers are printed as a matter of course and do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.models import Disclosure, Participant
from participants.services.errors import RecordError

NOWHERE = "Say who gets it, where it goes and why."


@dataclass(frozen=True)
class Document:
    """What leaves: its kind in a word ("bundle", "people"), and the id of it, where it has one."""

    kind: str
    pk: UUID | None = None


@transaction.atomic
def confirm(
    *,
    document: Document,
    about: Participant | None,
    recipient: str,
    address: str,
    why: str,
    by: User,
    had_hidden_address: bool | None = None,
) -> Disclosure:
    """Write down that somebody looked twice at whom a document goes to, before it goes.

    `about` is None for a document about many people; `had_hidden_address` says then whether one of
    them may not be found, and is read from the record otherwise.

    Raises:
        RecordError: it does not say to whom, where or why.
    """
    if not (recipient.strip() and address.strip() and why.strip()):
        raise RecordError(NOWHERE)
    is_hidden = about.is_address_hidden if about else False
    disclosure = Disclosure.objects.create(
        participant=about,
        document=document.kind,
        document_id=document.pk,
        recipient=recipient.strip(),
        address=address.strip(),
        why=why.strip(),
        had_hidden_address=is_hidden if had_hidden_address is None else had_hidden_address,
        confirmed_by=by,
        confirmed_at=timezone.now(),
    )
    record_audit(by=by, kind=AuditKind.DISCLOSED, about=disclosure, reason=document.kind)
    return disclosure
