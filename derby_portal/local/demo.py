"""`make demo`: the whole portal on one machine, from nothing to a screen of sign-ins.

Run as `python -m derby_portal.local.demo`, since `manage.py` needs settings and those need the
addresses that only exist once the services run.
"""

import errno
import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import folders, screen, services, steps
from .console import complain, say
from .errors import BusyError, LocalError
from .processes import PAUSE, Process, clear_leftovers
from .supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".local" / "demo"
HOST = "127.0.0.1"
DEFAULT_PORT = 8000
READY_SECONDS = 90.0
FIRST_REPORT = ("this-is-derby", "--from", "2018-09-25", "--to", "2019-07-13")
REPORT_FILES = ("report.pdf", "report.xlsx", "report.csv", "report.html", "snapshot.json")
REPORT = STATE / "report"
HEADLINE = REPORT / "headline.json"
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Printed by a process of its own: whatever the accounts' module imports, Django is ready for it.
SIGN_INS = """
import json, django
django.setup()
from derby_portal.seeding.accounts import DEMO_PASSWORD, current_codes
print(json.dumps([DEMO_PASSWORD, *current_codes()]))
"""


class StoppedError(Exception):
    """Somebody asked the demo to stop."""


def main(arguments: list[str] | None = None) -> int:
    """Run the demo until it is stopped, `--reset` from nothing. Exit code 0 if stopped by hand."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments not in ([], ["--reset"]):
        complain("usage: python -m derby_portal.local.demo [--reset]")
        return 2
    try:
        port = chosen_port(os.environ)
        with hold(port):
            clear_leftovers(STATE / "processes")
            check_port(port)
            if arguments:
                reset()
            return Demo(port).run()
    except LocalError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        return 0


def hold(port: int) -> folders.Lock:
    """The lock that makes this the only demo of the checkout. BusyError with its address if not."""
    try:
        # Outside the folder that a reset removes.
        lock = folders.Lock(STATE.parent / "demo.lock")
    except BusyError as error:
        holder = (STATE.parent / "demo.lock").read_text().strip()
        raise BusyError(
            f"A demo of this checkout is running already: {holder}. Stop it first."
        ) from error
    lock.note(f"http://{HOST}:{port}/ (process {os.getpid()})")
    return lock


def chosen_port(environ: Mapping[str, str]) -> int:
    """The port in `PORT`, 8000 without one. LocalError if it is no port."""
    text = environ.get("PORT") or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise LocalError(f"PORT is {text!r}, but a port is a number from 1 to 65535.")
    return int(text)


def check_port(port: int) -> None:
    """LocalError with what to do if the web server could not listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = {
                errno.EADDRINUSE: "is in use by another program",
                errno.EACCES: "may only be used by root",
            }.get(error.errno or 0, f"cannot be used ({error.strerror})")
            free = 8080 if port != 8080 else 8090
            raise LocalError(
                f"Port {port} {reason}. Choose another one: make demo PORT={free}"
            ) from error


def reset() -> None:
    """Throw the demo's data away. LocalError if somebody else made it."""
    say("Throwing the old demo away ...")
    try:
        shutil.rmtree(STATE)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise folders.refused(Path(error.filename or STATE), error) from error


