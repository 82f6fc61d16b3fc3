"""Reads of pages: their words in an edition, and which editions there are."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from django.utils.translation import to_locale

from activities.models import Activity, Kind
from evaluation.models import InterfaceCheck, Page, PageText, PageTopic
from evaluation.shipped_pages import Words, shipped_words
from hubs.models import Hub, Organisation, OrganisationKind
from hubs.wording import EASY_READ_CODE, SOURCE, Edition, Variant, catalogue_of, edition_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class PageInWords:
    """A page as a reader gets it. Without words in their edition it is in plain English.

    `language` is the code of the language that the words are in.
    """

    topic: PageTopic
    words: Words
    language: str
    is_fallback: bool
    is_checked: bool

    @property
    def html_lang(self) -> str:
        """The language tag that browsers and screen readers know."""
        return html_lang(self.language)

    @property
    def direction(self) -> str:
        """`rtl` where the words run from right to left, else `ltr`."""
        return "rtl" if self.language in settings.LANGUAGES_BIDI else "ltr"


def html_lang(language: str) -> str:
    """The tag of a language or an edition's code, as browsers and screen readers know it."""
    return "en-GB" if edition_of(language).language == SOURCE.language else language


def page_in(topic: PageTopic, edition: Edition) -> PageInWords:
    """A page in an edition, else in plain English. Two queries at most."""
    text = None if edition.is_source else _text(topic, edition)
    if text:
        return _in_words_of(topic, text)
    if edition.is_easy_read:
        easy = shipped_words(topic, Variant.EASY_READ)
        return PageInWords(topic, easy, SOURCE.language, is_fallback=False, is_checked=True)
    return PageInWords(
        topic,
        english_words(topic),
        SOURCE.language,
        is_fallback=not edition.is_source,
        is_checked=True,
    )


def _in_words_of(topic: PageTopic, text: PageText) -> PageInWords:
    return PageInWords(
        topic,
        words_of(text),
        text.language,
        is_fallback=False,
        is_checked=text.is_checked or text.language == SOURCE.language,
    )


def easy_titles() -> dict[PageTopic, str]:
    """The title of every page in Easy Read. One query."""
    texts = PageText.objects.public()
    easy = texts.filter(language=SOURCE.language, variant=Variant.EASY_READ)
    written = dict(easy.values_list("topic", "title"))
    return {
        topic: written.get(topic) or shipped_words(topic, Variant.EASY_READ).title
        for topic in PageTopic
    }


def english_words(topic: PageTopic) -> Words:
    """A page in plain English: as trust staff rewrote it, else as it ships."""
    page = Page.objects.public().filter(topic=topic).first()
    return words_of(page) if page else shipped_words(topic)


def stored_words(topic: PageTopic, edition: Edition) -> Words | None:
    """The words that stand in an edition, written or shipped; none for a missing translation."""
    if edition.is_source:
        return english_words(topic)
    if text := _text(topic, edition):
        return words_of(text)
    return shipped_words(topic, Variant.EASY_READ) if edition.is_easy_read else None


def _text(topic: PageTopic, edition: Edition) -> PageText | None:
    texts = PageText.objects.public().filter(topic=topic)
    return texts.filter(language=edition.language, variant=edition.variant).first()


def words_of(row: Page | PageText) -> Words:
    """The words that a row holds."""
    return Words(row.title, row.summary, row.body)


class EditionState(Enum):
    """What there is of a page in an edition."""

    SHIPPED = "As it ships"
    WRITTEN = "Written by us"
    CHECKED = "Checked"
    UNCHECKED = "Not yet checked"
    MISSING = "Missing"


@dataclass(frozen=True)
class EditionOfPage:
    """One edition of a page, for its editors. `checked_by` names the speaker, if one did."""

    code: str
    name: str
    state: EditionState
    is_older: bool
    checked_by: str

    @property
    def is_written(self) -> bool:
        """Whether a row holds it, which can be taken away again."""
        return self.state not in {EditionState.SHIPPED, EditionState.MISSING}


@dataclass(frozen=True)
class EditionsOfPage:
    """A page with every edition that it could have, English first."""

    topic: PageTopic
    editions: list[EditionOfPage]


def editions_of_pages() -> list[EditionsOfPage]:
    """Every page with all of its editions. Two queries."""
    pages = {page.topic: page for page in Page.objects.all()}
    texts = {(each.topic, each.language, each.variant): each for each in PageText.objects.all()}
    return [
        EditionsOfPage(
            topic,
            [
                _edition_of(code, name, topic, pages.get(topic), texts)
                for code, name in settings.LANGUAGES
            ],
        )
        for topic in PageTopic
    ]


