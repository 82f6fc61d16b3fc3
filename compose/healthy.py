"""Is the program in this container well? Exit code 0 if so: `healthy.py web`, `... beat FILE`.

The image has no curl, and the worker is asked by Celery's own `inspect ping`.
"""

import http.client
import os
import sys
import time
from pathlib import Path

# Beat writes its schedule at least every three minutes.
OLDEST_SCHEDULE_SECONDS = 400.0


def main(arguments: list[str]) -> int:
    """0 if healthy, else 1 with the reason on standard error."""
    trouble = beat(Path(arguments[1])) if arguments[0] == "beat" else web()
    sys.stderr.write(f"{trouble}\n" if trouble else "")
    return 1 if trouble else 0


def web() -> str:
    """What is wrong with the web server of this container, "" if nothing."""
    # The portal answers to its own names only.
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=8)
    try:
        connection.request(
            "GET", "/healthz", headers={"Host": name if name != "*" else "localhost"}
        )
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {error}"
    return "" if status == 200 else f"/healthz says {status}"


def beat(schedule: Path) -> str:
    """What is wrong with beat, judged by when it last wrote its schedule (one file or several)."""
    written = [path.stat().st_mtime for path in schedule.parent.glob(schedule.name + "*")]
    if not written:
        return f"{schedule} does not exist"
    age = time.time() - max(written)
    return "" if age < OLDEST_SCHEDULE_SECONDS else f"schedule not written for {age:.0f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
