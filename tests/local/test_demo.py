"""The demo, with a stand-in for the portal: starts, restarts what dies, stops all that it started."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from derby_portal.local import demo, screen
from derby_portal.local.errors import LocalError
from derby_portal.local.processes import Process, wait_until
from derby_portal.local.supervisor import MOST_DEATHS, Supervisor
from tests.local.machine import processes_of

LOCAL = Path(demo.__file__).parent
FILES = {
    "derby_portal/__init__.py": "",
    "derby_portal/celery.py": """
import os, pathlib
from celery import Celery
app = Celery("stand-in", broker=os.environ["REDIS_URL"].replace("unix://", "redis+socket://", 1), fixups=[])
app.conf.task_ignore_result = True
@app.task(name="build")
def build(out):
    for name in ("report.pdf", "report.xlsx", "report.csv", "report.html", "snapshot.json"):
        pathlib.Path(out, name).write_text("built")
""",
    "derby_portal/wsgi.py": """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
""",
    "django.py": "def setup():\n    pass\n",
    "derby_portal/seeding/__init__.py": "",
    "derby_portal/seeding/accounts.py": """
DEMO_PASSWORD = "a-demo-password"
def current_codes():
    coordinator = ("Coordinator", "coordinator@example.org", "123456")
    return [coordinator, ("Trust staff", "staff@example.org", "654321")], 7
""",
    "manage.py": """
import json, os, pathlib, sys, time
with open("steps.txt", "a") as steps:
    print(*sys.argv[1:], os.environ["DATABASE_URL"].split(":")[1], file=steps)
if sys.argv[1] == "seed":
    print("10 of 10 hubs")
if sys.argv[1] == "build_report":
    from derby_portal.celery import build
    out = pathlib.Path(sys.argv[-1])
    out.mkdir(exist_ok=True)
    build.delay(str(out))
    for _ in range(400):
        if (out / "snapshot.json").exists():
            break
        time.sleep(0.1)
    print("counting people", file=sys.stderr)
    print(json.dumps({"unique_participants": 2062, "attendances": 54321, "contact_hours": "9000.5"}))
