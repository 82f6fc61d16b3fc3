"""Extracts for research: made, looked at twice, fetched, and gone."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from evaluation.models import Extract


def forget_files(ids: Collection[UUID]) -> int:
    """Delete the files that hold rows of these records; how many. The figures about them stay."""
    extracts = Extract.objects.filter(study__pseudonyms__participant__in=ids).exclude(file="")
    gone = 0
    for extract in extracts.distinct():
        extract.file.delete(save=False)
        extract.save(update_fields=["file"])
        gone += 1
    return gone