def edition_of_page(topic: PageTopic, code: str) -> EditionOfPage:
    """One edition of a page, for its editors.

    Raises KeyError for a code that is no edition.
    """
    page = Page.objects.filter(topic=topic).first()
    texts = {(each.topic, each.language, each.variant): each for each in _texts_of(topic)}
    return _edition_of(code, dict(settings.LANGUAGES)[code], topic, page, texts)


def _texts_of(topic: PageTopic) -> Iterable[PageText]:
    return PageText.objects.filter(topic=topic)


def _edition_of(
    code: str,
    name: str,
    topic: PageTopic,
    page: Page | None,
    texts: dict[tuple[str, str, str], PageText],
) -> EditionOfPage:
    edition = edition_of(code)
    if edition.is_source:
        state = EditionState.WRITTEN if page else EditionState.SHIPPED
        return EditionOfPage(code, name, state, is_older=False, checked_by="")
    text = texts.get((topic, edition.language, edition.variant))
    if text is None:
        # The Easy Read that ships says the English that ships.
        is_shipped = edition.is_easy_read
        state = EditionState.SHIPPED if is_shipped else EditionState.MISSING
        return EditionOfPage(code, name, state, is_shipped and page is not None, "")
    english = words_of(page) if page else shipped_words(topic)
    is_older = text.english != english.fingerprint
    return EditionOfPage(code, name, _state_of(text), is_older, text.checked_by)


def _state_of(text: PageText) -> EditionState:
    if text.language == SOURCE.language:
        return EditionState.WRITTEN
    return EditionState.CHECKED if text.is_checked else EditionState.UNCHECKED


@dataclass(frozen=True)
class Partner:
    """An organisation and what it does in the programme."""

    name: str
    hubs: list[Hub]
    kinds: list[Kind]


@dataclass(frozen=True)
class PartnerGroup:
    """Organisations of one kind."""

    kind: OrganisationKind
    partners: list[Partner]

    @property
    def title(self) -> StrOrPromise:
        """The heading above them."""
        return GROUPS[self.kind]


GROUPS: dict[OrganisationKind, StrOrPromise] = {
    OrganisationKind.LEAD: _("Lead partners"),
    OrganisationKind.DELIVERY: _("Delivery partners"),
    OrganisationKind.SCHOOL: _("Schools"),
    OrganisationKind.FUNDER: _("Who pays for it"),
    OrganisationKind.EVALUATOR: _("Who looks at what it changes"),
}


def partner_groups() -> list[PartnerGroup]:
    """Every organisation by kind, with the hubs it runs and the kinds of what it offers.

    Three queries, however many there are.
    """
    organisations = Organisation.objects.prefetch_related(
        Prefetch("hubs", Hub.objects.public(), to_attr="open_hubs")
    )
    kinds: dict[int, set[str]] = {}
    offers = Activity.objects.public().order_by().values_list("partner_id", "kind").distinct()
    for partner_id, kind in offers:
        kinds.setdefault(partner_id, set()).add(kind)
    groups: dict[str, list[Partner]] = {kind: [] for kind in OrganisationKind}
    for each in organisations:
        offered = [kind for kind in Kind if kind in kinds.get(each.pk, set())]
        groups[each.kind].append(Partner(each.name, each.open_hubs, offered))
    return [PartnerGroup(OrganisationKind(kind), found) for kind, found in groups.items() if found]


@dataclass(frozen=True)
class InterfaceState:
    """How far the interface is translated into a language, and who answers for it.

    `check` may be of an earlier state: only `is_approved` says that it still holds.
    """

    code: str
    name: str
    total: int
    translated: int
    catalogue: str
    check: InterfaceCheck | None

    @property
    def is_approved(self) -> bool:
        return self.check is not None and self.check.catalogue == self.catalogue


def interface_states() -> list[InterfaceState]:
    """Every language that the interface is translated into. One query, and its files."""
    checks = InterfaceCheck.objects.in_bulk()
    return [
        _interface_state(code, name, checks.get(code))
        for code, name in settings.LANGUAGES
        if code not in {SOURCE.language, EASY_READ_CODE}
    ]


def _interface_state(code: str, name: str, check: InterfaceCheck | None) -> InterfaceState:
    try:
        catalogue = catalogue_of(code)
        messages = [message for message in _read_catalogue(code) if message.id]
    except OSError:
        return InterfaceState(code, name, 0, 0, "", check)
    translated = sum(_is_translated(message) for message in messages)
    return InterfaceState(code, name, len(messages), translated, catalogue, check)


def _read_catalogue(code: str) -> Catalog:
    path = settings.LOCALE_PATHS[0] / to_locale(code) / "LC_MESSAGES" / "django.po"
    return read_po(io.BytesIO(path.read_bytes()))


def _is_translated(message: Message) -> bool:
    """A plural counts once all its forms are there; a guess that tools made does not count."""
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return not message.fuzzy and all(forms)
