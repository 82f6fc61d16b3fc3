"""Each test of the launcher has a folder, and processes, of its own."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from derby_portal.local import folders, services
from tests.local.machine import processes_of

Start = Callable[..., services.Services]


@pytest.fixture
def place() -> Iterator[Path]:
    """A short folder that others may enter; nothing may run in it when the test ends."""
    folder = Path(tempfile.mkdtemp(prefix="dp-")).resolve()
    folder.chmod(0o755)
    yield folder
    left = processes_of(folder)
    shutil.rmtree(folder, ignore_errors=True)
    assert left == []


@pytest.fixture
def start() -> Iterator[Start]:
    """`services.start` with an environment that gives no addresses; stops it in the end."""
    running: list[services.Services] = []

    def begin(state: Path, durable: bool = False, **environ: str) -> services.Services:
        environ = {"PATH": os.environ["PATH"]} | environ
        begun = services.start(state, lambda _: None, environ=environ, durable=durable)
        running.append(begun)
        return begun

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def sockets() -> Iterator[Callable[[Path], Path]]:
    """Where a state folder's sockets lie; a folder outside it is removed in the end."""
    used: list[Path] = []

    def find(state: Path) -> Path:
        used.append(folders.socket_folder(state))
        return used[-1]

    yield find
    for folder in used:
        shutil.rmtree(folder, ignore_errors=True)
