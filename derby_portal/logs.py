"""What the log must not say."""

import logging
import re

# Whoever has such an address can set somebody's password, confirm an address as theirs, or book and
# cancel a place.
_KEY = re.compile(r"(/(?:account/(?:password/reset/key|confirm-email)|book|booking)/)[^\s/]+")


class WithoutKeys(logging.Filter):
    """Takes the keys of secret links out of messages; Django names the page it refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = _KEY.sub(r"\1...", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
