"""Photographs on staff pages: nobody else's, and kept by nobody."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.models import AuditEntry, AuditKind, Role
from participants.models import Photograph
from tests.factories import make_attendance, make_hub, make_participant, make_user
from tests.participants.services.test_photographs import (
    INSIDE,
    add,
    child,  # noqa: F401
    coordinator,  # noqa: F401
    hub,  # noqa: F401
    say,
    session,  # noqa: F401
)

pytestmark = pytest.mark.django_db
# ruff: noqa: F811


def upload(name="party.jpg", content=None):
    if content is None:
        file = io.BytesIO()
        Image.new("RGB", (400, 300), "teal").save(file, "PNG")
        content = file.getvalue()
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def address(session):
    return reverse("consents:session_photographs", args=[session.pk])


def fields(**changed):
    return {
        "file": upload(),
        "description": "Two children juggle",
        "uses": ["inside"],
        "people": [],
        "is_nobody": "on",
    } | changed


@pytest.fixture
def photograph(session, coordinator, child):
    say(child, coordinator, photos_inside=True)
    return add(session, coordinator, child, uses=(INSIDE,))


def test_added_by_what_it_is_not_by_what_it_is_called(client, session, coordinator, child):
    say(child, coordinator, photos_inside=True)
    client.force_login(coordinator)
    data = fields(people=[str(child.pk)])
    del data["is_nobody"]
    assert client.post(address(session), data).status_code == 302
    photograph = Photograph.objects.get()
    assert list(photograph.people.all()) == [child]
    assert "party" not in photograph.file.name


@pytest.mark.parametrize("name", ["evil.jpg", "page.svg", "page.html"])
def test_what_is_no_picture_is_refused(name, client, session, coordinator, child):
    client.force_login(coordinator)
    script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    response = client.post(address(session), fields(file=upload(name, script)))
    assert response.status_code == 422
    assert "not a picture" in response.text
    assert not Photograph.objects.exists()


def test_whoever_did_not_agree_is_named(client, session, coordinator, child):
    client.force_login(coordinator)
    data = fields(people=[str(child.pk)])
    del data["is_nobody"]
    response = client.post(address(session), data)
    assert response.status_code == 422
    assert f"No consent for this: {child.register_name}" in response.text


def test_everybody_or_nobody_must_be_said(client, session, coordinator, child):
    client.force_login(coordinator)
    data = fields()
    del data["is_nobody"]
    assert client.post(address(session), data).status_code == 422


def test_the_file_is_kept_by_nobody(client, photograph, coordinator):
    client.force_login(coordinator)
    response = client.get(reverse("consents:photograph_file", args=[photograph.pk]))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert b"".join(response.streaming_content)[8:12] == b"WEBP"
    assert AuditEntry.objects.filter(kind=AuditKind.PHOTOGRAPH_READ).count() == 1


@pytest.mark.parametrize("name", ["photograph", "photograph_file", "take_down"])
@pytest.mark.parametrize("who", ["nobody", "stranger", "safeguarding", "evaluator"])
def test_strangers_see_none(name, who, client, photograph):
    users = {
        "stranger": (Role.COORDINATOR,),
        "safeguarding": (Role.SAFEGUARDING_LEAD,),
        "evaluator": (Role.EVALUATOR,),
    }
    if who != "nobody":
        hubs = (make_hub(),) if who == "stranger" else ()
        client.force_login(make_user(*users[who], hubs=hubs))
    method = client.post if name == "take_down" else client.get
    expected = {"nobody": 302, "stranger": 404, "safeguarding": 403, "evaluator": 403}
    response = method(reverse(f"consents:{name}", args=[photograph.pk]))
    assert response.status_code == expected[who]
    photograph.refresh_from_db()
    assert photograph.taken_down_at is None


def test_a_strangers_session_is_not_there(client, session):
    client.force_login(make_user(Role.COORDINATOR, hubs=(make_hub(),)))
    assert client.get(address(session)).status_code == 404


def test_taken_down_it_is_gone(client, photograph, coordinator):
    client.force_login(coordinator)
    assert client.post(reverse("consents:take_down", args=[photograph.pk])).status_code == 302
    for name in ("photograph", "photograph_file"):
        assert client.get(reverse(f"consents:{name}", args=[photograph.pk])).status_code == 404


@pytest.mark.parametrize("people", [1, 3])
def test_the_page_takes_as_many_queries_for_many(people, client, session, coordinator, hub):
    for _ in range(people):
        person = make_participant(hub=hub)
        make_attendance(session, person)
        say(person, coordinator, photos_inside=True)
        add(session, coordinator, person)
    client.force_login(coordinator)
    client.get(address(session))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(address(session))
    assert response.text.count("photographs__picture") == people
    assert len(queries) <= 20


def test_the_list_of_what_must_come_down(client, photograph, coordinator, child):
    import datetime as dt

    from tests.participants.services.test_photographs import NOW

    client.force_login(coordinator)
    page = reverse("consents:to_take_down")
    assert "None." in client.get(page).text
    say(child, coordinator, at=NOW + dt.timedelta(minutes=1), photos_inside=False)
    assert child.register_name in client.get(page).text
    client.force_login(make_user(Role.COORDINATOR, hubs=(make_hub(),)))
    assert child.register_name not in client.get(page).text