""",
}


@pytest.fixture
def checkout(place: Path) -> Path:
    """A checkout with our own launcher and a small portal in place of the real one."""
    for name, text in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    shutil.copytree(LOCAL, place / "derby_portal/local")
    return place


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


Launch = Callable[..., subprocess.Popen]


@pytest.fixture
def launch(checkout: Path, port: int) -> Iterator[Launch]:
    """Start the demo and wait for its screen, or for its end if that comes first."""
    begun: list[subprocess.Popen] = []
    said = checkout / "said.txt"

    def begin(*arguments: str, until: str = "Stop with Ctrl-C") -> subprocess.Popen:
        unwanted = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "COV_CORE_DATAFILE")
        kept = {name: value for name, value in os.environ.items() if name not in unwanted}
        with said.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "derby_portal.local.demo", *arguments],
                cwd=checkout,
                env={**kept, "PORT": str(port)},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        begun.append(process)
        wait_until(lambda: until in said.read_text() or process.poll() is not None, 60)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=40)


def said(checkout: Path) -> str:
    return (checkout / "said.txt").read_text()


def answer(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    finally:
        connection.close()


def pid_of(checkout: Path, name: str) -> int:
    return int((checkout / f".local/demo/processes/{name}.pid").read_text().split()[0])


def test_from_nothing_to_a_screen_and_back(checkout: Path, port: int, launch: Launch) -> None:
    running = launch()
    screen_shown = said(checkout)
    assert f"http://127.0.0.1:{port}/" in screen_shown
    assert "Coordinator  coordinator@example.org  123456" in screen_shown
    assert "everybody's password is a-demo-password" in screen_shown
    assert "2,062 people, 54,321 attendances, 9,000 contact hours" in screen_shown
    assert "10 of 10 hubs" in screen_shown
    assert answer(port) == 200
    # A real worker built the report.
    assert (checkout / ".local/demo/report/report.pdf").read_text() == "built"
    for name in ("secret-key", "concern-key"):
        assert (checkout / ".local/demo" / name).stat().st_mode & 0o777 == 0o600
    assert Fernet((checkout / ".local/demo/concern-key").read_text())

    # A second demo of the same checkout is told where the first is.
    second = subprocess.run(
        [sys.executable, "-m", "derby_portal.local.demo"],
        check=False,
        cwd=checkout,
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert f"running already: http://127.0.0.1:{port}/ (process {running.pid})" in second.stderr

    # What dies comes back, and one line says so.
    old = {name: pid_of(checkout, name) for name in ("worker", "valkey")}
    for pid in old.values():
        os.kill(pid, signal.SIGKILL)
    for name, pid in old.items():
        record = checkout / f".local/demo/processes/{name}.pid"
        assert wait_until(lambda: record.exists() and pid_of(checkout, name) != pid, 15)  # noqa: B023
        assert f"{name} died; it starts again in 1 s." in said(checkout)

    # Ctrl-C stops all of it.
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=40) == 0
    assert processes_of(checkout) == []
    steps = [line.split()[0] for line in (checkout / "steps.txt").read_text().splitlines()]
    assert steps == ["migrate", "load_instruments", "seed", "build_report"]


def test_a_killed_demo_does_not_hinder_the_next(checkout: Path, port: int, launch: Launch) -> None:
    first = launch()
    first.kill()
    first.wait()
    began = time.monotonic()
    second = launch()
    assert "is running." in said(checkout)
    assert time.monotonic() - began < 30
    assert answer(port) == 200
    # The report is there already, so it is not built again.
    steps = [line.split()[0] for line in (checkout / "steps.txt").read_text().splitlines()]
    again = ["migrate", "load_instruments", "seed"]
    assert steps == ["migrate", "load_instruments", "seed", "build_report", *again]
    second.send_signal(signal.SIGHUP)
    assert second.wait(timeout=40) == 0
    assert processes_of(checkout) == []


def test_stopping_while_it_starts(checkout: Path, launch: Launch) -> None:
    running = launch(until="Bringing the tables up to date")
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=40) == 0
    assert processes_of(checkout) == []


def test_a_failing_step_is_quoted_and_all_is_stopped(checkout: Path, launch: Launch) -> None:
    (checkout / "manage.py").write_text("raise SystemExit('the disk is full')")
    running = launch()
    assert running.wait(timeout=40) == 1
    assert "migrate failed. Its log," in said(checkout)
    assert "the disk is full" in said(checkout)
    assert "Traceback" not in said(checkout)
    assert processes_of(checkout) == []


def test_a_busy_port_is_said_before_anything_starts(
    checkout: Path, port: int, launch: Launch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert launch().wait(timeout=20) == 1
    assert f"Port {port} is in use by another program." in said(checkout)
    assert "make demo PORT=8080" in said(checkout)
    assert not (checkout / ".local/demo").exists()


def test_reset_throws_away_only_the_demo(checkout: Path, launch: Launch) -> None:
    (checkout / ".local/demo").mkdir(parents=True)
    (checkout / ".local/demo/old").touch()
    (checkout / ".local/other").touch()
    (checkout / "manage.py").write_text("raise SystemExit(1)")
    launch("--reset").wait(timeout=40)
    assert not (checkout / ".local/demo/old").exists()
    assert (checkout / ".local/other").exists()


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "8000.5", "²"])
def test_a_port_that_is_none_is_a_sentence(text: str) -> None:
    with pytest.raises(LocalError, match="a port is a number from 1 to 65535"):
        demo.chosen_port({"PORT": text})


def test_the_port_is_8000_unless_chosen() -> None:
    assert demo.chosen_port({}) == demo.chosen_port({"PORT": ""}) == 8000
    assert demo.chosen_port({"PORT": "8080"}) == 8080


def test_what_keeps_dying_is_given_up_with_a_word(tmp_path: Path) -> None:
    process = Process("web", ["false"], tmp_path / "web.pid", tmp_path / "web.log", folder=tmp_path)
    now, lines = [0.0], []
    supervisor = Supervisor([process], lines.append, clock=lambda: now[0])
    for _ in range(200):
        supervisor.look()
        wait_until(lambda: not process.running(), 5)
        now[0] += 0.5
    assert [line.split(" starts again in ")[-1].split(".")[0] for line in lines[:-1]] == [
        "1 s",
        "2 s",
        "4 s",
        "8 s",
    ]
    assert len(lines) == MOST_DEATHS
    assert lines[-1] == f"web died 5 times in a short while and stays down. See {tmp_path}/web.log"


def test_the_screen_does_without_what_is_not_known() -> None:
    text = screen.text(
        address="http://127.0.0.1:8000/",
        sign_ins="",
        report=Path(".local/demo/report"),
        headline="{}",
        logs=Path(".local/demo/logs"),
    )
    assert "(the demo's accounts are not known)" in text
    assert ".local/demo/report/report.pdf" in text
