"""Opening what devices sealed: walk-ins that were written down without a signal.

A device seals to the portal's public key before anything touches its storage, so what lies there
can be opened by nobody but the portal. ECIES: an ephemeral key on P-256 agrees with ours
(ECDH), HKDF-SHA-256 makes the key, AES-256-GCM seals. All values are base64url without padding.

The private key follows from the secret key of the installation; old ones open as long as they
stand in SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

CURVE = ec.SECP256R1()
INFO = b"derby register v1"
PRIVATE_KEY_INFO = b"derby register sealing key"
# Order of P-256, from FIPS 186-5: a private key is one of 1 to this number less one.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELDS = frozenset({"key", "ephemeral", "iv", "data"})
IV_BYTES = 12


class SealError(Exception):
    """Something sealed cannot be opened here; the text says why and nothing of what is inside."""


def public_key() -> dict[str, str]:
    """The key to seal to: `id`, and the point's `x` and `y`, base64url of 32 bytes each."""
    key = _private_key(settings.SECRET_KEY)
    numbers = key.public_key().public_numbers()
    point = {name: _encode(getattr(numbers, name).to_bytes(32, "big")) for name in ("x", "y")}
    return {"id": _id_of(key)} | point


def open_sealed(sealed: Mapping[str, str], bound_to: str) -> bytes:
    """The plain text of an envelope that was sealed for `bound_to`, its additional data.

    Raises:
        SealError: it is no envelope, was sealed to another key or for something else, or was
            changed on its way.
    """
    parts = _parts(sealed)
    key = next((key for key in _private_keys() if _id_of(key) == sealed["key"]), None)
    if key is None:
        raise SealError("It was sealed to a key that is not used any more.")
    try:
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, parts["ephemeral"])
        secret = _derived(key.exchange(ec.ECDH(), ephemeral), INFO)
        return AESGCM(secret).decrypt(parts["iv"], parts["data"], bound_to.encode())
    except (InvalidTag, ValueError):
        raise SealError("It cannot be opened: it was changed, or belongs elsewhere.") from None


def _parts(sealed: Mapping[str, str]) -> dict[str, bytes]:
    if set(sealed) != FIELDS or not all(isinstance(value, str) for value in sealed.values()):
        raise SealError("It is not a sealed envelope.")
    try:
        parts = {name: _decode(sealed[name]) for name in FIELDS - {"key"}}
    except (Base64Error, ValueError):
        raise SealError("It is not a sealed envelope.") from None
    if len(parts["iv"]) != IV_BYTES:
        raise SealError("It is not a sealed envelope.")
    return parts


def _private_keys() -> Iterator[ec.EllipticCurvePrivateKey]:
    yield from map(_private_key, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """A private key from a secret key: 48 bytes, so that taking the remainder favours none."""
    number = int.from_bytes(_derived(secret.encode(), PRIVATE_KEY_INFO, length=48), "big")
    return ec.derive_private_key(number % (ORDER - 1) + 1, CURVE)


def _derived(secret: bytes, info: bytes, *, length: int = 32) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


def _id_of(key: ec.EllipticCurvePrivateKey) -> str:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return hashlib.sha256(point).hexdigest()[:16]


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
