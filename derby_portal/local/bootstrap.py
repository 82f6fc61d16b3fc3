"""Make `.venv` and install the locked dependencies: `python3 bootstrap.py demo` or `... dev`.

Run by the bare Python of the machine, so it must parse on old versions to be able to refuse them:
no syntax newer than Python 3.8 here, and nothing imported but the standard library.
"""

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

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
# What is installed, written when everything is; and the mark of an installation under way.
STAMP = VENV / "installed.json"
UNFINISHED = VENV / "unfinished"
# A set of dependencies is satisfied by each of these.
SATISFIED_BY = {"demo": ("demo", "dev"), "dev": ("dev",)}
# How pip's lines about one package begin; those for other systems are ignored.
COUNTED = ("Collecting ", "Processing ", "Requirement already satisfied: ", "Ignoring ")
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


class Refusal(Exception):
    """A sentence for the person at the keyboard."""


def main(arguments):
    """Set up what the one argument names; 0 if it is there in the end."""
    name = arguments[0] if len(arguments) == 1 else ""
    if name not in SATISFIED_BY:
        print("usage: bootstrap.py demo|dev", file=sys.stderr)
        return 2
    try:
        check_python()
        with locked():
            set_up(name)
    except Refusal as refusal:
        print("\n{}\n".format(refusal), file=sys.stderr)
        return 1
    except OSError as error:
        print("\n{}\n".format(unwritable(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next run begins again where this one left off.", file=sys.stderr)
        return 130
    return 0


def check_python():
    """Refuse a Python that is too old, naming a newer one if the machine has it."""
    if sys.version_info >= OLDEST:
        return
    found = next((name for name in NEWER if shutil.which(name)), None)
    advice = (
        "This machine has {0}: say PYTHON={0} after make.".format(found)
        if found
        else "Install a newer one and say PYTHON=/path/to/python3 after make."
    )
    raise Refusal(
        "The portal needs Python {}.{} or newer; {} is {}.{}. {}".format(
            OLDEST[0], OLDEST[1], sys.executable, sys.version_info[0], sys.version_info[1], advice
        )
    )


def locked():
    """A lock held until it is closed, so that two runs at once do not mix their files."""
    folder = ROOT / ".local"
    folder.mkdir(exist_ok=True)
    file = (folder / "bootstrap.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("Waiting for another set-up of this checkout ...", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def set_up(name):
    """Bring `.venv` to the state that the lock file asks for; does nothing if it is there."""
    if installed(name):
        return
    lock = lock_file(name)
    if not usable():
        make_venv()
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()
    install(lock)
    stamp = {"set": name, "sha256": digest(lock), "folder": str(VENV)}
    STAMP.write_text(json.dumps(stamp))
    UNFINISHED.unlink()


def installed(name):
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


def lock_file(name):
    return ROOT / "requirements" / (name + ".txt")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def usable():
    """Whether `.venv` is one that can be added to: whole, made here, of a Python that still runs."""
    if UNFINISHED.exists() or not runs():
        return False
    return moved_from() is None and python("-m", "pip", "--version").returncode == 0


def runs():
    """Whether the interpreter in `.venv` starts and is new enough."""
    test = "import sys; raise SystemExit(sys.version_info < {!r})".format(OLDEST)
    try:
        return python("-c", test).returncode == 0
    except OSError:
        return False


def moved_from():
    """The folder that an installed program names as its own if that is not this `.venv`."""
    try:
        first = (VENV / "bin" / "pip").read_bytes().splitlines()[0]
    except (OSError, IndexError):
        return None
    named = os.fsdecode(first[2:].strip())
    # A long path is written in another form, which names no interpreter and cannot be judged.
    if "/bin/python" not in named or Path(named).parent.parent == VENV:
        return None
    return named


def python(*arguments):
    """Run the interpreter of `.venv` quietly."""
    return subprocess.run(
        [str(VENV / "bin" / "python")] + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
    )


def clean_environment():
    """The environment without what would lead pip or Python to another installation."""
    unwanted = (
        "PYTHONHOME",
        "PYTHONPATH",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
        "PIP_REQUIRE_VIRTUALENV",
    )
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def make_venv():
    """Make `.venv` anew with this Python."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise Refusal(
            "{} cannot make a virtual environment, because its venv module is missing or incomplete. "
            "On Debian or Ubuntu: apt install python3-venv".format(sys.executable)
        )
    again = VENV.exists()
    print(
        "Making .venv {}...".format("anew, because it is unfinished or broken " if again else ""),
        flush=True,
    )
    remove(VENV)
    VENV.mkdir()
    # From here to the end of the installation a run that is cut short leaves its mark.
    UNFINISHED.touch()
    ran = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
    )
    if ran.returncode != 0:
        raise Refusal(
            "The virtual environment could not be made:\n"
            + last_lines(ran.stdout.decode(errors="replace"))
        )


def remove(path):
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(str(path))


def install(lock):
    """Install exactly what the lock file names, every file checked against its hash."""
    total = sum(1 for line in lock.read_text().splitlines() if re.match(r"[A-Za-z0-9].*==", line))
    print(
        "Installing {} packages; the first time takes a minute or two ...".format(total), flush=True
    )
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-deps",
    ]
    command += [
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "-r",
        str(lock),
    ]
    process = subprocess.Popen(
        command,
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
    )
    try:
        printed = follow(process.stdout, total)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.wait() != 0:
        raise Refusal(
            "The packages could not be installed. pip's last lines:\n" + last_lines(printed)
        )


def follow(stream, total):
    """Show a counter of what pip prints; returns all of it."""
    lines = []
    count = 0
    for raw in stream:
        line = raw.decode(errors="replace").rstrip()
        lines.append(line)
        if line.startswith(COUNTED):
            count += 1
            show(
                "  {} of {} fetched".format(count, total), last=count == total, step=count % 20 == 0
            )
        elif line.startswith("Installing collected packages"):
            show("  unpacking ...", last=True, step=True)
    return "\n".join(lines)


def show(text, last, step):
    """One line that renews itself on a terminal, and now and then a line elsewhere."""
    if sys.stdout.isatty():
        print("\r" + text, end="\n" if last else "", flush=True)
    elif last or step:
        print(text, flush=True)


def last_lines(text):
    return "\n".join("  " + line for line in text.strip().splitlines()[-15:])


def unwritable(error):
    """The sentence for a file that the machine does not let us write."""
    return "{} cannot be written ({}). Work in a folder that you may write to, with room on the disk.".format(
        error.filename or ROOT, error.strerror or error
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
