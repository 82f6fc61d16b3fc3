"""The account that a service runs under: PostgreSQL refuses to run as root."""

import functools
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import LocalError

PREFERRED = ("postgres", "nobody")
# Lets the account reach files below a folder that only root may enter, and nothing else of root's.
# Without the secure bit the kernel's access(), by which initdb looks for its programs, would not
# count the capability for a user other than root.
REACH = (
    "--securebits=+no_setuid_fixup",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
)


@dataclass(frozen=True)
class Account:
    """Whom to run a service as; `drop` is the part of the command line that becomes that user."""

    owner: tuple[int, int] | None = None
    drop: tuple[str, ...] = ()

    def command(self, command: Sequence[str | Path], death_signal: str = "") -> list[str]:
        """`command` run by this account; `death_signal` reaches it when its parent dies (Linux)."""
        options = [*self.drop]
        if death_signal and "--pdeathsig" in _setpriv_help():
            options += ["--pdeathsig", death_signal]
        return [*(["setpriv", *options] if options else []), *map(str, command)]

    def run(
        self, command: Sequence[str | Path], script: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a short command to its end, out of reach of Ctrl-C; errors go with the output."""
        return subprocess.run(
            self.command(command),
            check=False,
            cwd="/",
            text=True,
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            timeout=120,
            env=clean_environment(),
        )


def clean_environment() -> dict[str, str]:
    """This process's environment without what steers PostgreSQL, in plain English."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def choose(existing: Path) -> Account:
    """For an ordinary user themselves; for root the owner of `existing` data or a plain account."""
    if os.geteuid() != 0:
        return Account()
    if not _setpriv_help():
        raise LocalError(
            "PostgreSQL does not run as root. Use an ordinary user, or install setpriv "
            "(Debian: apt install util-linux)."
        )
    uid, gid = _owner(existing)
    drop = (f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    return Account(owner=(uid, gid), drop=drop)


def reaching(account: Account, program: Path, folders: Sequence[Path]) -> Account:
    """`account`, with leave to enter root's folders only if it cannot run `program` otherwise."""
    if not account.drop or _reaches(account, program, folders):
        return account
    wider = Account(owner=account.owner, drop=(*account.drop, *REACH))
    if _reaches(wider, program, folders):
        return wider
    raise LocalError(
        f"As root, PostgreSQL and Valkey run as another user ({', '.join(account.drop[:1])}), who "
        f"cannot reach {program} or {folders[0]}. Move the checkout, or use an ordinary user."
    )


def _reaches(account: Account, program: Path, folders: Sequence[Path]) -> bool:
    # Asked by a shell, because setpriv itself still has root's privileges when it runs a program.
    script = '"$0" --version || exit 1; for folder; do test -w "$folder" || exit 1; done'
    try:
        return account.run(["sh", "-c", script, program, *folders]).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _owner(existing: Path) -> tuple[int, int]:
    """User and group ids: those of the data if it exists, else of a plain account."""
    if existing.exists() and (found := existing.stat()).st_uid != 0:
        return found.st_uid, found.st_gid
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return 65534, 65534


@functools.cache
def _setpriv_help() -> str:
    """What util-linux's setpriv can do here; "" where there is none (macOS, or busybox)."""
    if not shutil.which("setpriv"):
        return ""
    ran = subprocess.run(["setpriv", "--help"], check=False, capture_output=True, text=True)
    return ran.stdout if "--ambient-caps" in ran.stdout else ""
