"""How the cache names what it keeps."""

from django.utils.crypto import salted_hmac


def hidden_key(key: str, key_prefix: str, version: int) -> str:
    """Name an entry so that its table, and every backup of it, holds no visitor's address.

    64 hexadecimal digits, the same for the same key, prefix and version under one `SECRET_KEY`.
    """
    salt = "derby_portal.cache"
    return salted_hmac(salt, f"{key_prefix}:{version}:{key}", algorithm="sha256").hexdigest()
