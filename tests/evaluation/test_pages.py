"""Pages in the programme's own words: what readers get, and what editors may do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, Role, User
from activities.models import Kind
from evaluation.models import Page, PageText, PageTopic
from evaluation.queries.pages import editions_of_pages, english_words
from evaluation.services import pages as services
from evaluation.shipped_pages import FOLDER, PageFileError, Words, parse, shipped_words
from evaluation.typesetting import PICTURES, ideas, page_html, unknown_pictures
from hubs.models import OrganisationKind
from hubs.wording import EASY_READ, SOURCE, Edition, Variant
from tests import factories
from tests.pages import open_page

POLISH = Edition("pl")
WORDS = Words("Nasza wizja", "Krótko.", "## Co robimy\n\nZobacz [zajęcia](/whats-on/).")


@pytest.fixture
def editor() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def staff(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def save(editor: User, edition: Edition, words: Words = WORDS, **fields: Any) -> None:
    defaults: dict[str, Any] = {
        "topic": PageTopic.VISION,
        "seen": "",
        "by": editor,
        "now": timezone.now(),
    }
    services.save_page_words(edition=edition, words=words, **(defaults | fields))


# --- The words that ship ------------------------------------------------------------------------


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("topic", PageTopic)
def test_every_page_ships_with_words(topic: PageTopic, variant: Variant) -> None:
    words = shipped_words(topic, variant)
    assert 0 < len(words.title) <= 120
    assert 0 < len(words.summary) <= 300
    assert 300 < len(words.body) < 20_000


def test_nothing_else_lies_in_the_folder() -> None:
    wanted = {f"{topic.value}{end}" for topic in PageTopic for end in (".md", ".easy.md")}
    assert {path.name for path in FOLDER.iterdir()} == wanted


def test_the_top_of_a_file_is_strict() -> None:
    assert parse("---\ntitle: A\nsummary: B\n---\nC\n") == Words("A", "B", "C")
    for wrong in (
        "title: A\nsummary: B\nC",
        "---\nsummary: B\ntitle: A\n---\nC",
        "---\ntitle: A\nsummary: B\nmore: X\n---\nC",
        "---\ntitle: \nsummary: B\n---\nC",
        "---\ntitle: A\nsummary: B\n---\n\n",
    ):
        with pytest.raises(PageFileError):
            parse(wrong)


@pytest.mark.parametrize("topic", PageTopic)
def test_shipped_links_lead_somewhere(topic: PageTopic, db: None, client: Client) -> None:
    html = page_html(shipped_words(topic).body, "en-gb")
    own = set(re.findall(r'href="(/[^"]*)"', html))
    assert {address: client.get(address).status_code for address in own} == dict.fromkeys(own, 200)


@pytest.mark.parametrize("topic", PageTopic)
def test_easy_read_that_ships_has_a_picture_for_every_idea(topic: PageTopic) -> None:
    body = shipped_words(topic, Variant.EASY_READ).body
    assert unknown_pictures(body) == []
    assert len(ideas(body, "en-easy")) >= 6
    assert not re.search(r"[()|*_]{2}|\band/or\b", body.replace("**", ""))
    sentences = re.findall(r"[^.?!]+[.?!]", re.sub(r"\(.*?\)|:[a-z]+:", "", body))
    assert [each for each in sentences if len(each.split()) > 17] == []


def test_the_page_for_worries_names_who_helps() -> None:
    for variant in Variant:
        body = shipped_words(PageTopic.SAFEGUARDING, variant).body
        assert re.findall(r"\(tel:(\d+)\)", body)[0] == "999"
        assert set(re.findall(r"\(tel:(\d+)\)", body)) == {
            "999",
            "08001111",
            "116123",
            "101",
            "08088005000",
        }
        assert "85258" in body
        assert "Nobody is watching this page" in body


def test_skills_name_the_six_headings_of_the_programme() -> None:
    body = shipped_words(PageTopic.SKILLS).body
    assert re.findall(r"^## (.*)$", body, re.MULTILINE)[:6] == [
        "Resilience, perseverance and persistence",
        "Hard work, self-control, discipline, good time keeping",
        "Self-confidence, leadership and team working",
        "Honesty, integrity and engaged citizenship",
        "Attitude, respect and empathy",
        "Curiosity and problem solving",
    ]


# --- From Markdown to a page --------------------------------------------------------------------


def test_links_stay_in_the_edition() -> None:
    text = "[a](/whats-on/) [b](/en-easy/) [c](https://example.org/x) [d](tel:999)"
    html = page_html(text, "pl")
    assert re.findall(r'href="([^"]*)"', html) == [
        "/pl/whats-on/",
        "/en-easy/",
        "https://example.org/x",
        "tel:999",
    ]
    assert 'href="/whats-on/"' in page_html(text, "en-gb")


def test_ideas_begin_with_their_picture() -> None:
    body = "## Call\n\n:phone: Ring **us**.\n\nDay or night.\n\n:free: It is free.\n\n## More\n\nWords."
    found = ideas(body, "en-easy")
    assert [(each.heading, each.picture) for each in found] == [
        ("Call", "phone"),
        ("", "currency-pound"),
        ("More", "information-circle"),
    ]
    assert found[0].text == "<p>Ring <strong>us</strong>.</p>\n<p>Day or night.</p>\n"


def test_unknown_pictures_are_named() -> None:
    assert unknown_pictures(":phone: A\n\n:unicorn: B\n\nAt 4:30pm: C") == ["unicorn"]


@given(st.text())
def test_any_text_becomes_ideas(body: str) -> None:
    assert all(each.picture in PICTURES.values() for each in ideas(body, "en-easy"))


# --- Readers ------------------------------------------------------------------------------------

pytest_db = pytest.mark.django_db


@pytest_db
@pytest.mark.parametrize("topic", PageTopic)
def test_every_page_in_english_and_easy_read(topic: PageTopic, client: Client) -> None:
    for prefix, variant in (("", Variant.STANDARD), ("/en-easy", Variant.EASY_READ)):
        page = open_page(client, f"{prefix}/about/{topic.value}/")
        assert page.status == 200
        assert shipped_words(topic, variant).title in page.text
        assert page.count("h1") == 1
        assert page.inline == []
        assert "This page is in English" not in page.text
        assert len(page.html.encode()) < 40_000


def said(language: str, words: str) -> str:
    with translation.override(language):
        return gettext(words)


@pytest_db
def test_other_topics_are_no_address(client: Client) -> None:
    assert client.get("/about/nothing/").status_code == 404


@pytest_db
def test_a_missing_translation_is_english_and_says_so(client: Client) -> None:
    page = open_page(client, "/ur/about/vision/")
    assert said("ur", "This page is in English.") in page.text
    article = next(attrs for tag, attrs in page.elements if tag == "article")
    assert (article["lang"], article["dir"]) == ("en-GB", "ltr")
    assert "/ur/about/skills/" in page.links


@pytest_db
def test_words_of_trust_staff_stand_at_once(client: Client, editor: User) -> None:
    seen = shipped_words(PageTopic.VISION).fingerprint
    save(editor, SOURCE, Words("New title", "New summary", "New body"), seen=seen)
    page = open_page(client, "/about/vision/")
    assert [text in page.text for text in ("New title", "New summary", "New body")] == [True] * 3
    assert shipped_words(PageTopic.VISION).title not in page.texts_of("band__title")


@pytest_db
def test_kept_pages_show_new_words_at_once(
    client: Client, editor: User, pages_are_kept: None
) -> None:
    client.get("/about/vision/")
    seen = shipped_words(PageTopic.VISION).fingerprint
    save(editor, SOURCE, Words("New title", "S", "B"), seen=seen)
    assert "New title" in open_page(client, "/about/vision/").text


@pytest_db
def test_unchecked_words_say_so_and_checked_ones_do_not(client: Client, editor: User) -> None:
    note = said("pl", "No speaker has checked the words of this page yet.")
    save(editor, POLISH)
    page = open_page(client, "/pl/about/vision/")
    assert "Nasza wizja" in page.text
    assert note in page.text
    assert said("pl", "This page is in English.") not in page.text
    check = services.Check("A speaker", timezone.localdate())
    save(editor, POLISH, seen=WORDS.fingerprint, check=check)
    page = open_page(client, "/pl/about/vision/")
    assert note not in page.text
    assert "A speaker" not in page.html


@pytest_db
def test_easy_read_of_staff_stands_before_the_one_that_ships(client: Client, editor: User) -> None:
    easy = Words("Short", "Very short.", ":phone: Call us.")
    seen = shipped_words(PageTopic.VISION, Variant.EASY_READ).fingerprint
    save(editor, EASY_READ, easy, seen=seen)
    page = open_page(client, "/en-easy/about/vision/")
    assert "Call us." in page.text
    assert "We want every young person" not in page.text


@pytest_db
def test_partners_by_kind_with_what_they_do(client: Client) -> None:
    lead = factories.make_organisation(name="The lead", kind=OrganisationKind.LEAD)
    factories.make_hub(name="Open hub", coordinated_by=lead)
    factories.make_hub(name="Closed hub", coordinated_by=lead, is_open=False)
    activity = factories.make_activity(kind=Kind.ARTS)
    closed = factories.make_hub(is_open=False)
    factories.make_activity(kind=Kind.SPORT, hub=closed, partner=activity.partner)
    page = open_page(client, "/about/partners/")
    assert page.texts_of("partners__title")[:2] == ["Lead partners", "Delivery partners"]
    partners = page.texts_of("partner")
    assert "The lead Runs these hubs: Open hub" in partners
    assert f"{activity.partner} {str(Kind.ARTS.label).capitalize()}" in partners
    assert "Closed hub" not in page.text


@pytest_db
@pytest.mark.parametrize("number", [1, 3])
def test_partners_take_the_same_queries_however_many(
    number: int, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(number):
        factories.make_hub(coordinated_by=factories.make_organisation())
        factories.make_activity()
    client.get("/about/partners/")
    with django_assert_num_queries(6):  # change stamp, page, recordings, three for partners
        client.get("/about/partners/")


# --- Editors ------------------------------------------------------------------------------------


@pytest_db
def test_only_trust_staff_write(editor: User) -> None:
    for role in set(Role) - {Role.TRUST_STAFF}:
        with pytest.raises(PermissionDenied):
            save(factories.make_user(role), POLISH)
        with pytest.raises(PermissionDenied):
            services.remove_page_words(
                topic=PageTopic.VISION, edition=POLISH, by=factories.make_user(role)
            )
    assert not PageText.objects.exists()


@pytest_db
@pytest.mark.parametrize("topic", [PageTopic.SAFEGUARDING, PageTopic.PRIVACY])
def test_help_and_privacy_need_a_speaker(topic: PageTopic, editor: User) -> None:
    with pytest.raises(services.SpeakerNeededError):
        save(editor, POLISH, topic=topic)
    check = services.Check("A speaker", timezone.localdate())
    save(editor, POLISH, topic=topic, check=check)
    other = Words("Inne", "Inne", "Inne")
    with pytest.raises(services.SpeakerNeededError):
        save(editor, POLISH, other, topic=topic, seen=WORDS.fingerprint)
    # Easy Read is English, and staff write it.
    seen = shipped_words(topic, Variant.EASY_READ).fingerprint
    save(editor, EASY_READ, other, topic=topic, seen=seen)
    assert PageText.objects.get(topic=topic, language="pl").title == "Nasza wizja"


@pytest_db
def test_the_database_holds_the_same_rule() -> None:
    row = {"language": "pl", "title": "T", "summary": "S", "body": "B"}
    for topic in PageTopic:
        if topic in {PageTopic.SAFEGUARDING, PageTopic.PRIVACY}:
            with pytest.raises(IntegrityError), transaction.atomic():
                PageText.objects.create(topic=topic, **row)
        else:
            PageText.objects.create(topic=topic, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        PageText.objects.create(**row | {"language": "cs"}, topic="vision", checked_by="X")


@pytest_db
def test_other_words_lose_the_check(editor: User) -> None:
    check = services.Check("A speaker", timezone.localdate())
    save(editor, POLISH, check=check)
    save(editor, POLISH, seen=WORDS.fingerprint)
    assert PageText.objects.get().checked_by == "A speaker"
    save(editor, POLISH, Words("Inne", "I", "B"), seen=WORDS.fingerprint)
    assert (PageText.objects.get().checked_by, PageText.objects.get().checked_on) == ("", None)


@pytest_db
@pytest.mark.parametrize("edition", [SOURCE, EASY_READ, POLISH])
def test_changes_in_the_meantime_are_not_lost(edition: Edition, editor: User) -> None:
    first = services.stored_words(PageTopic.VISION, edition)
    seen = first.fingerprint if first else ""
    save(editor, edition, seen=seen)
    with pytest.raises(services.ChangedMeanwhileError):
        save(editor, edition, Words("Mine", "M", "M"), seen=seen)
    assert services.stored_words(PageTopic.VISION, edition) == WORDS


@pytest_db
def test_who_rewrote_a_page_is_written_down(editor: User) -> None:
    check = services.Check("A speaker", timezone.localdate())
    save(editor, POLISH, topic=PageTopic.SAFEGUARDING, check=check)
    services.remove_page_words(topic=PageTopic.SAFEGUARDING, edition=POLISH, by=editor)
    trail = AuditEntry.objects.order_by("pk").values_list("kind", "actor_id", "reason")
    assert list(trail) == [
        ("page.changed", editor.pk, "worried, pl, standard"),
        ("page.removed", editor.pk, "worried, pl, standard"),
    ]


def states(code: str) -> tuple[str, bool]:
    page = next(each for each in editions_of_pages() if each.topic is PageTopic.VISION)
    edition = next(each for each in page.editions if each.code == code)
    return edition.state.name, edition.is_older


@pytest_db
def test_what_there_is_of_a_page(editor: User, django_assert_num_queries: Any) -> None:
    assert [states(code) for code in ("en-gb", "en-easy", "pl")] == [
        ("SHIPPED", False),
        ("SHIPPED", False),
        ("MISSING", False),
    ]
    save(editor, POLISH)
    assert states("pl") == ("UNCHECKED", False)
    check = services.Check("A speaker", timezone.localdate())
    save(editor, POLISH, seen=WORDS.fingerprint, check=check)
    assert states("pl") == ("CHECKED", False)
    save(editor, SOURCE, Words("T", "S", "B"), seen=english_words(PageTopic.VISION).fingerprint)
    assert [states(code) for code in ("en-gb", "en-easy", "pl")] == [
        ("WRITTEN", False),
        ("SHIPPED", True),
        ("CHECKED", True),
    ]
    services.remove_page_words(topic=PageTopic.VISION, edition=SOURCE, by=editor)
    assert states("pl") == ("CHECKED", False)
    with django_assert_num_queries(2):
        editions_of_pages()


@pytest_db
def test_the_list_shows_every_page_in_every_language(staff: Client) -> None:
    page = open_page(staff, reverse("evaluation:page_editions"))
    assert page.status == 200
    assert page.text.count("Missing") == len(PageTopic) * 7
    assert page.text.count("As it ships") == len(PageTopic) * 2


def form_of(words: Words, **fields: str) -> dict[str, str]:
    return {"title": words.title, "summary": words.summary, "body": words.body} | fields


def edit(edition: str, topic: PageTopic = PageTopic.VISION) -> str:
    return reverse("evaluation:page_edit", args=[topic.value, edition])


@pytest_db
def test_editing_through_the_page(staff: Client) -> None:
    page = open_page(staff, edit("en-gb"))
    assert page.element("id_title")["value"] == "Our vision"
    assert not page.has_id("id_checked_by")
    seen = page.element("id_seen")["value"]
    data = form_of(Words("New", "S", "One\r\n\r\nTwo"), seen=seen)
    looks = staff.post(edit("en-gb"), data | {"preview": "1"})
    assert "<p>One</p>" in looks.content.decode()
    assert not Page.objects.exists()
    assert staff.post(edit("en-gb"), data).status_code == 302
    assert Page.objects.get().body == "One\n\nTwo"


@pytest_db
def test_somebody_was_faster(staff: Client, editor: User) -> None:
    seen = shipped_words(PageTopic.VISION).fingerprint
    save(editor, SOURCE, Words("Theirs", "S", "Theirs"), seen=seen)
    mine = form_of(Words("Mine", "S", "My long work"), seen=seen)
    response = staff.post(edit("en-gb"), mine)
    assert response.status_code == 409
    html = response.content.decode()
    assert [text in html for text in ("changed this page meanwhile", "My long work", "Theirs")] == [
        True
    ] * 3
    assert Page.objects.get().title == "Theirs"
    new_seen = response.context["form"]["seen"].value()
    assert staff.post(edit("en-gb"), mine | {"seen": new_seen}).status_code == 302
    assert Page.objects.get().title == "Mine"


@pytest_db
def test_the_form_asks_for_the_speaker(staff: Client) -> None:
    address = edit("pl", PageTopic.SAFEGUARDING)
    assert "Do not use a machine" in open_page(staff, address).text
    response = staff.post(address, form_of(WORDS))
    assert response.status_code == 422
    assert "Write the name of the speaker" in response.content.decode()
    assert not PageText.objects.exists()
    assert staff.post(address, form_of(WORDS, checked_by="A speaker")).status_code == 302
    text = PageText.objects.get()
    assert (text.checked_by, text.checked_on) == ("A speaker", timezone.localdate())


@pytest_db
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"body": "x" * 20_001}, "body"),
        ({"body": "a\0b"}, "body"),
        ({"checked_on": "2019-01-01"}, "checked_by"),
        ({"checked_by": "A speaker", "checked_on": "2999-01-01"}, "checked_on"),
    ],
)
def test_bad_input_is_named(fields: dict[str, str], field: str, staff: Client) -> None:
    response = staff.post(edit("pl"), form_of(WORDS) | fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


@pytest_db
def test_a_picture_that_is_not_there(staff: Client) -> None:
    seen = shipped_words(PageTopic.VISION, Variant.EASY_READ).fingerprint
    words = Words("T", "S", ":unicorn: Hello.")
    response = staff.post(edit("en-easy"), form_of(words, seen=seen))
    assert "There is no picture called unicorn." in response.content.decode()


@pytest_db
def test_going_back_asks_first(staff: Client, editor: User) -> None:
    remove = reverse("evaluation:page_remove", args=["vision", "pl"])
    assert staff.get(remove).status_code == 404
    save(editor, POLISH)
    assert "Remove this translation?" in open_page(staff, remove).text
    assert PageText.objects.exists()
    assert staff.post(remove).status_code == 302
    assert not PageText.objects.exists()


@pytest_db
@pytest.mark.parametrize("edition", ["xx", "en-us", "rom"])
def test_other_editions_are_no_address(edition: str, staff: Client) -> None:
    assert staff.get(edit(edition)).status_code == 404
