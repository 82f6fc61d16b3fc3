"""What planning refuses."""

from __future__ import annotations


class PlanningError(Exception):
    """Something that planning refuses; its text is for the person who asked."""


class NobodyCanComeError(PlanningError):
    """The session is cancelled or over, or its hub has not stood by it lately."""


class NothingToCancelError(PlanningError):
    """The session is cancelled already, or not cancelled, or has begun."""


class NoWordsError(PlanningError):
    """There are no words that somebody could check."""


class ChangedMeanwhileError(PlanningError):
    """Somebody else changed it since it was opened; nothing was written."""


class LogRefusedError(PlanningError):
    """The session has not begun, or what was said of it cannot be so."""


class NothingToPlanError(PlanningError):
    """What was worked on, or is over, cannot be planned anew."""


class BookedError(NothingToPlanError):
    """People have booked, so that its places are settled where they are booked."""


class NotOpenError(PlanningError):
    """Nobody can say how a session was yet, or any more, or what they said of it is settled."""


class NotReadError(PlanningError):
    """Nobody has said that they read the words that everybody would see."""
