"""Our own launcher for PostgreSQL: one cluster in one folder, reached by a unix socket alone."""

import json
import os
import re
import secrets
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from . import account as accounts
from . import folders, identity
from .binaries import PostgresPrograms
from .errors import LocalError
from .processes import Process, end, tail, wait_until

DATABASE = "portal"
OWNER = "portal_owner"
APPLICATION = "portal_app"
# Superusers have no password and no line in this file: nobody signs in as one.
HOST_RULES = f"local all {OWNER},{APPLICATION} scram-sha-256\n"
START_SECONDS = 90.0
ATTEMPTS = 4
# A fast shutdown, then one that leaves the repair to the next start.
FAREWELL = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))
# One portal on a laptop; the durable set keeps every commit, even when the machine loses power.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "password_encryption": "scram-sha-256",
}
# Tests start from nothing, so they need not wait for the disk. Each fills the tables anew: what
# autovacuum gathered of another test's few rows would make the planner loop over thousands.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class Postgres:
    """The cluster below `state`; a cluster a major version, since none reads another's files."""

    def __init__(
        self,
        state: Path,
        programs: PostgresPrograms,
        report: Callable[[str], None],
        *,
        durable: bool = True,
    ) -> None:
        self.programs = programs
        self.report = report
        self.home = state / f"postgres-{programs.major}"
        self.data = self.home / "data"
        self.sockets = folders.socket_folder(state)
        self.settings = SETTINGS if durable else {**SETTINGS, **THROWAWAY}
        self.durable = durable
        self.log = folders.make(state / "logs") / "postgres.log"
        self.account = accounts.choose(self.data)
        self.process = Process(
            name="postgres",
            command=[],
            record=folders.make(state / "processes") / "postgres.pid",
            log=self.log,
            folder=Path("/"),
            environment=accounts.clean_environment(),
            farewell=FAREWELL,
            prepare=self._clear_stale_locks,
        )

    def start(self) -> None:
        """Make the cluster at first use, start it and wait until it answers. LocalError if not."""
        folders.make_private(self.sockets, self.account.owner)
        self._discard_unclean()
        if not self.data.exists():
            self._create()
        self._check_owner()
        self._use_account(self.data)
        if not self._passwords_file.exists():
            self._set_passwords(self.home)
        for attempt in range(ATTEMPTS):
            self.process.start()
            if wait_until(lambda: self._ready() or not self.process.running(), START_SECONDS):
                if self.process.running():
                    return
                # The last backends of a killed server may need a moment to notice.
                wait_until(lambda: False, 0.5 * (attempt + 1))
        self.process.stop()
        raise LocalError(
            f"PostgreSQL did not start. Its log, {self.log}, ends:\n{tail(self.log, 8)}"
        )

    def url(self, role: str) -> str:
        """The address for a role, in the one form that django-environ reads for a unix socket.

        `postgres://role:password@//folder/of/the/socket/portal`: no host, and a path that begins
        with two slashes, of which the last part is the database. (psql does not read this form.)
        """
        password = json.loads(self._passwords_file.read_text())[role]
        return f"postgres://{role}:{password}@/{self.sockets}/{DATABASE}"

    @property
    def _passwords_file(self) -> Path:
        return self.home / "passwords.json"

    def _use_account(self, folder: Path) -> None:
        """Fix the account and the command line, once the folders it must reach exist."""
        self.account = accounts.reaching(
            self.account, self.programs.folder / "postgres", [folder, self.sockets]
        )
        self.process.account = self.account
        self.process.command = self._server("-D", self.data, "-k", self.sockets)

    def _server(self, *options: str | Path) -> list[str | Path]:
        settings = [
            part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")
        ]
        return [self.programs.folder / "postgres", *options, *settings]

    def _create(self) -> None:
        """Make the whole cluster aside and rename it, so that a half-made one is never used."""
        self.report(f"Making a PostgreSQL {self.programs.major} database ...")
        partial = self.home.with_name(self.home.name + ".new")
        shutil.rmtree(partial, ignore_errors=True)
        data = folders.make_private(folders.make(partial) / "data", self.account.owner)
        self._use_account(data)
        self._run(self._initdb(data))
        (data / "pg_hba.conf").write_text(HOST_RULES)
        self._single_user(
            data, [f"CREATE ROLE {OWNER} LOGIN CREATEDB", f"CREATE ROLE {APPLICATION} LOGIN"]
        )
        self._single_user(data, [f"CREATE DATABASE {DATABASE} OWNER {OWNER}"])
        self._set_passwords(partial)
        partial.rename(self.home)

    def _initdb(self, data: Path) -> list[str | Path]:
        locale = ["--locale=C.UTF-8"]
        if self.programs.major >= 17:
            # Sorts the same on every machine, whatever its own locales are.
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return [
            self.programs.folder / "initdb",
            "-D",
            data,
            "--username=postgres",
            "--encoding=UTF8",
            "--auth=reject",
            *locale,
            *([] if self.durable else ["--no-sync"]),
        ]

    def _set_passwords(self, home: Path) -> None:
        """Give both roles new passwords; also heals a lost file of passwords."""
        passwords = {role: secrets.token_urlsafe(24) for role in (OWNER, APPLICATION)}
        self._single_user(
            home / "data",
            [f"ALTER ROLE {role} PASSWORD '{password}'" for role, password in passwords.items()],
        )
        folders.write_secret(home / "passwords.json", json.dumps(passwords))

    def _single_user(self, data: Path, statements: list[str]) -> None:
        """Run SQL without a server, and so without a superuser whom anybody could sign in as."""
        # With -j a statement ends at a semicolon and an empty line.
        script = "".join(f"{statement};\n\n" for statement in statements)
        self._clear_stale_locks(data)
        program = self.programs.folder / "postgres"
        settings = ("-c", "lc_messages=C", "-c", "log_statement=none")
        command = (program, "--single", "-j", "-D", data, *settings, "postgres")
        self._run(command, script)

    def _run(self, command: Sequence[str | Path], script: str = "") -> None:
        ran = self.account.run(command, script)
        if ran.returncode != 0 or re.search(r"\b(ERROR|FATAL|PANIC):", ran.stdout):
            lines = "\n".join(ran.stdout.strip().splitlines()[-8:])
            raise LocalError(f"PostgreSQL could not be set up ({Path(command[0]).name}):\n{lines}")

    def _ready(self) -> bool:
        # Never `pg_ctl status`: it only looks at the file with the process id.
        options: list[str | Path] = ["-q", "-t", "2", "-h", self.sockets, "-d", DATABASE]
        command = [self.programs.folder / "pg_isready", *options]
        return self.process.running() and accounts.Account().run(command).returncode == 0

    def _clear_stale_locks(self, data: Path | None = None) -> None:
        """Remove what a killed server left, unless it is the server of this folder that lives.

        PostgreSQL itself trusts the process id in the file, and so refuses to start after a reboot
        that gave the number to another program of the same user.
        """
        data = data or self.data
        lock = data / "postmaster.pid"
        if lock.exists():
            first = (lock.read_text().splitlines() or [""])[0]
            if first.isdigit():
                # One that no record names: its launcher died between two steps.
                end(int(first), FAREWELL, lambda: str(data) in identity.command_line(int(first)))
            lock.unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    def _discard_unclean(self) -> None:
        """Throwaway data that was not shut down may be damaged: make it anew."""
        if not self.durable and (self.data / "postmaster.pid").exists():
            self._clear_stale_locks()
            shutil.rmtree(self.home)

    def _check_owner(self) -> None:
        owner = self.data.stat().st_uid
        if self.account.owner is None and owner != os.geteuid():
            raise LocalError(
                f"{self.data} was made by another user (id {owner}). Start as that user, "
                f"or remove {self.home} to begin with empty data."
            )
