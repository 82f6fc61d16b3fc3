"""`make test`: every check in one go, all of them even if an early one fails.

Run as `python -m derby_portal.local.checks [arguments for pytest]`.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import folders, testing
from .console import complain, say
from .errors import LocalError

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MOST_WORKERS = 8
DEPLOY = ("--deploy", "--fail-level", "WARNING")
DRY = ("--check", "--dry-run")


@dataclass(frozen=True)
class Check:
    """A command whose exit code is the verdict. `environment` adds to that of the run.

    What it prints is shown at once if `live`, otherwise only when it fails.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    live: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a check went and how many seconds it took."""

    name: str
    passed: bool
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every check; 0 if all passed."""
    arguments = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with testing.start(ROOT, say, os.environ) as running:
            environment = {**os.environ, **running.environment}
            outcomes = [browser_outcome(os.environ)]
            outcomes += [run(check, environment) for check in all_checks(arguments)]
    except LocalError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        say("\nStopped before the end.")
        return 130
    say(summary(outcomes))
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def all_checks(pytest_arguments: Sequence[str]) -> list[Check]:
    """The checks in their order: quick ones first, pytest last so that its count ends the run."""
    templates = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*.html"))
    compose = ["--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    return [
        Check("code style (ruff check)", [tool("ruff"), "check", "."]),
        Check("code format (ruff format)", [tool("ruff"), "format", "--check", "."]),
        Check("template format (djade)", djade(templates)),
        Check("template style (djlint)", [tool("djlint"), "--lint", "--quiet", "templates"]),
        Check("import contracts (lint-imports)", [tool("lint-imports")]),
        Check("types (mypy)", [sys.executable, "-m", "mypy", "."]),
        Check("deployment (check --deploy)", manage("check", *DEPLOY), production()),
        Check("migrations (makemigrations --check)", manage("makemigrations", *DRY)),
        Check("compose schema (check-jsonschema)", [tool("check-jsonschema"), *compose]),
        Check("tests (pytest)", [*pytest_command(), *pytest_arguments], live=True),
    ]


def tool(name: str) -> str:
    """A program of the virtual environment."""
    return str(Path(sys.executable).parent / name)


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def djade(templates: Sequence[str]) -> list[str]:
    return [tool("djade"), "--target-version", "5.2", "--check", *templates]


def pytest_command() -> list[str]:
    workers = max(2, min(MOST_WORKERS, os.cpu_count() or 2))
    coverage = ["--cov", "--cov-branch", "--cov-report", "term"]
    return [sys.executable, "-m", "pytest", "-n", str(workers), *coverage]


def production() -> dict[str, str]:
    """Settings as a server has them, so that the deployment check judges those."""
    return {
        "DATABASE_ROLE": "application",
        "DEMO": "0",
        "DEBUG": "0",
        "COLLECTED_STATIC": "1",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "CONCERN_KEYS": folders.random_key(),
        "ALLOWED_HOSTS": "portal.example.org",
        "EMAIL_URL": "smtp+tls://mail.example.org:587",
    }


def run(check: Check, environment: Mapping[str, str]) -> Outcome:
    """Run one check, announcing it in one line."""
    say(f"{check.name} ...", end="\n" if check.live else " ")
    began = time.monotonic()
    code, output = execute(check, {**environment, **check.environment})
    outcome = Outcome(check.name, code == 0, time.monotonic() - began)
    if not check.live:
        say(f"{verdict(outcome)} ({outcome.seconds:.1f} s)")
        if not outcome.passed:
            say(output.rstrip() or f"exit code {code}")
    return outcome


def execute(check: Check, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a check and, unless it is live, what it printed."""
    output = None if check.live else subprocess.PIPE
    try:
        process = subprocess.Popen(
            check.command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if check.live else subprocess.STDOUT,
        )
    except OSError as error:
        return 127, f"{check.command[0]} cannot be run: {error.strerror}."
    try:
        printed, _ = process.communicate()
    except BaseException:
        end(process)
        raise
    return process.returncode, (printed or b"").decode(errors="replace")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a check that is cut short, in bounded time."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()


def browser_outcome(environ: Mapping[str, str]) -> Outcome:
    """Whether the journeys have a browser: a must where `CI` is set, a loud line elsewhere."""
    found = next((name for name in BROWSERS if shutil.which(name)), None)
    must = environ.get("CI", "").lower() not in {"", "0", "false"}
    outcome = Outcome("browser for the journeys", found is not None or not must, 0.0)
    say(f"{outcome.name} ...", end=" ")
    say(verdict(outcome) if found or must else "MISSING")
    if not found:
        say("!!! No Chromium here, so the journeys in a real browser do not run.")
        say("!!! Debian: apt install chromium, or run .ci/run, which installs it.")
    return outcome


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line a check and the sum."""
    width = max(len(outcome.name) for outcome in outcomes)
    lines = [
        f"  {verdict(outcome):<6}  {outcome.name:<{width}}  {outcome.seconds:6.1f} s"
        for outcome in outcomes
    ]
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    closing = f"{len(failed)} of {len(outcomes)} checks failed: " + ", ".join(failed)
    return "\n".join(["", *lines, "", closing if failed else f"All {len(outcomes)} checks passed."])


def verdict(outcome: Outcome) -> str:
    return "ok" if outcome.passed else "FAILED"


if __name__ == "__main__":
    sys.exit(main())
