"""The catalogues of translations: what is marked in the code, and what each language says.

Babel reads Python, and Django's own reading of templates stands before it, so that nobody needs
GNU gettext. `manage.py messages` writes, `tests/derby_portal/test_catalogues.py` judges.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from hubs.wording import EASY_READ_CODE

PROJECT = "#ThisIsDerby portal"
APPS = ("accounts", "activities", "derby_portal", "evaluation", "hubs", "participants")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Words about safety and consent: only a person translates them, and until then English stands.
NEVER_BY_MACHINE = "safeguarding"


def languages() -> list[str]:
    """The codes of the languages that the interface is translated into; Easy Read is English."""
    untranslated = {settings.LANGUAGE_CODE, EASY_READ_CODE}
    return [code for code, _ in settings.LANGUAGES if code not in untranslated]


def marked() -> Catalog:
    """Every message that the code and the templates mark, with the files that hold it."""
    catalog = Catalog(project=PROJECT, charset="utf-8")
    for path in _sources():
        place = path.relative_to(settings.BASE_DIR).as_posix()
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(_as_python(path)), keywords=KEYWORDS
        ):
            catalog.add(message, locations=[(place, 0)], context=context)
    return catalog


def read(code: str) -> Catalog:
    """What a language says. Raises OSError for a language without a catalogue."""
    with path_of(code, "po").open("rb") as file:
        catalog = read_po(file, locale=_locale(code), charset="utf-8")
    catalog.header_comment = f"# The public pages in {_name(code)}. See docs/translating.md."
    catalog.fuzzy = False
    return catalog


def refresh(code: str, template: Catalog) -> Catalog:
    """Bring a language's catalogue up to what is marked and compile it; no translation is lost."""
    catalog = read(code)
    # What nothing marks stands aside, and comes back translated with the words themselves.
    for message in list(catalog.obsolete.values()):
        catalog[message.id] = message
    catalog.obsolete.clear()
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    path_of(code, "po").write_bytes(_as_po(catalog))
    path_of(code, "mo").write_bytes(compiled(catalog))
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The binary form that the portal reads."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def path_of(code: str, form: str) -> Path:
    """The file of a language's catalogue; the form is "po" or "mo"."""
    folder: Path = settings.LOCALE_PATHS[0]
    return folder / to_locale(code) / "LC_MESSAGES" / f"django.{form}"


def _name(code: str) -> str:
    return "Easy Read" if code == EASY_READ_CODE else str(Locale.parse(code).english_name)


def _locale(code: str) -> str:
    return "en" if code == EASY_READ_CODE else to_locale(code)


def _sources() -> Iterator[Path]:
    """Python of the apps and templates, in order. Easy Read has no other language."""
    for app in APPS:
        yield from sorted((settings.BASE_DIR / app).rglob("*.py"))
    templates = settings.BASE_DIR / "templates"
    for path in sorted(templates.rglob("*.html")):
        if path.relative_to(templates).parts[0] != "easy":
            yield path


def _as_python(path: Path) -> bytes:
    """A file as Python; a template's marks as calls, unindented so that any of them parses."""
    text = path.read_text()
    if path.suffix == ".py":
        return text.encode()
    lines = templatize(text, origin=str(path)).splitlines()
    return "\n".join(line.strip() for line in lines).encode()


def _as_po(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=100, sort_by_file=True, include_lineno=False)
    return file.getvalue()
