"""Sealing the secrets of second factors: a copy of the database alone makes no codes."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"#ThisIsDerby: secrets of second factors"


def sealed(text: str) -> str:
    """Seal under the key that follows from SECRET_KEY."""
    return _keys().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """Open what was sealed under SECRET_KEY or a former one.

    Raises:
        cryptography.fernet.InvalidToken: it was sealed under another key.
    """
    return _keys().decrypt(text.encode()).decode()


def sealed_anew(token: str) -> str:
    """The same, sealed under the key of today, so that a former one can go."""
    return _keys().rotate(token.encode()).decode()


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derive.derive(secret.encode()))
