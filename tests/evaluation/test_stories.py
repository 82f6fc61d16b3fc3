"""Stories: written, looked at, put up and taken down by trust staff, and by nobody else."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import PicturePeople, Story, StoryPicture, StoryState, StoryText
from evaluation.services import stories as services
from evaluation.services.pages import ChangedMeanwhileError
from hubs.wording import EASY_READ, Edition
from tests import factories
from tests.pages import Page

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 5, 14, 17)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def editor() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def staff(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def make_story(**fields: Any) -> Story:
    defaults = {"title": "Feathers", "summary": "In short.", "body": "At **length**."}
    return Story.objects.create(**(defaults | fields))


def picture_file(**options: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "navy").save(out, "JPEG", **options)
    return SimpleUploadedFile("x.jpg", out.getvalue(), content_type="image/jpeg")


def add_picture(story: Story, **fields: Any) -> StoryPicture:
    defaults = {"alt": "A navy field", "caption": "", "people": PicturePeople.NOBODY}
    return services.add_picture(story=story, file=picture_file(), by=None, **(defaults | fields))


def edit(name: str, story: Story, **kwargs: Any) -> str:
    return reverse(f"evaluation:{name}", kwargs={"pk": story.pk} | kwargs)


def form_of(story: Story, **fields: Any) -> dict[str, str]:
    """What the form of a story sends, as it stands now, with some fields typed anew."""
    words = {name: getattr(story, name) for name in ("title", "summary", "body")}
    seen = services.fingerprint_of_story(story)
    return {"place": "programme", **words, "seen": seen} | fields


def shown(story: Story) -> str:
    return reverse("community:story_detail", kwargs={"pk": story.pk})


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, StoryState.DRAFT),
        ({"published_at": NOW + HOUR}, StoryState.WAITING),
        ({"published_at": NOW}, StoryState.SHOWN),
        ({"published_at": NOW, "withdrawn_at": NOW}, StoryState.WITHDRAWN),
    ],
)
def test_only_shown_stories_are_public(fields: dict[str, Any], state: StoryState) -> None:
    story = make_story(**fields)
    assert story.state(NOW) is state
    assert Story.objects.public(NOW).exists() is (state is StoryState.SHOWN)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"published_at": timezone.now() + HOUR},
        {"published_at": timezone.now() - HOUR, "withdrawn_at": timezone.now()},
    ],
    ids=["draft", "waiting", "withdrawn"],
)
def test_what_is_not_shown_leaks_nowhere(client: Client, fields: dict[str, Any]) -> None:
    ward = factories.make_ward(slug="abbey")
    story = make_story(ward=ward, title="A secret plan", **fields)
    picture = add_picture(story)
    addresses = [
        shown(story),
        reverse("community:story_picture", kwargs={"pk": picture.pk}),
        reverse("community:story_picture_small", kwargs={"pk": picture.pk}),
    ]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    for name, kwargs in (
        ("community_list", {}),
        ("community_ward", {"slug": "abbey"}),
        ("story_so_far", {}),
    ):
        page = client.get(reverse(f"community:{name}", kwargs=kwargs))
        assert page.status_code == 200
        assert b"A secret plan" not in page.content


def test_a_story_is_written_as_a_draft(staff: Client, editor: User) -> None:
    ward = factories.make_ward()
    words = {"place": f"ward-{ward.pk}", "title": "T", "summary": "S", "body": "One\r\n\r\ntwo"}
    response = staff.post(reverse("evaluation:story_new"), words)
    story = Story.objects.get()
    assert response["Location"] == edit("story_edit", story)
    assert (story.ward, story.hub, story.body) == (ward, None, "One\n\ntwo")
    assert (story.written_by, story.published_at) == (editor, None)


def test_the_place_can_be_the_send_hub_or_nowhere(staff: Client) -> None:
    hub = factories.make_hub(kind="send")
    story = make_story(ward=factories.make_ward())
    words = {"title": "T", "summary": "S", "body": "B"}
    staff.post(edit("story_edit", story), form_of(story, **words, place=f"hub-{hub.pk}"))
    story.refresh_from_db()
    assert (story.ward, story.hub) == (None, hub)
    staff.post(edit("story_edit", story), form_of(story, **words, place="programme"))
    story.refresh_from_db()
    assert (story.ward, story.hub) == (None, None)


def test_new_words_do_not_put_back_what_was_taken_down_meanwhile(editor: User) -> None:
    story = make_story(published_at=NOW)
    same, seen = Story.objects.get(), services.fingerprint_of_story(story)
    services.take_down_story(story=same, by=editor, now=NOW)
    story.title = "New words"
    services.save_story(story=story, seen=seen, by=editor)
    same.refresh_from_db()
    assert (same.title, same.withdrawn_at) == ("New words", NOW)


@pytest.mark.parametrize("change", [{"title": "T"}, {"summary": "S"}, {"body": "B"}, {"ward": 1}])
def test_changes_in_the_meantime_are_not_lost(editor: User, change: dict[str, Any]) -> None:
    mine = make_story()
    seen = services.fingerprint_of_story(mine)
    if "ward" in change:
        change = {"ward": factories.make_ward()}
    Story.objects.update(**change)
    mine.title = "Mine"
    with pytest.raises(ChangedMeanwhileError):
        services.save_story(story=mine, seen=seen, by=editor)
    standing = Story.objects.get()
    assert standing.title == change.get("title", "Feathers")
    services.save_story(story=mine, seen=services.fingerprint_of_story(standing), by=editor)
    assert Story.objects.get().title == "Mine"


def test_two_open_tabs_do_not_undo_each_other(staff: Client) -> None:
    ward = factories.make_ward(name="Abbey")
    story = make_story(published_at=NOW)
    address = edit("story_edit", story)
    seen = Page(staff.get(address)).element("id_seen")["value"]
    theirs = form_of(story, seen=seen, title="Theirs", place=f"ward-{ward.pk}")
    mine = form_of(story, seen=seen, title="Mine", body="My long work")
    assert staff.post(address, theirs).status_code == 302
    response = staff.post(address, mine)
    page = Page(response)
    assert page.status == 409
    (notice,) = page.texts_of("notice--bad")
    assert notice.startswith("Somebody changed this story meanwhile Nothing of yours was saved")
    assert notice.endswith("in place of these: Abbey Theirs In short. At **length**.")
    assert "My long work" in page.html
    assert page.element("id_title")["value"] == "Mine"
    story.refresh_from_db()
    assert (story.title, story.ward) == ("Theirs", ward)
    again = response.context["form"]["seen"].value()
    assert staff.post(address, mine | {"seen": again}).status_code == 302
    story.refresh_from_db()
    assert (story.title, story.body, story.ward) == ("Mine", "My long work", None)


def test_a_look_asks_nothing_about_others(staff: Client) -> None:
    story = make_story()
    old = form_of(story, title="Tried", preview="1")
    Story.objects.update(title="Theirs")
    assert staff.post(edit("story_edit", story), old).status_code == 200
    assert Story.objects.get().title == "Theirs"


def test_two_tabs_with_words_in_another_edition(staff: Client) -> None:
    story = make_story()
    address = edit("story_words", story, edition="pl")
    empty = Page(staff.get(address)).element("id_seen").get("value", "")
    theirs = {"title": "Ich", "summary": "", "body": "", "checked_by": "A speaker", "seen": empty}
    mine = {"title": "Moje", "summary": "", "body": "Praca", "checked_by": "", "seen": empty}
    assert staff.post(address, theirs).status_code == 302
    response = staff.post(address, mine)
    page = Page(response)
    assert page.status == 409
    assert "Somebody changed these words meanwhile" in page.text
    assert "Checked by A speaker" in page.texts_of("notice--bad")[0]
    assert page.element("id_title")["value"] == "Moje"
    text = StoryText.objects.get()
    assert (text.title, text.checked_by) == ("Ich", "A speaker")
    again = response.context["form"]["seen"].value()
    assert staff.post(address, mine | {"seen": again}).status_code == 302
    text.refresh_from_db()
    assert (text.title, text.body, text.is_checked) == ("Moje", "Praca", False)


def test_a_bad_form_loses_nothing(staff: Client) -> None:
    response = staff.post(
        reverse("evaluation:story_new"), {"place": "ward-0", "title": "", "body": "Typed words"}
    )
    assert response.status_code == 422
    assert b"Typed words" in response.content
    assert not Story.objects.exists()


def test_a_look_saves_nothing(staff: Client) -> None:
    story = make_story()
    words = {"place": "programme", "title": "Tried", "summary": "S", "body": "<b>x</b> **y**"}
    page = staff.post(edit("story_edit", story), words | {"preview": "1"}).content.decode()
    assert "Tried" in page
    assert "&lt;b&gt;x&lt;/b&gt; <strong>y</strong>" in page
    story.refresh_from_db()
    assert story.title == "Feathers"


def test_the_preview_is_what_the_public_sees_later(staff: Client) -> None:
    story = make_story(published_at=timezone.now() - HOUR)
    preview = Page(staff.get(edit("story_preview", story)))
    public = Page(Client().get(shown(story)))
    assert "Preview" in preview.text
    assert "Preview" not in public.text
    assert preview.texts_of("story-words") == public.texts_of("story-words") == ["At length ."]
    assert "no-store" in preview.response["Cache-Control"]


def test_putting_up_now_later_and_taking_down(staff: Client) -> None:
    story = make_story()
    staff.post(edit("story_show", story), {"date": "", "time": ""})
    assert Client().get(shown(story)).status_code == 200
    staff.post(edit("story_take_down", story))
    assert Client().get(shown(story)).status_code == 404
    staff.post(edit("story_put_back", story))
    assert Client().get(shown(story)).status_code == 200
    staff.post(edit("story_show", story), {"date": "2099-07-13", "time": "10:30"})
    story.refresh_from_db()
    assert story.published_at == factories.london(2099, 7, 13, 10, 30)
    assert Client().get(shown(story)).status_code == 404
    kinds = list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        AuditKind.STORY_SHOWN,
        AuditKind.STORY_WITHDRAWN,
        AuditKind.STORY_SHOWN,
        AuditKind.STORY_SHOWN,
    ]


def test_a_time_alone_is_refused(staff: Client) -> None:
    story = make_story()
    response = staff.post(edit("story_show", story), {"date": "", "time": "10:30"})
    assert (response.status_code, b"Choose a date as well" in response.content) == (422, True)
    story.refresh_from_db()
    assert story.published_at is None


def test_words_in_another_edition_stand_beside_english(staff: Client) -> None:
    story = make_story(published_at=timezone.now() - HOUR)
    address = edit("story_words", story, edition="pl")
    assert b"At <strong>length</strong>" in staff.get(address).content
    words = {"title": "Pióra", "summary": "", "body": "", "checked_by": ""}
    assert staff.post(address, words).status_code == 302
    page = Client().get(f"/pl{shown(story)}").content.decode()
    assert "Pióra" in page
    assert '<p class="band__lede" lang="en-GB" dir="ltr">In short.</p>' in page
    assert edit("story_words", story, edition="pl") != edit("story_words", story, edition="ur")
    assert staff.get(edit("story_words", story, edition="xx")).status_code == 404
    assert staff.get(edit("story_words", story, edition="en-gb")).status_code == 404


def test_easy_read_words_are_shown_in_easy_read(client: Client) -> None:
    story = make_story(published_at=timezone.now() - HOUR)
    words = {"title": "We made hats", "summary": "It was fun.", "body": "We used glue."}
    options: dict[str, Any] = {"story": story, "edition": EASY_READ, "by": None, "now": NOW}
    services.say_story(**options, words=words, seen="")
    page = client.get(f"/en-easy{shown(story)}").content.decode()
    assert "We made hats" in page
    assert "Feathers" not in page


def test_a_check_is_of_these_words(editor: User) -> None:
    story, polish = make_story(), Edition("pl")
    words = {"title": "A", "summary": "", "body": "", "checked_by": "Somebody"}
    options: dict[str, Any] = {"story": story, "edition": polish, "by": editor}
    services.say_story(**options, words=words, seen="", now=NOW)
    text = StoryText.objects.get()
    assert (text.checked_by, text.checked_on) == ("Somebody", NOW.date())
    seen, words = services.fingerprint_of_text(text), words | {"title": "B", "checked_by": ""}
    services.say_story(**options, words=words, seen=seen, now=NOW)
    text.refresh_from_db()
    assert (text.title, text.is_checked, text.checked_on) == ("B", False, None)


@pytest.mark.parametrize(
    "check", [{"checked_by": "Somebody"}, {"checked_on": NOW.date()}], ids=["by", "on"]
)
def test_the_database_holds_a_whole_check_or_none(check: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="story_text_checked_by_and_on"):
        StoryText.objects.create(story=make_story(), language="pl", **check)


def test_a_picture_goes_up_without_its_data(staff: Client) -> None:
    exif = Image.Exif()
    exif[0x010F] = "telephone of somebody"
    story = make_story(published_at=timezone.now() - HOUR)
    form = {"file": picture_file(exif=exif), "alt": "Navy", "caption": "", "people": "nobody"}
    assert staff.post(edit("picture_add", story), form).status_code == 302
    picture = StoryPicture.objects.get()
    response = Client().get(reverse("community:story_picture", kwargs={"pk": picture.pk}))
    assert (response["Content-Type"], b"telephone" in response.content) == ("image/webp", False)
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=60"
    again = Client().get(
        reverse("community:story_picture", kwargs={"pk": picture.pk}),
        headers={"If-None-Match": response["ETag"]},
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": SimpleUploadedFile("x.jpg", b"nothing of the kind")}, "not a picture"),
        ({"alt": ""}, "This field is required"),
        ({"people": ""}, "This field is required"),
        ({"people": "faces"}, "not one of the available choices"),
    ],
)
def test_a_bad_picture_says_why_and_keeps_what_was_typed(
    staff: Client, change: dict[str, Any], words: str
) -> None:
    story = make_story()
    form = {"file": picture_file(), "alt": "Navy", "caption": "Typed", "people": "nobody"}
    response = staff.post(edit("picture_add", story), form | change)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert 'value="Typed"' in page
    assert not StoryPicture.objects.exists()


def test_a_removed_picture_is_gone_from_the_store(
    staff: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    picture = add_picture(make_story())
    names = [str(picture.file.name), picture.small_name]
    assert [default_storage.exists(name) for name in names] == [True, True]
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(reverse("evaluation:picture_edit", kwargs={"pk": picture.pk}), {"remove": "1"})
    assert [default_storage.exists(name) for name in names] == [False, False]
    assert not StoryPicture.objects.exists()


def test_describing_a_picture_again(staff: Client) -> None:
    picture = add_picture(make_story())
    address = reverse("evaluation:picture_edit", kwargs={"pk": picture.pk})
    staff.post(address, {"alt": "Blue", "caption": "C", "people": "consented"})
    picture.refresh_from_db()
    assert (picture.alt, picture.caption, picture.people) == ("Blue", "C", "consented")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_STAFF])
def test_the_services_refuse_others(role: Role) -> None:
    stranger, story = factories.make_user(role), make_story()
    with pytest.raises(PermissionDenied):
        services.save_story(story=story, seen="", by=stranger)
    with pytest.raises(PermissionDenied):
        services.say_story(story=story, edition=EASY_READ, words={}, seen="", by=stranger, now=NOW)
    with pytest.raises(PermissionDenied):
        services.show_story(story=story, since=NOW, by=stranger)
    with pytest.raises(PermissionDenied):
        services.take_down_story(story=story, by=stranger, now=NOW)
    with pytest.raises(PermissionDenied):
        services.put_back_story(story=story, by=stranger)
    assert Story.objects.visible_to(stranger).count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(
    staff: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_story(ward=factories.make_ward(), written_by=factories.make_user())
    with django_assert_num_queries(5):
        page = Page(staff.get(reverse("evaluation:story_list")))
    assert page.count("tr[story-row]") == rows
    with django_assert_num_queries(5):
        staff.get(reverse("evaluation:editor"))
