"""PostgreSQL and Valkey for one checkout, and the addresses at which the portal finds them.

`DATABASE_URL` and `REDIS_URL`, where they are set, win: nothing is started in their place.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from . import folders
from .binaries import find_postgres, find_valkey
from .postgres import APPLICATION, OWNER, Postgres
from .processes import Process, clear_leftovers
from .valkey import Valkey


@dataclass
class Services:
    """What runs, in the order of starting, and the environment variables that lead to it."""

    environment: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    _lock: folders.Lock | None = None

    def stop(self) -> None:
        """Stop what was started here, last first; may be called twice."""
        for process in reversed(self.processes):
            process.stop()
        self.processes.clear()
        if self._lock:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    state: Path,
    report: Callable[[str], None],
    *,
    environ: Mapping[str, str] = os.environ,
    durable: bool = True,
) -> Services:
    """Start what `environ` does not give an address for; state lies in the folder `state`.

    `durable=False` trades safety against loss of power for speed. BusyError if another process uses
    the folder, LocalError with a sentence for every other trouble.
    """
    state = state.resolve()
    services = Services()
    needed = [name for name in ("DATABASE_URL", "REDIS_URL") if not environ.get(name)]
    if needed:
        folders.make(state)
        services._lock = folders.Lock(state / "services.lock")
        # Only for the holder of the lock: without it, what runs there may be somebody else's.
        clear_leftovers(state / "processes")
    try:
        _start_postgres(services, state, report, environ, durable=durable)
        _start_valkey(services, state, environ)
    except BaseException:
        services.stop()
        raise
    return services


def _start_postgres(
    services: Services,
    state: Path,
    report: Callable[[str], None],
    environ: Mapping[str, str],
    *,
    durable: bool,
) -> None:
    if given := environ.get("DATABASE_URL"):
        owner = environ.get("DATABASE_OWNER_URL") or given
        services.environment.update(DATABASE_URL=given, DATABASE_OWNER_URL=owner)
        return
    postgres = Postgres(state, find_postgres(environ), report, durable=durable)
    services.processes.append(postgres.process)
    postgres.start()
    services.environment.update(
        DATABASE_URL=postgres.url(APPLICATION),
        DATABASE_OWNER_URL=postgres.url(OWNER),
        # The address names no port, and a PGPORT of this machine must not fill it in.
        PGPORT="5432",
    )


def _start_valkey(services: Services, state: Path, environ: Mapping[str, str]) -> None:
    if given := environ.get("REDIS_URL"):
        services.environment.update(REDIS_URL=given)
        return
    valkey = Valkey(state, find_valkey(environ))
    services.processes.append(valkey.process)
    valkey.start()
    services.environment.update(REDIS_URL=valkey.url)
