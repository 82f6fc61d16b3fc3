"""What registers and records refuse."""

from __future__ import annotations


class RegisterError(Exception):
    """Something that a register refuses; its text is for the person who asked."""


class SessionCancelledError(RegisterError):
    """Nothing is recorded for a session that was cancelled."""

    def __init__(self) -> None:
        super().__init__("The session was cancelled.")


class TooEarlyError(RegisterError):
    """Nobody can have come yet."""

    def __init__(self) -> None:
        super().__init__("Who is here can be recorded from 30 minutes before the session.")


class RecordError(Exception):
    """Something that a person's record refuses; its text is for the person who asked."""
