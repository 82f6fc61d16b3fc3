"""The HTML of every public page type, as the Nu HTML checker sees it.

The checker is a Java program that the portal does not bring along: `VNU_JAR` names it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.city import make_city

pytestmark = pytest.mark.django_db
JAR = os.environ.get("VNU_JAR", "")
EDITIONS = ("", "/en-easy", "/ur", "/pl")
needs_checker = pytest.mark.skipif(
    not (JAR and shutil.which("java")),
    reason="NO HTML CHECKER HERE: set VNU_JAR to the Nu HTML checker's jar, and install Java",
)


def problems(files: list[Path]) -> list[dict[str, Any]]:
    command = ["java", "-jar", JAR, "--format", "json", "--exit-zero-always", *map(str, files)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
    return list(json.loads(result.stderr)["messages"])


@needs_checker
def test_the_checker_finds_no_error(client: Client, tmp_path: Path) -> None:
    pages = make_city().pages
    files = []
    for edition in EDITIONS:
        for name, address in pages.items():
            file = tmp_path / f"{edition.strip('/') or 'en'} {name}.html"
            file.write_bytes(client.get(edition + address).content)
            files.append(file)
    errors = [each for each in problems(files) if each["type"] == "error"]
    assert not errors, "\n".join(
        f"{Path(each['url']).name}, line {each.get('lastLine')}: {each['message']}"
        for each in errors
    )


@needs_checker
def test_the_checker_is_awake(tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text("<!doctype html><title>x</title><p><ul></p>")
    assert problems([broken])
