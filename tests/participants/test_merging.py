"""`merged_into` names the root in one step, and the database sees to it."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from participants.models import Participant
from tests.factories import make_participant


def merge(record: Participant, root: Participant) -> None:
    with transaction.atomic():
        Participant.objects.filter(pk=record.pk).update(merged_into=root)


@pytest.mark.django_db
def test_records_are_merged_into_a_root_and_taken_out_again() -> None:
    root, first, second = (make_participant() for _ in range(3))
    merge(first, root)
    merge(second, root)
    assert list(Participant.objects.roots()) == [root]
    Participant.objects.filter(pk=first.pk).update(merged_into=None)
    assert set(Participant.objects.roots()) == {root, first}


@pytest.mark.django_db
def test_no_chain_from_either_end() -> None:
    root, record, other = (make_participant() for _ in range(3))
    merge(record, root)
    with pytest.raises(IntegrityError, match="merged into a root"):
        merge(other, record)
    with pytest.raises(IntegrityError, match="merged into a root"):
        merge(root, other)
    with pytest.raises(IntegrityError, match="merged into a root"), transaction.atomic():
        make_participant(merged_into=record)


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_once_make_no_chain() -> None:
    first, middle, last = (make_participant() for _ in range(3))
    refused: list[IntegrityError] = []
    started = threading.Event()

    def merge_the_middle() -> None:
        try:
            started.set()
            merge(middle, last)
        except IntegrityError as error:
            refused.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        merge(first, middle)
        other = threading.Thread(target=merge_the_middle)
        other.start()
        started.wait()
        # The other waits for this transaction: it may not end before it.
        other.join(timeout=0.5)
        assert other.is_alive()
    other.join()
    assert len(refused) == 1
    assert Participant.objects.get(pk=middle.pk).merged_into is None
