"""A real Celery worker process on the test database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 90


def environment(**more: str) -> dict[str, str]:
    """What a worker's process finds: the test database with the application's rights."""
    name = connection.settings_dict["NAME"]
    addresses = {
        key: os.environ[key].rpartition("/")[0] + f"/{name}"
        for key in ("DATABASE_URL", "DATABASE_OWNER_URL")
        if key in os.environ
    }
    base = {**os.environ, **addresses, "DATABASE_ROLE": "application", "DEMO": "1"}
    # Its warnings are not this run's, and coverage must not be written by a process that is killed.
    for noise in ("PYTHONWARNINGS", "COV_CORE_SOURCE", "COV_CORE_CONFIG", "COV_CORE_DATAFILE"):
        base.pop(noise, None)
    return base | {"MEDIA_ROOT": str(settings.MEDIA_ROOT)} | more


class Worker:
    """`celery worker` and `celery beat`, each in a process group of its own."""

    def __init__(self, folder: Path, *, app: str = "derby_portal", **more: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.app = app
        self.log = folder / "log"
        self.environment = environment(**more)
        pool = ("--concurrency", "1", "--pool", "prefork", "--without-mingle", "--without-gossip")
        self.process = self._start("worker", *pool)
        self.beat = self._start("beat", "--schedule", str(folder / "schedule"))

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            self.app,
            *arguments,
            "--loglevel",
            "INFO",
        ]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def pool(self) -> list[int]:
        """Pids of the processes that do the work."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill(self) -> None:
        """End worker and pool at once, without a word; beat goes with them."""
        for process in (self.process, self.beat):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def stop(self) -> None:
        for process in (self.process, self.beat):
            if process.poll() is None:
                process.terminate()
        try:
            for process in (self.process, self.beat):
                process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def words(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(folder: Path, *, app: str = "derby_portal", **more: str) -> Iterator[Worker]:
    worker = Worker(folder, app=app, **more)
    try:
        yield worker
    finally:
        worker.stop()


def until(
    true: Callable[[], object],
    what: str,
    *,
    seconds: float = PATIENCE,
    words: Callable[[], str] = str,
) -> None:
    """Wait for something that another process does; bounded, and telling what it waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:g} s for: {what}.\n{words()[-4000:]}")
        time.sleep(0.1)
