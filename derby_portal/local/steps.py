"""Run one command to its end: its progress on the screen, all of it in a log."""

import os
import selectors
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .account import Account
from .console import show
from .errors import LocalError
from .processes import tail

END_SECONDS = 10.0


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    shown: Sequence[str] = (),
    check_stop: Callable[[], None],
) -> str:
    """Run `command` and return its standard output; the streams named in `shown` are seen as well.

    `check_stop` is called several times a second and may raise to end the command. LocalError with
    the end of the log if the command fails.
    """
    child = subprocess.Popen(
        Account().command(command, death_signal="TERM"),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output = _follow(child, log, shown, check_stop)
    finally:
        _end(child)
    if child.returncode != 0:
        raise LocalError(f"{log.stem} failed. Its log, {log}, ends:\n{tail(log, 12)}")
    return output.decode(errors="replace")


def _follow(
    child: subprocess.Popen[bytes],
    log: Path,
    shown: Sequence[str],
    check_stop: Callable[[], None],
) -> bytes:
    """Copy what a child prints to its log and to the screen; returns its standard output."""
    output = b""
    with selectors.DefaultSelector() as selector, log.open("wb", buffering=0) as file:
        for name, stream in (("stdout", child.stdout), ("stderr", child.stderr)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            check_stop()
            for key, _ in selector.select(timeout=0.2):
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                file.write(chunk)
                output += chunk if key.data == "stdout" else b""
                if key.data in shown:
                    show(chunk)
    child.wait()
    return output


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a command that is still running, in bounded time."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    for stream in (child.stdout, child.stderr):
        if stream:
            stream.close()
