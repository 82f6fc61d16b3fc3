"""Start, watch and stop the processes of one state folder, and nothing else.

Each process leads a session of its own, so that Ctrl-C in the terminal does not reach it before we
stop things in order. What is started is written down with the moment of its start: a run that was
killed is cleared up by the next one, and a stranger with the same process id is left alone.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import identity
from .account import Account
from .errors import LocalError

PAUSE = 0.05
KILL_SECONDS = 5.0
Farewell = tuple[tuple[signal.Signals, float], ...]
# PostgreSQL shuts down fast at SIGINT; the others end at SIGTERM at the latest.
LEFTOVER: Farewell = ((signal.SIGINT, 5.0), (signal.SIGTERM, 10.0))


def nothing() -> None:
    """What most processes need before they start."""


@dataclass
class Process:
    """One long-running program.

    `record` is the file that remembers it, `log` receives what it prints. It is asked to stop with
    each of `farewell`, (signal, seconds to wait), and killed after that. `prepare` runs before each
    start.
    """

    name: str
    command: Sequence[str | Path]
    record: Path
    log: Path
    folder: Path
    environment: Mapping[str, str] | None = None
    account: Account = field(default_factory=Account)
    farewell: Farewell = ((signal.SIGTERM, 10.0),)
    prepare: Callable[[], None] = nothing
    _child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; LocalError where the program cannot be run."""
        self.prepare()
        first = self.farewell[0][0].name.removeprefix("SIG")
        try:
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    self.account.command(self.command, death_signal=first),
                    cwd=self.folder,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise LocalError(f"{self.name} cannot be started: {error}.") from error
        started = identity.token(self._child.pid) or ""
        self.record.write_text(f"{self._child.pid}\n{started}\n{self.folder}\n")

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def running(self) -> bool:
        """Whether it lives. What a dead one left behind in its session is killed here."""
        if self._child is None:
            return False
        if _ended(self._child.pid):
            self._bury(self._child)
        return self._child is not None

    def stop(self) -> None:
        """End it, in bounded time; does nothing if it does not run."""
        for number, seconds in (*self.farewell, (signal.SIGKILL, KILL_SECONDS)):
            if not self.running() or self._child is None:
                return
            self._child.send_signal(number)
            wait_until(lambda: not self.running(), seconds)

    def last_words(self, lines: int = 8) -> str:
        """The end of the log, for a message."""
        return tail(self.log, lines)

    def _bury(self, child: subprocess.Popen[bytes]) -> None:
        # Its number stays reserved until it is waited for, so the group is certainly ours.
        _signal_group(child.pid, signal.SIGKILL)
        child.wait()
        self._child = None
        self.record.unlink(missing_ok=True)


def clear_leftovers(records: Path) -> list[str]:
    """End what a killed run left running, as written down in `records`; returns the names."""
    names = []
    for record in sorted(records.glob("*.pid")):
        lines = record.read_text().splitlines()
        if len(lines) == 3 and _end_leftover(int(lines[0]), lines[1], Path(lines[2])):
            names.append(record.stem)
        record.unlink(missing_ok=True)
    return names


def _end_leftover(pid: int, started: str, folder: Path) -> bool:
    """End one recorded process, its session's members too. False if there was none."""
    found = bool(started) and end(pid, LEFTOVER, lambda: identity.token(pid) == started)
    for orphan in identity.orphans(pid, started, folder):
        found = True
        _signal(orphan, signal.SIGKILL)
    return found


def end(pid: int, farewell: Farewell, lives: Callable[[], bool]) -> bool:
    """Ask a process to stop, then kill it, as long as it `lives`; whether it did at first."""
    found = lives()
    for number, seconds in (*farewell, (signal.SIGKILL, KILL_SECONDS)):
        if not lives():
            break
        _signal(pid, number)
        wait_until(lambda: not lives(), seconds)
    return found


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Wait for `done`, at most `seconds`; whether it came."""
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(PAUSE)
    return True


def tail(path: Path, lines: int) -> str:
    """The last lines of a file, "" if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 200 * lines))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def _ended(pid: int) -> bool:
    """Whether our child has ended; leaves it uncollected where the system can (not on macOS)."""
    if not hasattr(os, "waitid"):
        return identity.token(pid) is None
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
