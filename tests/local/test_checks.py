"""`make test` runs every check, whatever the early ones say, and sums up."""

import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from derby_portal.local import checks
from derby_portal.local.checks import Check, Outcome


@pytest.fixture
def nothing_started(monkeypatch: pytest.MonkeyPatch) -> None:
    running = nullcontext(SimpleNamespace(environment={"GIVEN": "by the services"}))
    monkeypatch.setattr(checks.testing, "start", lambda *_: running)
    monkeypatch.setattr(checks.signal, "signal", lambda *_: None)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_all_run_though_the_first_fails(
    nothing_started: None,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    everything = [
        Check("first", python("print('the reason'); raise SystemExit(3)")),
        Check(
            "second",
            python("import os; raise SystemExit(os.environ['GIVEN'] != 'A')"),
            {"GIVEN": "A"},
        ),
        Check("third", ["/nowhere/tool"]),
        Check("fourth", python("print('quiet when it passes')")),
        Check("last", python("print('seen')"), live=True),
    ]
    monkeypatch.setattr(checks, "all_checks", lambda _: everything)
    monkeypatch.delenv("CI", raising=False)
    assert checks.main([]) == 1
    said = capfdbinary.readouterr().out.decode()
    assert "first ... FAILED" in said
    assert "the reason" in said
    assert "second ... ok" in said
    assert "/nowhere/tool cannot be run: No such file or directory." in said
    assert "quiet when it passes" not in said
    assert "seen" in said
    assert said.rstrip().endswith("2 of 6 checks failed: first, third")


def test_it_passes_when_all_pass(
    nothing_started: None,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setattr(checks, "all_checks", lambda _: [Check("one", python("pass"))])
    monkeypatch.delenv("CI", raising=False)
    assert checks.main([]) == 0
    assert capfdbinary.readouterr().out.decode().rstrip().endswith("All 2 checks passed.")


@pytest.mark.parametrize(("ci", "passed"), [("", True), ("true", False)])
def test_a_missing_browser_is_loud_and_in_ci_a_failure(
    ci: str,
    passed: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setattr(checks.shutil, "which", lambda _: None)
    outcome = checks.browser_outcome({"CI": ci})
    assert outcome == Outcome("browser for the journeys", passed, 0.0)
    assert b"!!! No Chromium here" in capfdbinary.readouterr().out


def test_pytest_comes_last_and_every_tool_is_installed() -> None:
    everything = checks.all_checks(["-k", "register"])
    assert everything[-1].name == "tests (pytest)"
    assert everything[-1].command[-2:] == ["-k", "register"]
    assert [c.command[0] for c in everything if not Path(c.command[0]).exists()] == []