class Demo:
    """One run of the demo."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.stop_asked = False
        self.started: list[Process] = []
        self.environment: dict[str, str] = {}

    def run(self) -> int:
        """Start everything, watch it, and stop it when asked to."""
        self._listen_for_signals()
        folders.make(STATE)
        running = services.Services()
        try:
            running = self._start_services()
            self._prepare_database()
            self._start_programs()
            self._wait_for_web()
            self._first_report()
            say(self._screen())
            self._watch(running)
        except StoppedError:
            return 0
        finally:
            self._stop(running)
        return 0

    def _listen_for_signals(self) -> None:
        for number in STOPPING:
            # nohup asks not to be stopped when the terminal goes.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number: int, frame: object) -> None:
        # Only noted: an exception here could lose a process between its start and its record.
        self.stop_asked = True

    def _check_stop(self) -> None:
        if self.stop_asked:
            raise StoppedError

    def _start_services(self) -> services.Services:
        say("Starting PostgreSQL and Valkey ...")
        if os.environ.get("DATABASE_URL"):
            say("  DATABASE_URL is set: the demo's data goes into that database.")
        running = services.start(STATE, lambda text: say(f"  {text}"))
        self.environment = {
            **os.environ,
            "DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "derby_portal.settings",
            "SECRET_KEY": folders.secret_file(STATE / "secret-key"),
            "CONCERN_KEYS": folders.secret_file(STATE / "concern-key", folders.random_key),
            "ALLOWED_HOSTS": f"{HOST},localhost,[::1]",
            "PORTAL_ADDRESS": f"http://{HOST}:{self.port}",
            "MEDIA_ROOT": str(folders.make(STATE / "media")),
            "PYTHONUNBUFFERED": "1",
            # Celery's advice against root is for servers; this worker is the demo's own.
            "PYTHONWARNINGS": "ignore::RuntimeWarning:celery.platforms",
            **running.environment,
        }
        self.environment.pop("DATABASE_ROLE", None)
        return running

    def _prepare_database(self) -> None:
        say("Bringing the tables up to date ...")
        self._step("migrate", manage("migrate", "--no-input"))
        self._step("load_instruments", manage("load_instruments"))
        say("Filling the demo with people, sessions and registers ...")
        self._step("seed", manage("seed"), shown=["stdout", "stderr"])

    def _start_programs(self) -> None:
        say("Starting the web server, a worker and the scheduler ...")
        celery = [sys.executable, "-m", "celery", "-A", "derby_portal"]
        schedule = STATE / "beat-schedule"
        self._program("worker", [*celery, "worker", "--concurrency", "1", "--loglevel", "INFO"])
        self._program("beat", [*celery, "beat", "--schedule", str(schedule)])
        self._program("web", gunicorn(self.port))

    def _program(self, name: str, command: list[str]) -> None:
        log = STATE / "logs" / f"{name}.log"
        log.unlink(missing_ok=True)
        process = Process(
            name=name,
            command=command,
            record=folders.make(STATE / "processes") / f"{name}.pid",
            log=log,
            folder=ROOT,
            environment=self.environment,
            # The second signal drops the task at hand; a report goes on at the next start.
            farewell=((signal.SIGTERM, 8.0), (signal.SIGQUIT, 4.0)),
        )
        self.started.append(process)
        process.start()
        self._check_stop()

    def _wait_for_web(self) -> None:
        limit = time.monotonic() + READY_SECONDS
        while (answer := health(self.port)) != "200":
            self._check_stop()
            dead = [process for process in self.started if not process.running()]
            if dead or time.monotonic() > limit:
                culprit = dead[0] if dead else self.started[-1]
                what = "ended at once" if dead else f"is not healthy ({answer})"
                raise LocalError(
                    f"{culprit.name} {what}. Its log, {culprit.log}, ends:\n{culprit.last_words()}"
                )
            time.sleep(4 * PAUSE)

    def _first_report(self) -> None:
        if all((REPORT / name).exists() for name in REPORT_FILES):
            return
        say("The worker builds the first report for the funder ...")
        command = manage("build_report", *FIRST_REPORT, "--out", str(REPORT))
        try:
            headline = self._step("report", command, shown=["stderr"])
        except LocalError as error:
            # The portal runs; a report can be asked for there as well.
            say(str(error))
        else:
            HEADLINE.write_text(headline)

    def _step(self, name: str, command: Sequence[str], shown: Sequence[str] = ()) -> str:
        return steps.run(
            command,
            folder=ROOT,
            environment=self.environment,
            log=folders.make(STATE / "logs") / f"{name}.log",
            shown=shown,
            check_stop=self._check_stop,
        )

    def _watch(self, running: services.Services) -> None:
        supervisor = Supervisor([*running.processes, *self.started], say)
        while True:
            self._check_stop()
            supervisor.look()
            time.sleep(4 * PAUSE)

    def _stop(self, running: services.Services) -> None:
        """Stop the programs, last started first, then what they stand on."""
        if self.started or running.processes:
            say("\nStopping ...")
        for process in reversed(self.started):
            process.stop()
        running.stop()
        if self.stop_asked:
            say("Stopped. The data stays: make demo goes on with it.")

    def _screen(self) -> str:
        try:
            sign_ins = self._step("sign-ins", [sys.executable, "-c", SIGN_INS])
        except LocalError:
            sign_ins = ""
        return screen.text(
            address=f"http://{HOST}:{self.port}/",
            sign_ins=sign_ins,
            report=REPORT.relative_to(ROOT),
            headline=HEADLINE.read_text() if HEADLINE.exists() else "",
            logs=(STATE / "logs").relative_to(ROOT),
        )


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def gunicorn(port: int) -> list[str]:
    """The web server: threads, loopback only, without a control socket in the home folder."""
    command = [sys.executable, "-m", "gunicorn", "derby_portal.wsgi", "--no-control-socket"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "4"]
    return [*command, "--graceful-timeout", "5", "--bind", f"{HOST}:{port}"]


def health(port: int) -> str:
    """The status code of /healthz, or what stands in the way of one."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
