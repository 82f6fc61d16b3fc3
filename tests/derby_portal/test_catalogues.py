"""The catalogues say every marked word, in every language, as the words stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from django.utils.translation import gettext, ngettext, override, pgettext

from derby_portal import catalogues

LANGUAGES = ["pl", "pa", "ur", "sk", "ro", "cs", "lv"]
FORMS = {"pl": 3, "pa": 2, "ur": 2, "sk": 3, "ro": 3, "cs": 3, "lv": 3}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")
MARKUP = re.compile(r"</?[a-z][^>]*>|&\w+;")


@pytest.fixture(scope="module")
def marked() -> Catalog:
    return catalogues.marked()


def _ids(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def _strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _for_machines(catalog: Catalog) -> list[Message]:
    return [m for m in _messages(catalog) if m.context != catalogues.NEVER_BY_MACHINE]


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def test_languages_are_those_of_the_settings() -> None:
    assert catalogues.languages() == LANGUAGES


def test_marks_are_found_in_python_and_in_templates(tmp_path: Path, settings: Any) -> None:
    """Of Python's marks and of templates' tags, with contexts and plurals; not in Easy Read."""
    settings.BASE_DIR = tmp_path
    (tmp_path / "hubs").mkdir()
    (tmp_path / "hubs" / "a.py").write_text(
        'a = _("One")\nb = pgettext_lazy("safeguarding", "Two")\nc = ngettext("x", "xs", n)\n'
    )
    (tmp_path / "templates" / "easy").mkdir(parents=True)
    (tmp_path / "templates" / "easy" / "a.html").write_text('{% translate "Easy" %}')
    (tmp_path / "templates" / "b.html").write_text(
        "  <p>\n {% blocktranslate trimmed count n=n %}{{ n }} day{% plural %}{{ n }} days"
        '{% endblocktranslate %}</p>\n{% translate "Two" context "safeguarding" %}'
        "{% translate 'Don\"t' as x %}"
    )
    found = {(message.context, message.id) for message in _messages(catalogues.marked())}
    assert found == {
        (None, "One"), ("safeguarding", "Two"), (None, ("x", "xs")),
        (None, ("%(n)s day", "%(n)s days")), (None, 'Don"t'),
    }  # fmt: skip


def test_what_is_marked_no_more_comes_back_translated(tmp_path: Path, settings: Any) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    path = catalogues.path_of("pl", "po")
    path.parent.mkdir(parents=True)
    path.write_text('msgid ""\nmsgstr ""\n\nmsgid "Hub"\nmsgstr "Ośrodek"\n')
    without = catalogues.refresh("pl", Catalog())
    assert _messages(without) == []
    again = Catalog()
    again.add("Hub")
    assert [m.string for m in _messages(catalogues.refresh("pl", again))] == ["Ośrodek"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_word_is_translated(code: str, marked: Catalog) -> None:
    theirs = catalogues.read(code)
    missing = [
        message.id
        for message in _for_machines(marked)
        if (found := theirs.get(_ids(message)[0], message.context)) is None
        or found.fuzzy
        or not all(_strings(found))
    ]
    assert missing == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_plurals_have_every_form_of_the_language(code: str) -> None:
    catalog = catalogues.read(code)
    assert catalog.num_plurals == FORMS[code]
    wrong = [
        message.id
        for message in _for_machines(catalog)
        if len(_strings(message)) != (FORMS[code] if message.pluralizable else 1)
    ]
    assert wrong == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_translations_keep_what_programs_read(code: str) -> None:
    """Placeholders, markup and the blanks at both ends are those of the English."""
    wrong = [
        (message.id, string)
        for message in _for_machines(catalogues.read(code))
        for string in _strings(message)
        if string and not _keeps(message, string)
    ]
    assert wrong == []


def _keeps(message: Message, string: str) -> bool:
    """One of several forms may leave the number out: "one day" needs none."""
    singular, last = _ids(message)[0], _ids(message)[-1]
    asked, given = set(PLACEHOLDER.findall(last)), set(PLACEHOLDER.findall(string))
    kept = given == asked or (message.pluralizable and given == set(PLACEHOLDER.findall(singular)))
    markup = sorted(MARKUP.findall(last)) == sorted(MARKUP.findall(string))
    return kept and markup and _edges(last) == _edges(string)


@pytest.mark.parametrize("code", [*LANGUAGES, "en-easy"])
def test_no_machine_has_translated_words_of_safeguarding(code: str) -> None:
    said = [
        message.id
        for message in _messages(catalogues.read(code))
        if message.context == catalogues.NEVER_BY_MACHINE and any(_strings(message))
    ]
    assert said == []


@pytest.mark.parametrize("code", [*LANGUAGES, "en-easy"])
def test_compiled_catalogues_are_up_to_date(code: str) -> None:
    assert catalogues.path_of(code, "mo").read_bytes() == catalogues.compiled(catalogues.read(code))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_portal_says_it(code: str) -> None:
    catalog = catalogues.read(code)
    with override(code):
        for message in _for_machines(catalog):
            singular, first = _ids(message)[0], _strings(message)[0]
            if message.pluralizable or not first:
                continue
            said = pgettext(message.context, singular) if message.context else gettext(singular)
            assert said == first


def test_the_name_keeps_its_order_among_words_from_right_to_left() -> None:
    strings = [text for message in _messages(catalogues.read("ur")) for text in _strings(message)]
    assert [text for text in strings if re.search("(?<!\u200e)#ThisIsDerby", text)] == []


def test_polish_counts_in_three_forms() -> None:
    with override("pl"):
        said = [ngettext("%(n)s session", "%(n)s sessions", n) for n in (1, 2, 5, 22)]
    assert said[1] == said[3]
    assert len(set(said)) == 3


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_forced_upon_words_that_stay_english(code: str) -> None:
    with override(code):
        assert gettext("A sentence that nothing marks.") == "A sentence that nothing marks."
