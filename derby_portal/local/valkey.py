"""Our own launcher for Valkey (or Redis): a carrier of jobs on a unix socket, nothing on disk."""

import signal
import socket
from pathlib import Path

from . import account as accounts
from . import folders
from .errors import LocalError
from .processes import Process, tail, wait_until

START_SECONDS = 30.0


class Valkey:
    """The server below `state`."""

    def __init__(self, state: Path, program: Path) -> None:
        self.program = program
        self.sockets = folders.socket_folder(state)
        self.socket = self.sockets / "valkey.sock"
        self.folder = state / "valkey"
        self.log = folders.make(state / "logs") / "valkey.log"
        self.account = accounts.choose(self.folder)
        self.process = Process(
            name="valkey",
            command=self._server(),
            record=folders.make(state / "processes") / "valkey.pid",
            log=self.log,
            folder=Path("/"),
            environment=accounts.clean_environment(),
            farewell=((signal.SIGTERM, 10.0),),
        )

    def start(self) -> None:
        """Start it and wait until it answers. LocalError if it does not."""
        folders.make_private(self.sockets, self.account.owner)
        folders.make_private(self.folder, self.account.owner)
        self.process.account = accounts.reaching(
            self.account, self.program, [self.folder, self.sockets]
        )
        self.process.start()
        wait_until(lambda: self._answers() or not self.process.running(), START_SECONDS)
        if not self._answers():
            self.process.stop()
            raise LocalError(
                f"Valkey did not start. Its log, {self.log}, ends:\n{tail(self.log, 8)}"
            )

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def _server(self) -> list[str | Path]:
        # No file, no port: PostgreSQL is the only truth and Valkey may start empty at any time.
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        return [
            self.program,
            *(part for name, value in options.items() for part in (f"--{name}", value)),
        ]

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(7) == b"+PONG\r\n"
        except OSError:
            return False
