"""Keep the demo's processes alive: restart what dies, with a pause that grows, and say so."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .errors import LocalError
from .processes import Process

# Deaths further apart than this are separate accidents.
WINDOW_SECONDS = 120.0
MOST_DEATHS = 5
LONGEST_PAUSE = 16.0


@dataclass
class Watched:
    """One process, the moments of its recent deaths and when it is due to start again."""

    process: Process
    deaths: list[float] = field(default_factory=list)
    due: float | None = None
    given_up: bool = False


class Supervisor:
    """Looks after `processes`; `say` prints one line for people, `clock` counts seconds."""

    def __init__(
        self,
        processes: Sequence[Process],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.watched = [Watched(process) for process in processes]
        self.say = say
        self.clock = clock

    def look(self) -> None:
        """Look once at each process: note a death, or start again what is due."""
        for watched in self.watched:
            if watched.given_up or watched.process.running():
                continue
            if watched.due is None:
                self._note_death(watched)
            elif self.clock() >= watched.due:
                self._restart(watched)

    def _note_death(self, watched: Watched) -> None:
        now = self.clock()
        watched.deaths = [*(t for t in watched.deaths if now - t < WINDOW_SECONDS), now]
        name, log = watched.process.name, watched.process.log
        if len(watched.deaths) >= MOST_DEATHS:
            watched.given_up = True
            self.say(f"{name} died {MOST_DEATHS} times in a short while and stays down. See {log}")
            return
        pause = min(2.0 ** (len(watched.deaths) - 1), LONGEST_PAUSE)
        watched.due = now + pause
        self.say(f"{name} died; it starts again in {pause:.0f} s. Log: {log}")

    def _restart(self, watched: Watched) -> None:
        watched.due = None
        try:
            watched.process.start()
        except LocalError as error:
            self.say(str(error))
