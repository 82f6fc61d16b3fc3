"""What other apps do when something happens here; each adds its part in its `AppConfig.ready`.

An app on the left cannot call one on the right: this is how word crosses upward.
"""

from __future__ import annotations

from collections.abc import Callable

from activities.models import Session

# Called with the session, inside the transaction that took its cancellation back.
session_restored: list[Callable[[Session], object]] = []
