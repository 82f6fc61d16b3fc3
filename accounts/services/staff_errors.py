"""What looking after staff refuses."""

from __future__ import annotations


class StaffError(Exception):
    """Something about an account that is refused; its text is for the person who asked."""
