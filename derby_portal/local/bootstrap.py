"""Make `.venv` and install the locked dependencies: `python3 bootstrap.py demo` or `... dev`.

Run by the bare Python of the machine, so it must parse on old versions to be able to refuse them:
no syntax newer than Python 3.8 here, and nothing imported but the standard library.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
# What is installed, written when everything is; and the mark of an installation under way.
STAMP = VENV / "installed.json"
UNFINISHED = VENV / "unfinished"
# A set of dependencies is satisfied by each of these.
SATISFIED_BY = {"demo": ("demo", "dev"), "dev": ("dev",)}
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
# How pip's lines about one package begin; those for other systems are ignored.
COUNTED = ("Collecting ", "Processing ", "Requirement already satisfied: ", "Ignoring ")
PIP_INSTALL = (
    *("-m", "pip", "install", "--require-hashes", "--no-deps", "--no-input"),
    *("--disable-pip-version-check", "--progress-bar", "off", "-r"),
)
# What would lead pip or Python to another installation.
UNWANTED = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
NO_VENV = (
    "cannot make a virtual environment, because its venv module is missing or incomplete. "
    "On Debian or Ubuntu: apt install python3-venv"
)


class RefusalError(Exception):
    """A sentence for the person at the keyboard."""


def main(arguments: list[str]) -> int:
    """Set up what the one argument names; 0 if it is there in the end."""
    name = arguments[0] if len(arguments) == 1 else ""
    if name not in SATISFIED_BY:
        complain("usage: bootstrap.py demo|dev")
        return 2
    try:
        check_python()
        with locked():
            set_up(name)
    except RefusalError as refusal:
        complain(refusal)
        return 1
    except OSError as error:
        complain(unwritable(error))
        return 1
    except KeyboardInterrupt:
        complain("Stopped. The next run repairs what is unfinished.")
        return 130
    return 0


def check_python() -> None:
    """Refuse a Python that is too old, naming a newer one if the machine has it."""
    if sys.version_info >= OLDEST:
        return
    found = next((name for name in NEWER if shutil.which(name)), None)
    advice = "Install a newer one and say PYTHON=/path/to/python3 after make."
    if found:
        advice = f"This machine has {found}: say PYTHON={found} after make."
    version = ".".join(map(str, sys.version_info[:2]))
    oldest = ".".join(map(str, OLDEST))
    raise RefusalError(
        f"The portal needs Python {oldest} or newer; {sys.executable} is {version}. {advice}"
    )


def locked() -> IO[str]:
    """A lock held until it is closed, so that two runs at once do not mix their files."""
    folder = ROOT / ".local"
    folder.mkdir(exist_ok=True)
    file = (folder / "bootstrap.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("Waiting for another set-up of this checkout ...")
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def set_up(name: str) -> None:
    """Bring `.venv` to the state that the lock file asks for; does nothing if it is there."""
    if installed(name):
        return
    lock = lock_file(name)
    if not usable():
        make_venv()
    if STAMP.exists():
        STAMP.unlink()
    UNFINISHED.touch()
    install(lock)
    STAMP.write_text(json.dumps({"set": name, "sha256": digest(lock), "folder": str(VENV)}))
    UNFINISHED.unlink()


def installed(name: str) -> bool:
    """Whether the stamp says that the locked set, or one that includes it, is in place and runs."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    found = stamp.get("set")
    return (
        found in SATISFIED_BY[name]
        # Copied or moved: the programs in it still name the old place.
        and stamp.get("folder") == str(VENV)
        and stamp.get("sha256") == digest(lock_file(found))
        and runs()
    )


def lock_file(name: str) -> Path:
    """The locked requirements of a set."""
    return ROOT / "requirements" / f"{name}.txt"


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def usable() -> bool:
    """Whether `.venv` can be added to: whole, made here, and of a Python that still runs."""
    if UNFINISHED.exists() or not runs() or moved():
        return False
    return python("-m", "pip", "--version").returncode == 0


