"""Recordings: what a file is, what is taken out of it, who hears it, and parts of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, Role, User
from evaluation.models import PageRecording, PageTopic
from evaluation.recordings import (
    LARGEST_FILE,
    Audio,
    NoSuchPartError,
    NotAudioError,
    Part,
    ogg_checksum,
    read_audio,
    wanted_part,
)
from evaluation.services import pages as services
from tests import factories
from tests.pages import open_page

FRAMES = b"\xff\xfb\x90\x64" + bytes(range(256)) * 4


def id3(size: int, flags: int = 0) -> bytes:
    """A tag of ID3v2.4 with a name in it; the size is written seven bits a byte."""
    written = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00" + bytes([flags]) + written + b"A speaker's name".ljust(size, b"\0")


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def wav(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def ogg_page(*packets: bytes, flags: int = 0) -> bytes:
    """A page of whole packets, each shorter than 255 bytes."""
    sizes = bytes(len(packet) for packet in packets)
    page = b"OggS\0" + bytes([flags]) + bytes(20) + bytes([len(sizes)]) + sizes + b"".join(packets)
    return page[:22] + ogg_checksum(page).to_bytes(4, "little") + page[26:]


def ogg_notes(name: bytes, end: bytes = b"") -> bytes:
    note = b"ARTIST=A speaker's name"
    encoder = b"libopus"
    return b"".join(
        (
            *(name, len(encoder).to_bytes(4, "little"), encoder),
            *((1).to_bytes(4, "little"), len(note).to_bytes(4, "little"), note, end),
        )
    )


OPUS = ogg_page(b"OpusHead" + bytes(11), flags=2)
VORBIS = ogg_page(b"\x01vorbis" + bytes(23), flags=2)


def m4a(*boxes: bytes) -> bytes:
    return box(b"ftyp", b"M4A \0\0\0\0") + b"".join(boxes)


# --- What a file is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "extension"),
    [
        (FRAMES, "audio/mpeg", "mp3"),
        (b"\xff\xf1\x50\x80" + bytes(40), "audio/aac", "aac"),
        (m4a(box(b"mdat", b"sound")), "audio/mp4", "m4a"),
        (OPUS + ogg_page(ogg_notes(b"OpusTags")), "audio/ogg", "ogg"),
        (VORBIS + ogg_page(ogg_notes(b"\x03vorbis", b"\1")), "audio/ogg", "ogg"),
        (wav(chunk(b"fmt ", bytes(16)), chunk(b"data", b"sound")), "audio/wav", "wav"),
    ],
)
def test_the_first_bytes_decide(content: bytes, kind: str, extension: str) -> None:
    audio = read_audio(content)
    assert (audio.content_type, audio.extension) == (kind, extension)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0 a photograph",
        b"<html><script>alert(1)</script>",
        b"ID3" + b"\x04\0\0\0\0\0\0" + b"<html>",
        b"OggS" + bytes(24) + b"\x80theora",
        OPUS,
        OPUS + ogg_page(b"\x80theora", flags=2) + ogg_page(ogg_notes(b"OpusTags")),
        OPUS + ogg_page(b"OpusTags" + b"\xff" * 8),
        OPUS + ogg_page(ogg_notes(b"OpusTags"))[:-9],
        b"%PDF-1.7",
        b"RIFF\0\0\0\0AVI LIST",
        m4a(box(b"moov", box(b"hdlr", bytes(8) + b"vide"))),
        m4a(b"\0\0\0\x01moov" + (2**40).to_bytes(8, "big")),
        wav(chunk(b"data", b"sound")),
    ],
)
def test_nothing_else_is_a_recording(content: bytes) -> None:
    with pytest.raises(NotAudioError):
        read_audio(content)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"ID3", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x10ftyp", OPUS]),
)
def test_no_bytes_break_it(content: bytes, start: bytes) -> None:
    try:
        audio = read_audio(start + content)
    except NotAudioError:
        return
    assert len(audio.content) <= len(start + content) + 1


def test_mp3_loses_the_notes_at_both_ends() -> None:
    last = b"TAG" + b"A speaker's name".ljust(125, b"\0")
    ape = b"field" + b"APETAGEX" + (2000).to_bytes(4, "little") + (37).to_bytes(4, "little")
    ape += bytes(16)
    footer = b"3DI" + bytes(7)
    for content in (
        FRAMES,
        id3(300) + FRAMES,
        id3(300) + id3(20) + FRAMES + last,
        id3(200, 0x10) + footer + FRAMES,
        FRAMES + ape + last,
    ):
        assert read_audio(content) == Audio("audio/mpeg", "mp3", FRAMES)


@pytest.mark.parametrize(
    "notes",
    [
        b"ID3\4\0\x10\0\0\0\x06secret3DI\4\0\x10\0\0\0\x06",
        b"LYRICSBEGINsecret000017LYRICS200",
        b"secret" + b"APETAGEX" + bytes(4) + (38).to_bytes(4, "little") + bytes(16),
        b"TAGsecret" + bytes(119),
    ],
    ids=["ID3v2", "Lyrics3", "APE", "ID3v1"],
)
def test_mp3_loses_every_kind_of_notes_at_its_end(notes: bytes) -> None:
    sound = b"\xff\xfb\x90\0" + b"sound" * 40
    assert read_audio(sound + notes).content == sound
    assert read_audio(sound + notes + b"TAG" + bytes(125)).content == sound


def test_a_million_empty_notes_take_no_time() -> None:
    with pytest.raises(NotAudioError):
        read_audio(b"ID3\4\0\0\0\0\0\0" * 1_000_000)


def test_wav_keeps_the_sound_alone() -> None:
    sound = (chunk(b"fmt ", bytes(16)), chunk(b"data", b"sound"))
    noted = wav(
        sound[0], chunk(b"LIST", b"INFOIART\4\0\0\0name"), sound[1], chunk(b"id3 ", b"name")
    )
    assert read_audio(noted).content == wav(*sound)


def test_m4a_keeps_its_length_and_loses_its_notes() -> None:
    """The sound is found by its distance from the start of the file."""
    notes = box(b"udta", box(b"meta", b"\xa9nam a place in Derby"))
    content = m4a(
        box(b"moov", box(b"mvhd", b"head") + box(b"trak", notes) + notes), box(b"mdat", b"sound")
    )
    cleaned = read_audio(content).content
    assert len(cleaned) == len(content)
    assert b"Derby" not in cleaned
    assert cleaned.index(b"sound") == content.index(b"sound")
    assert cleaned.count(b"free") == 2


@pytest.mark.parametrize(("version", "length"), [(0, 4), (1, 8)])
def test_m4a_forgets_when_it_was_made(version: int, length: int) -> None:
    moments = b"m" * length + b"n" * length
    head = bytes([version, 0, 0, 0]) + moments + b"rest" * 8
    track = box(b"trak", box(b"tkhd", head) + box(b"mdia", box(b"mdhd", head)))
    content = read_audio(m4a(box(b"moov", box(b"mvhd", head) + track), box(b"free", b"me"))).content
    assert moments not in content
    assert content.count(bytes(2 * length) + b"rest" * 8) == 3
    assert b"me" not in content


def test_boxes_in_boxes_without_end_are_no_recording() -> None:
    nested = b""
    for _ in range(5000):
        nested = box(b"moov", nested)
    with pytest.raises(NotAudioError):
        read_audio(m4a(nested))


def test_the_checksum_of_ogg_pages() -> None:
    """The check value of the same CRC in `cksum`, whose last step is to flip every bit."""
    assert ogg_checksum(b"123456789") == 0x765E7680 ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("first", "notes"),
    [(OPUS, ogg_notes(b"OpusTags")), (VORBIS, ogg_notes(b"\x03vorbis", b"\1"))],
)
def test_ogg_keeps_its_length_and_loses_its_notes(first: bytes, notes: bytes) -> None:
    """Vorbis has its third head on the page of the notes: it stays as it is."""
    content = first + ogg_page(notes, b"third") + ogg_page(b"sound")
    cleaned = read_audio(content).content
    kept = notes[: notes.index(b"libopus") + 7] + bytes(4)
    ending = b"\1" if notes.endswith(b"\1") else b""
    emptied = (kept + ending).ljust(len(notes), b"\0")
    assert cleaned == first + ogg_page(emptied, b"third") + ogg_page(b"sound")


def test_ogg_notes_over_several_pages() -> None:
    """A picture in the notes makes them long: segments of 255 bytes go on, over pages too."""
    notes = ogg_notes(b"OpusTags") + b"x" * (510 - len(ogg_notes(b"OpusTags"))) + b"the end"
    content = OPUS + ogg_page(notes[:255]) + ogg_page(notes[255:510], notes[510:], b"sound")
    cleaned = read_audio(content).content
    assert len(cleaned) == len(content)
    assert b"speaker" not in cleaned
    assert b"x" not in cleaned[len(OPUS) :]
    assert cleaned.endswith(b"sound")


# --- Parts of a file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-1", Part(0, 1)),
        ("bytes=0-", Part(0, 99)),
        ("bytes=90-500", Part(90, 99)),
        ("bytes=-10", Part(90, 99)),
        ("bytes=-500", Part(0, 99)),
        ("bytes=99-99", Part(99, 99)),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-1", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=\u0663-\u0665", None),
    ],
)
def test_the_part_that_is_asked_for(header: str, part: Part | None) -> None:
    assert wanted_part(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", f"bytes={10**18}-"])
def test_parts_beyond_the_end(header: str) -> None:
    with pytest.raises(NoSuchPartError):
        wanted_part(header, 100)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 40))
def test_parts_lie_in_the_file(first: int, last: int, size: int) -> None:
    try:
        part = wanted_part(f"bytes={first}-{last}", size)
    except NoSuchPartError:
        assert first >= size
        return
    if part:
        assert 0 <= part.first <= part.last < size
        assert part.first == first


# --- Who hears it -------------------------------------------------------------------------------

pytest_db = pytest.mark.django_db
TRANSCRIPT = "Every word that is said."


@pytest.fixture
def editor() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def staff(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def add(editor: User, *, approved: bool = True, **fields: Any) -> PageRecording:
    defaults: dict[str, Any] = {
        "topic": PageTopic.VISION,
        "title": "A recording",
        "transcript": TRANSCRIPT,
        "audio": Audio("audio/mpeg", "mp3", FRAMES),
    }
    recording = services.add_recording(by=editor, **(defaults | fields))
    if approved:
        services.change_recording(
            recording=recording,
            title=recording.title,
            transcript=recording.transcript,
            check=services.Check("A speaker", dt.date(2019, 5, 14)),
            by=editor,
        )
    return recording


def sound(recording: PageRecording) -> str:
    return reverse("community:recording_file", args=[recording.pk])


@pytest_db
def test_the_public_hears_only_what_a_speaker_approved(client: Client, editor: User) -> None:
    approved = add(editor, title="Approved one")
    waiting = add(editor, approved=False, title="Waiting one")
    page = open_page(client, "/romani/")
    assert "Approved one" in page.text
    assert TRANSCRIPT in page.text
    assert "Waiting one" not in page.html
    assert "A speaker" not in page.html
    assert f"/en-easy/about/{approved.topic}/" in page.links
    assert status(client, approved) == 200
    assert status(client, waiting) == 404
    on_its_page = open_page(client, "/about/vision/")
    assert "Approved one" in on_its_page.text
    assert "Waiting one" not in on_its_page.html
    assert "Approved one" not in open_page(client, "/about/skills/").text


@pytest_db
def test_without_recordings_the_page_leads_to_easy_read(client: Client) -> None:
    page = open_page(client, "/romani/")
    assert "No recordings yet" in page.text
    easy = {f"/en-easy/about/{topic.value}/" for topic in PageTopic}
    assert easy <= set(page.links)
    assert "Nothing to hear yet" in open_page(client, "/en-easy/romani/").text


@pytest_db
@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries(
    number: int, client: Client, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(number):
        add(editor)
    with django_assert_num_queries(3):
        client.get("/romani/")


@pytest_db
def test_players_wait_until_somebody_listens(client: Client, editor: User) -> None:
    recording = add(editor)
    page = open_page(client, "/romani/")
    player = next(attrs for tag, attrs in page.elements if tag == "audio")
    assert (player["src"], player["preload"], "controls" in player) == (
        sound(recording),
        "none",
        True,
    )


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def status(client: Client, recording: PageRecording, **headers: str) -> int:
    """Ask for a recording and hear it out."""
    response = client.get(sound(recording), headers=headers)
    content(response)
    return response.status_code


@pytest_db
def test_a_whole_recording(client: Client, editor: User) -> None:
    recording = add(editor)
    response = client.get(sound(recording))
    assert content(response) == FRAMES
    wanted = {
        "Content-Type": "audio/mpeg",
        "Content-Length": str(len(FRAMES)),
        "Content-Disposition": 'inline; filename="vision.mp3"',
        "Accept-Ranges": "bytes",
        "ETag": f'"{recording.pk}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=0, s-maxage=60",
    }
    assert {name: response[name] for name in wanted} == wanted
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    again = client.get(sound(recording), headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    head = client.head(sound(recording))
    assert (head.status_code, content(head)) == (200, b"")


@pytest_db
@pytest.mark.parametrize(
    ("header", "answer", "part"),
    [
        ("bytes=0-1", f"bytes 0-1/{len(FRAMES)}", FRAMES[:2]),
        ("bytes=500-", f"bytes 500-{len(FRAMES) - 1}/{len(FRAMES)}", FRAMES[500:]),
        ("bytes=-7", f"bytes {len(FRAMES) - 7}-{len(FRAMES) - 1}/{len(FRAMES)}", FRAMES[-7:]),
    ],
)
def test_a_part_of_a_recording(
    header: str, answer: str, part: bytes, client: Client, editor: User
) -> None:
    response = client.get(sound(add(editor)), headers={"Range": header})
    assert response.status_code == 206
    assert content(response) == part
    assert (response["Content-Range"], response["Content-Length"]) == (answer, str(len(part)))


@pytest_db
def test_parts_of_another_file_or_none(client: Client, editor: User) -> None:
    recording = add(editor)
    beyond = client.get(sound(recording), headers={"Range": "bytes=9999-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(FRAMES)}")
    other = {"Range": "bytes=0-1", "If-Range": '"another"'}
    assert content(client.get(sound(recording), headers=other)) == FRAMES
    same = {"Range": "bytes=0-1", "If-Range": f'"{recording.pk}"'}
    assert status(client, recording, **same) == 206


@pytest_db
def test_a_file_that_is_gone_is_not_found(client: Client, editor: User) -> None:
    recording = add(editor)
    (Path(settings.MEDIA_ROOT) / recording.file.name).unlink()
    assert client.get(sound(recording)).status_code == 404


# --- Editors ------------------------------------------------------------------------------------


@pytest_db
def test_only_trust_staff_write(editor: User) -> None:
    recording = add(editor)
    stranger = factories.make_user(*(set(Role) - {Role.TRUST_STAFF}))
    with pytest.raises(PermissionDenied):
        add(stranger)
    with pytest.raises(PermissionDenied):
        services.withdraw_approval(recording=recording, by=stranger)
    with pytest.raises(PermissionDenied):
        services.remove_recording(recording=recording, by=stranger)
    with pytest.raises(PermissionDenied):
        services.change_recording(
            recording=recording, title="T", transcript="T", check=None, by=stranger
        )
    assert PageRecording.objects.get().is_approved


@pytest_db
def test_the_database_wants_transcripts_and_whole_checks(editor: User) -> None:
    recording = add(editor)
    for fields in ({"transcript": ""}, {"checked_on": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PageRecording.objects.filter(pk=recording.pk).update(**fields)


def upload(data: bytes, name: str = "voice.mp3") -> dict[str, Any]:
    file = SimpleUploadedFile(name, data, content_type="text/html")
    return {"topic": "skills", "title": "New one", "transcript": TRANSCRIPT, "audio": file}


@pytest_db
def test_adding_and_approving_through_the_pages(staff: Client, client: Client) -> None:
    editor = reverse("evaluation:recording_editor")
    assert staff.post(editor, upload(id3(40) + FRAMES, "<x>.html")).status_code == 302
    recording = PageRecording.objects.get()
    assert recording.content_type == "audio/mpeg"
    assert recording.file.name == f"recordings/{recording.pk}.mp3"
    assert recording.file.read() == FRAMES
    recording.file.close()
    assert not recording.is_approved
    assert "Not yet approved" in open_page(staff, editor).text
    address = reverse("evaluation:recording_edit", args=[recording.pk])
    heard = staff.get(reverse("evaluation:recording_unapproved", args=[recording.pk]))
    assert content(heard) == FRAMES
    assert "no-store" in heard["Cache-Control"]
    words = {"title": "New one", "transcript": TRANSCRIPT}
    assert staff.post(address, words).status_code == 302
    assert client.get(sound(recording)).status_code == 404
    check = {"checked_by": "A speaker", "checked_on": "2019-05-14"}
    staff.post(address, words | check)
    assert content(client.get(sound(recording))) == FRAMES
    staff.post(address, words | {"transcript": "Other words"})
    assert client.get(sound(recording)).status_code == 404


@pytest_db
def test_taking_back_and_deleting(
    staff: Client, editor: User, django_capture_on_commit_callbacks: Any
) -> None:
    recording = add(editor)
    stored = Path(settings.MEDIA_ROOT) / recording.file.name
    staff.post(reverse("evaluation:recording_withdraw", args=[recording.pk]))
    assert staff.get(sound(recording)).status_code == 404
    remove = reverse("evaluation:recording_remove", args=[recording.pk])
    assert "Delete this recording?" in open_page(staff, remove).text
    assert stored.exists()
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(remove)
    assert not PageRecording.objects.exists()
    assert not stored.exists()
    trail = AuditEntry.objects.order_by("pk").values_list("kind", "object_id")
    assert list(trail) == [
        ("recording.approved", recording.pk),
        ("recording.withdrawn", recording.pk),
        ("recording.removed", recording.pk),
    ]


@pytest_db
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (upload(b"<html>"), "audio"),
        (upload(b""), "audio"),
        (upload(FRAMES) | {"transcript": " "}, "transcript"),
        (upload(FRAMES) | {"topic": "nothing"}, "topic"),
    ],
)
def test_bad_uploads_are_named(fields: dict[str, Any], field: str, staff: Client) -> None:
    response = staff.post(reverse("evaluation:recording_editor"), fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


@pytest_db
def test_large_files_are_refused(staff: Client) -> None:
    response = staff.post(
        reverse("evaluation:recording_editor"), upload(FRAMES + bytes(LARGEST_FILE))
    )
    assert "larger than 15 MB" in response.content.decode()
    assert not PageRecording.objects.exists()
