"""Which process is which: a process id alone may belong to somebody else by now."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def token(pid: int) -> str | None:
    """What tells this life of `pid` from any other: the boot and the moment it started.

    None where there is no such process, or it has ended and only waits to be collected.
    """
    if not PROC.joinpath("self/stat").exists():
        return _token_from_ps(pid)
    fields = _stat(pid)
    if fields is None or fields[0] in {"Z", "X"}:
        return None
    return f"{_boot()}:{fields[19]}"


def command_line(pid: int) -> list[str]:
    """The arguments of a process, [] where they cannot be read."""
    try:
        return os.fsdecode(PROC.joinpath(str(pid), "cmdline").read_bytes()).split("\0")
    except OSError:
        return _ps(pid, "command=").split()


def orphans(session: int, started: str, folder: Path) -> list[int]:
    """Living processes of a session whose leader has gone, started in `folder` (Linux only).

    A session's number is not given away while it has members, so only a leaderless session of the
    same boot can be the one that we began; the working folder rules out any other.
    """
    same_boot = started.partition(":")[0] == _boot()
    # Any daemon may work in the root folder, so there it would prove nothing.
    if folder == Path("/") or not same_boot or token(session) is not None:
        return []
    return [pid for pid in _pids() if _in_session(pid, session) and _cwd(pid) == str(folder)]


def _in_session(pid: int, session: int) -> bool:
    fields = _stat(pid)
    return fields is not None and fields[0] not in {"Z", "X"} and fields[3] == str(session)


def _pids() -> Iterator[int]:
    if PROC.is_dir():
        yield from (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    try:
        return PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _cwd(pid: int) -> str | None:
    try:
        return str((PROC / str(pid) / "cwd").readlink())
    except OSError:
        return None


def _boot() -> str:
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _token_from_ps(pid: int) -> str | None:
    return _ps(pid, "lstart=") or None


def _ps(pid: int, column: str) -> str:
    """One column of `ps`, which every system without /proc has; "" where there is none."""
    try:
        ran = subprocess.run(
            ["ps", "-o", column, "-p", str(pid)],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""
