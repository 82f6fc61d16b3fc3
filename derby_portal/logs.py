"""What the log must not say."""

import logging
import re

# Whoever has such an address can set somebody's password or confirm an address as theirs.
_KEY = re.compile(r"(/account/(?:password/reset/key|confirm-email)/)[^\s/]+")


class WithoutKeys(logging.Filter):
    """Takes the keys of mailed links out of messages; Django names the page it refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = _KEY.sub(r"\1...", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
