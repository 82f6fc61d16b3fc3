"""What the log must not say."""

import logging
import re

# Whoever has such an address can set somebody's password, confirm an address as theirs, book and
# cancel a place, or answer for a child.
_KEY = re.compile(
    r"(/(?:account/(?:password/reset/key|confirm-email)|staff/welcome"
    r"|book|booking|consent|complete|answers)/)"
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
