"""Writes of instruments: definitions and wordings brought in, terms accepted, put into use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation.access import can_change_measures
from evaluation.instruments.definition import Definition
from evaluation.instruments.reading import fingerprint, parse_named, read_data, shipped_files
from evaluation.instruments.words import Words, own_words, read_csv
from evaluation.models import Instrument, InstrumentWording
from evaluation.queries.instruments import definition_of, is_in_use, unworded_forms


class InstrumentError(Exception):
    """Something that an instrument refuses; its text is for the person who asked."""


@dataclass(frozen=True)
class Loaded:
    """One file that was loaded. `what` is "created", "unchanged" or "replaced"."""

    instrument: Instrument
    what: str
    words: int


@dataclass(frozen=True)
class _Source:
    data: dict[str, Any]
    definition: Definition
    words: list[Words]
    file: str


@transaction.atomic
def load_instruments(*, now: dt.datetime, files: Iterable[Path] | None = None) -> list[Loaded]:
    """Bring definitions in, with our own words beside them; those that ship where none are named.

    All or nothing; again it changes nothing. A file that changed replaces a version that nobody
    answered yet: its words go, and it is no longer published.

    Raises:
        DefinitionError: a file is not right.
        InstrumentError: a version that somebody answered has another file.
    """
    sources = [_read(Path(path)) for path in (shipped_files() if files is None else files)]
    return [_load(source, now) for source in sources]


@transaction.atomic
def import_wording(
    *, content: bytes, source: str, by: User, now: dt.datetime, only: Instrument | None = None
) -> list[InstrumentWording]:
    """Bring words in from a CSV file, all or nothing, for `only` or the latest versions.

    Gives the wordings that are new or changed. `source` says where the file is from.

    Raises:
        PermissionDenied: the user does not decide what is measured.
        WordingError: lines are wrong.
        InstrumentError: the owner's terms are not accepted, or somebody answered other words.
    """
    _refuse_others(by)
    instruments = {only.key: only} if only else _latest()
    definitions = {key: definition_of(one) for key, one in instruments.items()}
    found = read_csv(content, definitions, [code for code, _ in settings.LANGUAGES])
    written = [
        _write_words(_locked(instruments[key]), words, source=source, by=by, now=now)
        for (key, _, _), words in found.items()
    ]
    changed = [wording for wording in written if wording]
    _audit_wordings(changed, by)
    return changed


@transaction.atomic
def accept_terms(*, instrument: Instrument, reference: str, by: User, now: dt.datetime) -> None:
    """Note that somebody accepts the owner's terms; `reference` names the licence or permission.

    Raises:
        PermissionDenied: the user does not decide what is measured.
        InstrumentError: there are no terms, they are accepted already, or no reference is given.
    """
    _refuse_others(by)
    standing = _locked(instrument)
    if not definition_of(standing).needs_terms:
        raise InstrumentError("The owner asks for no acceptance of terms.")
    if standing.terms_accepted_at:
        raise InstrumentError("The terms are accepted already.")
    if not reference.strip():
        raise InstrumentError("Say which licence or permission it is.")
    standing.terms_accepted_by, standing.terms_accepted_at = by, now
    standing.terms_reference = reference.strip()
    standing.save(update_fields=["terms_accepted_by", "terms_accepted_at", "terms_reference"])
    record_audit(by=by, kind=AuditKind.TERMS_ACCEPTED, about=standing, reason=_called(standing))


@transaction.atomic
def publish_instrument(*, instrument: Instrument, by: User | None, now: dt.datetime) -> None:
    """Put an instrument into use; `by` is empty only for commands on the server itself.

    Raises:
        PermissionDenied: the user does not decide what is measured.
        InstrumentError: terms are not accepted, words are missing, or it is in use already.
    """
    _refuse_others(by)
    standing = _locked(instrument)
    if standing.published_at and not standing.withdrawn_at:
        raise InstrumentError("It is in use already.")
    _refuse_without_terms(standing)
    if missing := unworded_forms(standing):
        names = ", ".join(form.label or form.id for form in missing)
        raise InstrumentError(f"Words are missing for: {names}.")
    standing.published_by, standing.published_at, standing.withdrawn_at = by, now, None
    standing.save(update_fields=["published_by", "published_at", "withdrawn_at"])
    record_audit(
        by=by, kind=AuditKind.INSTRUMENT_PUBLISHED, about=standing, reason=_called(standing)
    )


@transaction.atomic
def withdraw_instrument(*, instrument: Instrument, by: User, now: dt.datetime) -> None:
    """Take an instrument out of use; answers that were given stay.

    Raises:
        PermissionDenied: the user does not decide what is measured.
        InstrumentError: it is not in use, or a programme still measures by it.
    """
    _refuse_others(by)
    standing = _locked(instrument)
    if not standing.published_at or standing.withdrawn_at:
        raise InstrumentError("It is not in use.")
    if standing.measures.running().exists():
        raise InstrumentError("A programme still measures by it. End that first.")
    standing.withdrawn_at = now
    standing.save(update_fields=["withdrawn_at"])
    record_audit(
        by=by, kind=AuditKind.INSTRUMENT_WITHDRAWN, about=standing, reason=_called(standing)
    )


def _read(path: Path) -> _Source:
    data = read_data(path)
    definition = parse_named(data, path.name)
    return _Source(data, definition, own_words(path, definition), path.name)


def _load(source: _Source, now: dt.datetime) -> Loaded:
    definition, sha256 = source.definition, fingerprint(source.data)
    standing = (
        Instrument.objects.select_for_update()
        .filter(key=definition.id, version=definition.version)
        .first()
    )
    what = "created" if standing is None else "replaced"
    if standing and standing.sha256 == sha256:
        what = "unchanged"
    elif standing:
        _clear(standing, source)
    instrument = standing or Instrument(key=definition.id, version=definition.version)
    if what != "unchanged":
        instrument.name, instrument.definition = definition.name, source.data
        instrument.sha256, instrument.loaded_at = sha256, now
        instrument.save()
        reason = f"{_called(instrument)}: {what}"
        record_audit(by=None, kind=AuditKind.INSTRUMENT_LOADED, about=instrument, reason=reason)
    return Loaded(instrument, what, _write_own_words(instrument, source, now))


def _clear(instrument: Instrument, source: _Source) -> None:
    """Make room for another file of the same version; nobody answered it yet."""
    if is_in_use(instrument):
        raise InstrumentError(
            f"{source.file}: {_called(instrument)} is in use and its file has changed. "
            f"Make version {instrument.version + 1}."
        )
    if definition_of(instrument).terms != source.definition.terms:
        instrument.terms_accepted_by = instrument.terms_accepted_at = None
        instrument.terms_reference = ""
    instrument.published_by = instrument.published_at = instrument.withdrawn_at = None
    instrument.wordings.all().delete()


def _write_own_words(instrument: Instrument, source: _Source, now: dt.datetime) -> int:
    origin = "Ships with the portal"
    written = [
        _write_words(instrument, words, source=origin, by=None, now=now) for words in source.words
    ]
    return sum(wording is not None for wording in written)


def _write_words(
    instrument: Instrument, words: Words, *, source: str, by: User | None, now: dt.datetime
) -> InstrumentWording | None:
    """Keep words unless they are there already; None where nothing changed."""
    _refuse_without_terms(instrument)
    sha256 = fingerprint(words.kept)
    name = {"form": words.form, "language": words.language}
    standing = instrument.wordings.filter(**name).first()
    if standing and standing.sha256 == sha256:
        return None
    if standing and is_in_use(instrument, **name):
        raise InstrumentError(
            f"Somebody answered {_called(instrument)} in other words (form {words.form!r} in "
            f"{words.language!r}). Other words are another version of the instrument."
        )
    wording = standing or InstrumentWording(instrument=instrument, **name)
    wording.words, wording.sha256 = words.kept, sha256
    wording.source, wording.imported_by, wording.imported_at = source[:200], by, now
    wording.save()
    return wording


def _audit_wordings(changed: list[InstrumentWording], by: User) -> None:
    for wording in changed:
        reason = f"{_called(wording.instrument)}: {wording}"
        record_audit(
            by=by, kind=AuditKind.WORDING_IMPORTED, about=wording.instrument, reason=reason
        )


def _refuse_without_terms(instrument: Instrument) -> None:
    if definition_of(instrument).needs_terms and instrument.terms_accepted_at is None:
        raise InstrumentError(
            f"Somebody has to accept the owner's terms of {instrument.name} first."
        )


def _refuse_others(by: User | None) -> None:
    if by is not None and not can_change_measures(by):
        raise PermissionDenied


def _latest() -> Mapping[str, Instrument]:
    found = Instrument.objects.filter(withdrawn_at__isnull=True).order_by("key", "version")
    return {instrument.key: instrument for instrument in found}


def _locked(instrument: Instrument) -> Instrument:
    return Instrument.objects.select_for_update().get(pk=instrument.pk)


def _called(instrument: Instrument) -> str:
    return f"{instrument.key} {instrument.version}"
