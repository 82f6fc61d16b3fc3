"""What people see while things start."""

import os
import sys


def say(text: str, end: str = "\n") -> None:
    """Show one line."""
    show(f"{text}{end}".encode())


def show(text: bytes) -> None:
    """Show output as it comes. A terminal that was closed must not keep anybody from stopping."""
    try:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: object) -> None:
    """Show what went wrong, on standard error."""
    sys.stderr.write(f"\n{text}\n\n")