def runs() -> bool:
    """Whether the interpreter in `.venv` starts and is new enough."""
    try:
        test = f"import sys; raise SystemExit(sys.version_info < {OLDEST!r})"
        return python("-c", test).returncode == 0
    except OSError:
        return False


def moved() -> bool:
    """Whether the programs in `.venv` name another folder as their own."""
    try:
        first = (VENV / "bin" / "pip").read_bytes().splitlines()[0]
    except (OSError, IndexError):
        return False
    named = os.fsdecode(first[2:].strip())
    # A long path is written in another form, which names no interpreter and cannot be judged.
    return "/bin/python" in named and Path(named).parent.parent != VENV


def python(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the interpreter of `.venv` quietly."""
    return quietly(str(VENV / "bin" / "python"), *arguments)


def quietly(*command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command and keep what it prints."""
    return subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
    )


def clean_environment() -> dict[str, str]:
    """The environment without what would lead astray."""
    return {name: value for name, value in os.environ.items() if name not in UNWANTED}


def make_venv() -> None:
    """Make `.venv` anew with this Python."""
    if any(importlib.util.find_spec(module) is None for module in ("ensurepip", "venv")):
        raise RefusalError(f"{sys.executable} {NO_VENV}")
    again = VENV.exists() or VENV.is_symlink()
    say("Making .venv anew: it is unfinished or broken ..." if again else "Making .venv ...")
    remove(VENV)
    VENV.mkdir()
    # From here to the end of the installation a run that is cut short leaves its mark.
    UNFINISHED.touch()
    ran = quietly(sys.executable, "-m", "venv", str(VENV))
    if ran.returncode != 0:
        printed = last_lines(ran.stdout.decode(errors="replace"))
        raise RefusalError(f"The virtual environment could not be made:\n{printed}")


def remove(path: Path) -> None:
    """Remove a folder, or the link or file in its place."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(str(path))


def install(lock: Path) -> None:
    """Install exactly what the lock file names, every file checked against its hash."""
    total = sum(1 for line in lock.read_text().splitlines() if re.match(r"[A-Za-z0-9].*==", line))
    say(f"Installing {total} packages; the first time takes a minute or two ...")
    with subprocess.Popen(
        [str(VENV / "bin" / "python"), *PIP_INSTALL, str(lock)],
        cwd=str(ROOT),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
    ) as process:
        try:
            printed = follow(process.stdout, total) if process.stdout else ""
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        words = last_lines(printed)
        raise RefusalError(f"The packages could not be installed. pip's last lines:\n{words}")


def follow(stream: IO[bytes], total: int) -> str:
    """Show a counter of what pip prints; returns all of it."""
    lines = []
    count = 0
    for raw in stream:
        line = raw.decode(errors="replace").rstrip()
        lines.append(line)
        if line.startswith(COUNTED) and count < total:
            count += 1
            progress(f"  {count} of {total} packages", last=count == total, often=count % 20 != 0)
        elif line.startswith("Installing collected packages"):
            say("  unpacking ...")
    return "\n".join(lines)


def progress(text: str, *, last: bool, often: bool) -> None:
    """A line that renews itself on a terminal; elsewhere only those that do not come often."""
    if sys.stdout.isatty():
        say(f"\r{text}", end="\n" if last else "")
    elif last or not often:
        say(text)


def say(text: str, end: str = "\n") -> None:
    """Show one line."""
    sys.stdout.write(f"{text}{end}")
    sys.stdout.flush()


def complain(text: object) -> None:
    """Show what went wrong, on standard error."""
    sys.stderr.write(f"\n{text}\n\n")


def last_lines(text: str) -> str:
    """The end of what a program printed."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-15:])


def unwritable(error: OSError) -> str:
    """The sentence for a file that the machine does not let us write."""
    path, reason = error.filename or ROOT, error.strerror or error
    return (
        f"{path} cannot be written ({reason}). Work in a folder of your own, with room on the disk."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
