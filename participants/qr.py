"""An address as a QR code; drawn where public addresses are, for both to use."""

from __future__ import annotations

from activities.qr import QUIET_ZONE, Code, code_of

__all__ = ["QUIET_ZONE", "Code", "code_of"]
