"""Seals as a device does, from the standard's words: to check the opening against."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def seal(plain: Any, bound_to: str, key: dict[str, str]) -> dict[str, str]:
    """An envelope for a public key, with a plain text or what becomes one as JSON."""
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(decode(key["x"]), "big"),
        int.from_bytes(decode(key["y"]), "big"),
        ec.SECP256R1(),
    )
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    agreed = ephemeral.exchange(ec.ECDH(), numbers.public_key())
    secret = HKDF(SHA256(), 32, None, b"derby register v1").derive(agreed)
    iv = os.urandom(12)
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    data = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
    return {
        "key": key["id"],
        "ephemeral": encode(point),
        "iv": encode(iv),
        "data": encode(AESGCM(secret).encrypt(iv, data, bound_to.encode())),
    }
