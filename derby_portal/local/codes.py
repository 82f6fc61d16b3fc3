"""`make codes`: the codes that the demo's sign-ins take now, renewed as they change.

The secrets behind them follow from the demo's own key, so only who may read `.local/` gets them,
and settings of a real portal refuse to work them out.
"""

import json
import os
import subprocess
import sys
import time

from . import screen
from .console import complain, say
from .demo import ROOT, SIGN_INS, STATE

NO_DEMO = "There is no demo here yet. Start it first: make demo"
# Codes need no services, but settings want to know where they are.
NOWHERE = {"DATABASE_URL": "postgres:///none", "REDIS_URL": "redis://none"}


def main() -> int:
    """Print the codes; on a terminal go on with the next ones until Ctrl-C. Exit code 1 without."""
    key = STATE / "secret-key"
    if not key.exists():
        complain(NO_DEMO)
        return 1
    try:
        while True:
            seconds = show(key.read_text().strip())
            if not sys.stdout.isatty():
                return 0
            time.sleep(seconds)
    except KeyboardInterrupt:
        return 0


def show(secret_key: str) -> int:
    """Print the codes of a demo with this key; returns for how many seconds they are current."""
    settings = {"DEMO": "1", "DJANGO_SETTINGS_MODULE": "derby_portal.settings"}
    environment = {**os.environ, **NOWHERE, **settings, "SECRET_KEY": secret_key}
    answer = subprocess.run(
        [sys.executable, "-c", SIGN_INS],
        check=True,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    say("\n".join(["", *screen.sign_in_lines(answer.stdout)]))
    return int(json.loads(answer.stdout)[2])


if __name__ == "__main__":
    sys.exit(main())
