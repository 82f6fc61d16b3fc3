"""Sessions in the database, found by nothing but keys that Django can have given."""

from __future__ import annotations

from django.contrib.sessions.backends import base, db


class SessionStore(db.SessionStore):
    """Takes any other key for none at all: PostgreSQL fails on a text with a NUL in it."""

    def __init__(self, session_key: str | None = None) -> None:
        """Open the session of a cookie's key, or a new one."""
        given = session_key and set(session_key) <= set(base.VALID_KEY_CHARS)
        super().__init__(session_key if given else None)
