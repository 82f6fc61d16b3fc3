"""The set-up repairs what is broken, does nothing twice and explains itself in sentences."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from derby_portal.local import bootstrap
from tests.local.machine import NOBODY, is_root, python_of_nobody

SCRIPT = Path(bootstrap.__file__)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that asks for no packages at all, so that nothing is fetched."""
    root = tmp_path / "checkout"
    (root / "requirements").mkdir(parents=True)
    for name in bootstrap.SATISFIED_BY:
        (root / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    venv = root / ".venv"
    paths = {"ROOT": root, "VENV": venv, "STAMP": venv / "installed.json"}
    for name, value in {**paths, "UNFINISHED": venv / "unfinished"}.items():
        monkeypatch.setattr(bootstrap, name, value)
    return root


@pytest.fixture
def runs(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand-ins for the two slow steps; the list says which were taken."""
    taken: list[str] = []

    def make_venv() -> None:
        taken.append("venv")
        shutil.rmtree(bootstrap.VENV, ignore_errors=True)
        (bootstrap.VENV / "bin").mkdir(parents=True)
        (bootstrap.VENV / "bin" / "python").symlink_to(sys.executable)

    monkeypatch.setattr(bootstrap, "make_venv", make_venv)
    monkeypatch.setattr(bootstrap, "install", lambda lock: taken.append(lock.stem))
    return taken


def test_it_parses_on_the_python_that_it_must_refuse() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 8))


def test_an_old_python_is_refused_in_a_sentence(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "python3.12" else None)
    assert bootstrap.main(["demo"]) == 1
    said = capsys.readouterr().err
    assert "needs Python 3.11 or newer" in said
    assert "say PYTHON=python3.12 after make" in said
    assert not (checkout / ".venv").exists()


def test_a_second_run_does_nothing_and_dev_serves_the_demo(runs: list[str]) -> None:
    assert bootstrap.main(["dev"]) == 0
    assert bootstrap.main(["dev"]) == bootstrap.main(["demo"]) == 0
    assert runs == ["venv", "dev"]


def test_the_demo_does_not_serve_dev(runs: list[str]) -> None:
    bootstrap.main(["demo"])
    bootstrap.main(["dev"])
    assert runs[:2] == ["venv", "demo"]
    assert runs[-1] == "dev"


def test_a_changed_lock_installs_again(checkout: Path, runs: list[str]) -> None:
    bootstrap.main(["demo"])
    (checkout / "requirements" / "demo.txt").write_text("# changed\n")
    bootstrap.main(["demo"])
    assert runs.count("demo") == 2


@pytest.mark.parametrize("damage", ["interrupted", "copied", "no interpreter"])
def test_a_broken_environment_is_made_anew(
    damage: str, runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.main(["demo"])
    if damage == "interrupted":
        bootstrap.STAMP.unlink()
        bootstrap.UNFINISHED.touch()
    elif damage == "copied":
        bootstrap.STAMP.write_text(json.dumps({"set": "demo", "folder": "/elsewhere/.venv"}))
        (bootstrap.VENV / "bin" / "pip").write_text("#!/elsewhere/.venv/bin/python3\n")
    else:
        (bootstrap.VENV / "bin" / "python").unlink()
    assert bootstrap.main(["demo"]) == 0
    assert runs == ["venv", "demo", "venv", "demo"]
    assert not bootstrap.UNFINISHED.exists()


def test_a_machine_without_venv_says_what_to_install(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert bootstrap.main(["demo"]) == 1
    assert "apt install python3-venv" in capsys.readouterr().err


def test_a_failing_pip_is_quoted_and_tried_again(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = checkout / "requirements" / "demo.txt"
    lock.write_text("./missing.whl --hash=sha256:" + "0" * 64 + "\n")
    assert bootstrap.main(["demo"]) == 1
    said = capsys.readouterr().err
    assert "could not be installed. pip's last lines:" in said
    assert "missing.whl" in said
    assert "Traceback" not in said
    assert not bootstrap.STAMP.exists()
    lock.write_text("# nothing\n")
    assert bootstrap.main(["demo"]) == 0
    assert json.loads(bootstrap.STAMP.read_text())["set"] == "demo"
    assert "unfinished or broken" in capsys.readouterr().out


def test_a_read_only_folder_is_a_sentence(tmp_path: Path) -> None:
    place = tmp_path / "checkout"
    (place / "derby_portal/local").mkdir(parents=True)
    shutil.copy(SCRIPT, place / "derby_portal/local")
    python, become = sys.executable, ()
    if is_root():
        # Root ignores modes, so somebody else has to try; pytest's own folder is private.
        shutil.move(place, shared := Path(f"/tmp/dp-read-only-{os.getpid()}"))
        place, become = shared, NOBODY
        python = python_of_nobody() or pytest.skip("NO PYTHON THAT AN ORDINARY USER MAY RUN")
    place.chmod(0o555)
    try:
        ran = subprocess.run(
            [*become, python, place / "derby_portal/local/bootstrap.py", "demo"],
            check=False,
            capture_output=True,
            text=True,
        )
    finally:
        place.chmod(0o755)
        shutil.rmtree(place)
    assert ran.returncode == 1
    assert f"{place}/.local cannot be written (Permission denied). Work in a folder" in ran.stderr
    assert "Traceback" not in ran.stderr
