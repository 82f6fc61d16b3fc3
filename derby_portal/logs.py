"""What the log must not say."""

import logging
import re
import traceback
from types import TracebackType
from typing import Any

from django.core.exceptions import DisallowedHost, ImproperlyConfigured
from django.db import InterfaceError, OperationalError

# Whoever has such an address can set somebody's password, confirm an address as theirs, book and
# cancel a place, answer for a child or as one, or read what somebody did here.
_KEY = re.compile(
    r"(/(?:account/(?:password/reset/key|confirm-email)|staff/welcome"
    r"|book|booking|consent|complete|answers|survey|own-record)/)"
    r"[^\s/]+"
)


class WithoutKeys(logging.Filter):
    """Takes the keys of secret links out of messages; Django names the page it refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = _KEY.sub(r"\1...", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


# What such errors say is about machines. The words of any other may repeat what somebody typed, and
# PostgreSQL's tell the whole row that it would not take.
_ABOUT_MACHINES = (OSError, InterfaceError, OperationalError, ImproperlyConfigured, DisallowedHost)
_Raised = tuple[type[BaseException], BaseException, TracebackType | None]


class WithoutWords(logging.Formatter):
    """Says of an error what it was and where in the code, never its words or its arguments."""

    def format(self, record: logging.LogRecord) -> str:
        """As usual, but never with what another handler wrote of the error before."""
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Every error of the chain with its frames, the first one on top."""
        raised: _Raised = ei
        return "\n".join(_frames(each) for each in _chain(raised[1]))


class WithoutResults(logging.Filter):
    """Takes the words of a job's error out of what Celery says of it; its traceback stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict) and record.args.keys() >= {"exc", "traceback"}:
            kept = {key: record.args.get(key) for key in ("id", "name", "description")}
            record.msg, record.args = "Task %(name)s[%(id)s] %(description)s", kept
        return True


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error and error not in chain:
        chain.insert(0, error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def _frames(error: BaseException) -> str:
    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    words = f": {error}" if isinstance(error, _ABOUT_MACHINES) else ""
    return f"{frames}{kind}{words}"
