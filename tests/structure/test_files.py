"""Files lie apart from the web, under random names, and leave through a check only."""

from __future__ import annotations

import ast
import io
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import FileField
from django.test import Client
from django.urls import get_resolver

from activities.pictures import PictureError, redraw
from derby_portal.private_files import PrivateFiles
from evaluation.instruments.words import WordingError, read_csv
from evaluation.recordings import NotAudioError, read_audio
from participants.importing.reading import UnreadableError, shape_of
from tests.structure.test_audience import ADDRESSES
from tests.structure.test_rows import ROOT, view_files

# Every field that holds a file, and the folder it lies in.
FOLDERS = {
    "evaluation.Extract.file": "extracts",
    "evaluation.PageRecording.file": "recordings",
    "evaluation.ReleaseFile.file": "releases",
    "evaluation.ReportFile.file": "reports",
    "evaluation.StoryPicture.file": "stories",
    "participants.ImportBatch.file": "imports",
    "participants.Photograph.file": "photographs",
}
# Every form that takes a file: what looks at its content, not at its name, is tried below.
UPLOADS = {
    "evaluation.forms.instruments.WordingForm.file",
    "evaluation.forms.pages.NewRecordingForm.audio",
    "evaluation.forms.stories.NewPictureForm.file",
    "participants.forms.imports.UploadForm.file",
    "participants.forms.photographs.PhotographForm.file",
}
# Every view that answers with a file, and whether a browser may show it in its window.
SERVED = {
    "activities/views/calendars.py": "inline",
    "evaluation/views/attendance_rows.py": "attachment",
    "evaluation/views/dashboard.py": "attachment",
    "evaluation/views/gaps.py": "attachment",
    "evaluation/views/recordings.py": "inline",
    "evaluation/views/releases.py": "attachment",
    "evaluation/views/research.py": "attachment",
    "evaluation/views/spend.py": "attachment",
    "evaluation/views/staff.py": "attachment",
    "participants/views/imports.py": "attachment",
    "participants/views/own_record_links.py": "attachment",
    "participants/views/paper.py": "attachment",
    "participants/views/people_list.py": "attachment",
    "participants/views/photographs.py": "inline",
    "participants/views/subject_access.py": "attachment",
}
PAGE = b"<!doctype html><script>alert(1)</script>" + b" " * 200


def file_fields() -> dict[str, FileField]:
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, FileField)
    }


def test_these_fields_hold_files() -> None:
    assert sorted(file_fields()) == sorted(FOLDERS)


@pytest.mark.parametrize("label", sorted(FOLDERS))
def test_each_lies_in_the_private_store_in_a_folder_of_its_own(label: str) -> None:
    field = file_fields()[label]
    assert isinstance(field.storage, PrivateFiles)
    name = field.generate_filename(field.model(), f"{uuid.uuid4()}.webp")
    assert name.startswith(f"{FOLDERS[label]}/")


@pytest.mark.parametrize(
    "name",
    [
        "Bramblewick Zed.pdf",
        "passport.jpg",
        "x.webp",
        f"{uuid.uuid5(uuid.NAMESPACE_DNS, 'a')}-Bramblewick.pdf",
        f"{uuid.uuid5(uuid.NAMESPACE_DNS, 'a')}.pdf.html",
    ],
    ids=["person", "what", "short", "added", "two endings"],
)
def test_no_file_is_kept_under_a_name_that_says_something(name: str) -> None:
    with pytest.raises(SuspiciousFileOperation):
        default_storage.save(f"reports/{name}", ContentFile(b"x"))


@pytest.mark.parametrize("ending", ["", ".pdf", "-small.webp"])
def test_files_are_the_portals_own_to_read(ending: str) -> None:
    one = f"reports/{uuid.uuid4()}{ending}"
    # The second time the store adds to the name that is taken.
    for _ in range(2):
        path = Path(default_storage.path(default_storage.save(one, ContentFile(b"x"))))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_has_no_address() -> None:
    name = default_storage.save(f"reports/{uuid.uuid4()}.pdf", ContentFile(b"secret"))
    with pytest.raises(NotImplementedError):
        default_storage.url(name)


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "media/", "static/", "files/", ".local/media/"])
def test_no_address_leads_to_the_folder(prefix: str, client: Client) -> None:
    name = default_storage.save(f"reports/{uuid.uuid4()}.pdf", ContentFile(b"secret"))
    response = client.get(f"/{prefix}{name}")
    assert response.status_code == 404
    served = {getattr(entry.callback, "__module__", "") for entry in ADDRESSES.values()}
    assert "django.views.static" not in served
    assert get_resolver()


def test_the_folder_is_not_among_static_files(settings: object) -> None:
    from django.conf import settings as own

    media = Path(str(own.MEDIA_ROOT)).resolve()
    folders = [Path(each).resolve() for each in own.STATICFILES_DIRS]
    assert not [folder for folder in folders if media == folder or folder in media.parents]


# --- What comes in -------------------------------------------------------------------------------
def forms_with_files() -> Iterator[str]:
    waiting: list[type[forms.BaseForm]] = list(forms.Form.__subclasses__())
    waiting += forms.ModelForm.__subclasses__()
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.FileField) and not form.__module__.startswith("django"):
                yield f"{form.__module__}.{form.__qualname__}.{name}"


def test_these_forms_take_files() -> None:
    # Every view, and with it every form, is loaded by its address.
    assert ADDRESSES
    assert sorted(set(forms_with_files())) == sorted(UPLOADS)


def test_what_is_no_picture_is_refused_whatever_it_is_called() -> None:
    with pytest.raises(PictureError):
        redraw(io.BytesIO(PAGE))


def test_what_is_no_sound_is_refused_whatever_it_is_called() -> None:
    with pytest.raises(NotAudioError):
        read_audio(PAGE)


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02" * 100, b"PK\x03\x04" + b"\x00" * 100, b"\xd0\xcf\x11\xe0" * 50]
)
def test_what_is_no_spreadsheet_is_refused_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        shape_of(io.BytesIO(content))


@pytest.mark.parametrize("content", [PAGE, b"\x00\x01\x02" * 100, b"PK\x03\x04" + b"\xff" * 100])
def test_what_is_no_wording_is_refused_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(WordingError):
        read_csv(content, {}, ["en-gb"])


# --- What goes out -------------------------------------------------------------------------------
def answers_with_a_file(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return "FileResponse" in names or "Content-Disposition" in texts


def test_these_views_answer_with_files() -> None:
    found = {str(path.relative_to(ROOT)) for path in view_files() if answers_with_a_file(path)}
    assert sorted(found) == sorted(SERVED)


@pytest.mark.parametrize("path", [path for path, how in sorted(SERVED.items()) if how != "inline"])
def test_documents_are_saved_and_never_shown_in_the_window(path: str) -> None:
    source = (ROOT / path).read_text()
    assert "attachment; filename=" in source or "as_attachment=True" in source
    # Beside it no other way out.
    assert "inline;" not in source


@pytest.mark.django_db
def test_browsers_do_not_guess_what_a_file_is(client: Client) -> None:
    assert client.get("/").headers["X-Content-Type-Options"] == "nosniff"
